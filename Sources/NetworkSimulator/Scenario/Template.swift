/// Text with places that are filled in when a message is made.
///
/// | place | becomes |
/// |---|---|
/// | `${stan}` | the trace number of the message that is made, six digits |
/// | `${now:MMddHHmmss}` | the scenario's time in UTC; of yyyy, yy, MM, dd, HH, mm and ss |
/// | `${random:6}`, `${random:100-5000}` | digits drawn from the seed, or a number of a range |
/// | `${payment.38}` | element 38 of the answer to the message named payment, or of the issuer's own of that name |
/// | `${payment.sent.37}` | element 37 of that message itself |
/// | `${card.pan}`, any other name | a variable, or a key block |
package struct Template: Sendable, Hashable {
    package enum Part: Sendable, Hashable {
        case text(String)
        case traceNumber
        case now(format: String)
        /// 1...18 digits.
        case randomDigits(Int)
        case random(ClosedRange<Int64>)
        case answered(message: String, element: Int)
        case sent(message: String, element: Int)
        case variable(String)
    }

    package struct Problem: Error, CustomStringConvertible {
        package var description: String
    }

    package let parts: [Part]

    package init(_ text: String) throws(Problem) {
        var parts: [Part] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            if start.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<start.lowerBound]))) }
            let inside = rest[start.upperBound...]
            guard let end = inside.firstIndex(of: "}") else { throw Problem(description: "${ has no }") }
            parts.append(try Self.place(String(inside[..<end])))
            rest = inside[inside.index(after: end)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        self.parts = parts
    }

    /// The variables that it takes.
    var variables: Set<String> {
        Set(
            parts.compactMap { part in
                guard case .variable(let name) = part else { return nil }
                return name
            }
        )
    }

    private static func place(_ name: String) throws(Problem) -> Part {
        if name == "stan" { return .traceNumber }
        if let format = name.after("now:") {
            guard !format.isEmpty, TimeFormat(format) != nil else {
                throw Problem(description: "\(name.prefix(40)): of yyyy, yy, MM, dd, HH, mm and ss only")
            }
            return .now(format: format)
        }
        if let bounds = name.after("random:") { return try random(bounds) }
        guard !name.isEmpty, name.utf8.allSatisfy(isNameByte) else {
            throw Problem(description: "${\(name.prefix(40))} is no name: letters, digits, dot, - and _")
        }
        let names = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard names.count > 1, let element = names.last.flatMap(Int.init) else { return .variable(name) }
        guard (2...192).contains(element) else { throw Problem(description: "\(name): no element \(element)") }
        if names.count == 2 { return .answered(message: names[0], element: element) }
        if names.count == 3, names[1] == "sent" { return .sent(message: names[0], element: element) }
        throw Problem(description: "\(name.prefix(40)): MESSAGE.NUMBER or MESSAGE.sent.NUMBER is expected")
    }

    private static func random(_ bounds: String) throws(Problem) -> Part {
        let ends = bounds.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) ?? -1 }
        if ends.count == 1, (1...18).contains(ends[0]) { return .randomDigits(Int(ends[0])) }
        if ends.count == 2, ends[0] >= 0, ends[0] <= ends[1] { return .random(ends[0]...ends[1]) }
        throw Problem(description: "random:\(bounds.prefix(40)): 1 to 18 digits, or FIRST-LAST, is expected")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension String {
    /// What follows a prefix; nil where it does not begin so.
    fileprivate func after(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}

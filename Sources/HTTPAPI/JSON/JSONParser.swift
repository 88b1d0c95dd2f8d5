import CardCryptography

/// Where and why bytes are not a JSON document that this API takes. Holds nothing of the bytes.
struct JSONSyntaxError: Error, Hashable {
    /// Bytes before the fault.
    var offset: Int
    var problem: String
}

/// Strict RFC 8259: UTF-8, one value, no name twice in an object, bounded depth and number of values.
struct JSONParser {
    /// Containers within containers. The deepest body of this API has three.
    static let largestDepth = 16
    /// Values in a document, each of which takes memory whatever its bytes: 25 for each row of the largest batch.
    static let mostValues = 250_000

    private let source: SecretBytes
    private var position = 0
    private var depth = 0
    private var count = 0

    static func parse(_ source: SecretBytes) throws(JSONSyntaxError) -> JSONValue {
        guard source.isUTF8 else { throw JSONSyntaxError(offset: 0, problem: "the body is not UTF-8") }
        var parser = JSONParser(source: source)
        let value = try parser.readValue()
        parser.skipSpace()
        guard parser.position == source.count else { throw parser.error("something follows the value") }
        return value
    }

    private init(source: SecretBytes) { self.source = source }

    private func error(_ problem: String) -> JSONSyntaxError { JSONSyntaxError(offset: position, problem: problem) }

    private var current: UInt8? { position < source.count ? source[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Moves behind `byte` if it is next.
    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func readValue() throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        count += 1
        guard count <= Self.mostValues else { throw error("more than \(Self.mostValues) values") }
        switch current {
        case UInt8(ascii: "{"): return try nested { (parser) throws(JSONSyntaxError) in try parser.readObject() }
        case UInt8(ascii: "["): return try nested { (parser) throws(JSONSyntaxError) in try parser.readList() }
        case UInt8(ascii: "\""): return .text(try readText())
        case UInt8(ascii: "t"): return try readWord("true", .boolean(true))
        case UInt8(ascii: "f"): return try readWord("false", .boolean(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        case UInt8(ascii: "-"): return try readNumber()
        case .some(let byte) where isDigit(byte): return try readNumber()
        default: throw error("a value is missing")
        }
    }

    private mutating func nested(
        _ read: (inout JSONParser) throws(JSONSyntaxError) -> JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        depth += 1
        guard depth <= Self.largestDepth else { throw error("nested deeper than \(Self.largestDepth)") }
        position += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func readObject() throws(JSONSyntaxError) -> JSONValue {
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw error("a name is missing") }
            let name = try readText().string
            guard names.insert(name).inserted else { throw error("a name comes twice in one object") }
            skipSpace()
            guard take(":") else { throw error("a colon is missing") }
            members.append(JSONValue.Member(name: name, value: try readValue()))
            skipSpace()
        } while take(",")
        guard take("}") else { throw error("a comma or a closing brace is missing") }
        return .object(members)
    }

    private mutating func readList() throws(JSONSyntaxError) -> JSONValue {
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .list(elements) }
        repeat {
            elements.append(try readValue())
            skipSpace()
        } while take(",")
        guard take("]") else { throw error("a comma or a closing bracket is missing") }
        return .list(elements)
    }

    private mutating func readWord(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard current == word.utf8Start[index] else { throw error("a value is missing") }
            position += 1
        }
        return value
    }

    private mutating func readText() throws(JSONSyntaxError) -> JSONText {
        position += 1
        let start = position
        var isEscaped = false
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return JSONText(source: source, range: start..<(position - 1), isEscaped: isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                var reader = EscapeReader(source: source, position: position)
                guard reader.readEscape() != nil else { throw error("an escape is malformed") }
                position = reader.position
            case 0..<0x20:
                throw error("a control character stands in a string")
            default:
                position += 1
            }
        }
        throw error("a string does not end")
    }

    private mutating func readNumber() throws(JSONSyntaxError) -> JSONValue {
        let isNegative = take("-")
        guard let first = current, isDigit(first) else { throw error("a digit is missing") }
        var value: Int64? = 0
        repeat {
            guard let digit = current, isDigit(digit) else { break }
            value = value.flatMap { $0.appending(digit: digit - UInt8(ascii: "0"), isNegative: isNegative) }
            position += 1
        } while first != UInt8(ascii: "0")
        var isInteger = true
        if take(".") {
            isInteger = false
            try skipDigits()
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            try skipDigits()
        }
        guard isInteger, let value else { return .otherNumber }
        return .integer(value)
    }

    private mutating func skipDigits() throws(JSONSyntaxError) {
        guard let first = current, isDigit(first) else { throw error("a digit is missing") }
        while let digit = current, isDigit(digit) { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension Int64 {
    /// The number with one more decimal digit; nil when it does not fit.
    fileprivate func appending(digit: UInt8, isNegative: Bool) -> Int64? {
        let (tenfold, isTooBig) = multipliedReportingOverflow(by: 10)
        let (sum, overflow) = tenfold.addingReportingOverflow(isNegative ? -Int64(digit) : Int64(digit))
        return isTooBig || overflow ? nil : sum
    }
}

/// The form in which dialects are exchanged as JSON or YAML: named attributes of a dialect and of each element.
///
/// Loaders turn their document into strings and call these; what the strings mean is here.
extension ElementSpec {
    /// Reads an element's attributes.
    ///
    /// - `class`: `n`, `a`, `an`, `anp`, `ans`, `ns`, `x+n`, `z`, `b`.
    /// - `data_encoding`: `ascii`, `ebcdic`, `bcd`, `raw`, `hex-ascii`, `hex-ebcdic` (the last three for class b, `raw`
    ///   for it alone).
    /// - `max`: characters, digits, bytes, or hex characters.
    /// - `length`: `fixed` or `LLVAR`, `LLLVAR`, `LLLLVAR`; a variable one has `length_encoding` (`ascii`, `ebcdic`,
    ///   `bcd`, `binary`), `length_bytes` (1...4) and `length_counts` (`characters`, `digits`, `bytes`,
    ///   `hex characters`).
    /// - `odd_padding`, `padding`: optional, the raw values of ``Padding``.
    ///
    /// - Throws: ``DialectError`` that says which attribute is wrong; its element number is 0.
    package init(profile attributes: [String: String]) throws(DialectError) {
        let reader = AttributeReader(attributes)
        let content: ContentClass = try reader.value("class")
        let (encoding, isHex) = try Self.encoding(reader.text("data_encoding"))
        if isHex || encoding == .binary, content != .binary { throw reader.bad("data_encoding") }
        let wireMaximum = try reader.number("max", 1...9_998)
        if isHex, !wireMaximum.isMultiple(of: 2) { throw reader.bad("max") }
        let maximum = isHex ? wireMaximum / 2 : wireMaximum
        var padding: Padding?
        for key in ["odd_padding", "padding"] where attributes[key] != nil { padding = try reader.value(key) }
        self.init(content, encoding, maximum: maximum, padding: padding)
        switch try reader.text("length") {
        case "fixed": break
        case "LLVAR", "LLLVAR", "LLLLVAR":
            let counts = try reader.text("length_counts")
            guard ["characters", "digits", "bytes", "hex characters"].contains(counts) else {
                throw reader.bad("length_counts")
            }
            let packs = isHex || encoding == .bcd
            self.prefix = LengthPrefix(
                try reader.value("length_encoding"),
                width: try reader.number("length_bytes", 1...4),
                counts: counts == "bytes" && packs ? .bytes : .units
            )
        default: throw reader.bad("length")
        }
        if let problem = self.problem { throw DialectError(element: 0, reason: problem) }
    }

    private static func encoding(_ name: String) throws(DialectError) -> (ElementEncoding, isHex: Bool) {
        switch name {
        case "ascii": (.ascii, false)
        case "ebcdic": (.ebcdic, false)
        case "bcd": (.bcd, false)
        case "raw": (.binary, false)
        case "hex-ascii": (.ascii, true)
        case "hex-ebcdic": (.ebcdic, true)
        default: throw DialectError(element: 0, reason: "data_encoding: \(name) is not known")
        }
    }

    /// The attributes of this element, as ``init(profile:)`` reads them. `length` is `fixed` or `LLVAR`, `LLLVAR`,
    /// `LLLLVAR` by the digits of the maximum.
    package var profileAttributes: [String: String] {
        var attributes = [
            "class": self.content.rawValue, "max": String(self.maximumWireUnits), "length": "fixed",
            "data_encoding": self.encodingName, "unit": self.unitName,
        ]
        if self.encoding == .bcd { attributes["odd_padding"] = self.padding.rawValue }
        if let prefix = self.prefix {
            let digits = max(2, String(self.maximumWireUnits).utf8.count)
            attributes["length"] = String(repeating: "L", count: digits) + "VAR"
            attributes["length_encoding"] = prefix.encoding.rawValue
            attributes["length_bytes"] = String(prefix.width)
            attributes["length_counts"] = prefix.counts == .bytes ? "bytes" : self.unitName
        }
        return attributes
    }

    private var encodingName: String {
        switch self.encoding {
        case .ascii: self.isHex ? "hex-ascii" : "ascii"
        case .ebcdic: self.isHex ? "hex-ebcdic" : "ebcdic"
        case .bcd: "bcd"
        case .binary: "raw"
        }
    }

    private var unitName: String {
        switch self.encoding {
        case .ascii, .ebcdic: self.isHex ? "hex characters" : "characters"
        case .bcd: "digits"
        case .binary: "bytes"
        }
    }
}

extension Dialect {
    /// A dialect from its attributes; rules, layouts and times are the edition's until changed.
    ///
    /// - Parameters:
    ///   - attributes: `name`, `description`, `version` (`1987`, `1993`), `mti_encoding` (`ascii`, `ebcdic`, `bcd`),
    ///     `bitmap_encoding` (`binary`, `hex-ascii`, `hex-ebcdic`).
    ///   - elements: by number, as ``ElementSpec/init(profile:)`` reads them, and `name`.
    /// - Throws: ``DialectError`` with the element, 0 for the dialect's own attributes.
    package init(
        profile attributes: [String: String],
        elements: [Int: [String: String]]
    ) throws(DialectError) {
        let reader = AttributeReader(attributes)
        let edition: Edition = try reader.value("version")
        let messageTypeEncoding: ElementEncoding = try reader.value("mti_encoding")
        guard messageTypeEncoding != .binary else { throw reader.bad("mti_encoding") }
        self.init(
            name: try reader.text("name"),
            summary: attributes["description"] ?? "",
            edition: edition,
            messageTypeEncoding: messageTypeEncoding,
            bitmapEncoding: try reader.value("bitmap_encoding")
        )
        for (number, element) in elements.sorted(by: { $0.key < $1.key }) {
            do throws(DialectError) {
                try self.define(number, ElementSpec(profile: element), name: element["name"])
            } catch {
                throw DialectError(element: number, reason: error.reason)
            }
        }
        self.rules = MessageRule.standard(edition)
        self.subelements = SubelementLayout.standard(edition)
    }
}

/// Reads attributes and says which one is wrong.
private struct AttributeReader {
    private let attributes: [String: String]

    init(_ attributes: [String: String]) {
        self.attributes = attributes
    }

    func text(_ key: String) throws(DialectError) -> String {
        guard let text = self.attributes[key] else {
            throw DialectError(element: 0, reason: "\(key) is missing")
        }
        return text
    }

    func value<Value: RawRepresentable<String>>(_ key: String) throws(DialectError) -> Value {
        guard let value = Value(rawValue: try self.text(key)) else { throw self.bad(key) }
        return value
    }

    func number(_ key: String, _ range: ClosedRange<Int>) throws(DialectError) -> Int {
        guard let number = Int(try self.text(key)), range.contains(number) else { throw self.bad(key) }
        return number
    }

    func bad(_ key: String) -> DialectError {
        DialectError(element: 0, reason: "\(key): \(self.attributes[key] ?? "nothing") is not possible here")
    }
}

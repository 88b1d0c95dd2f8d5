import ISO8583
import YAMLFiles

/// The form of an element's units, as files name it: class b is `raw` or one of the two of hex characters, any other
/// class is one of the rest.
enum DataEncoding: String, CaseIterable {
    case ascii
    case ebcdic
    case bcd
    case raw
    case hexASCII = "hex-ascii"
    case hexEBCDIC = "hex-ebcdic"

    init(_ spec: ElementSpec) {
        switch spec.encoding {
        case .ascii: self = spec.isHex ? .hexASCII : .ascii
        case .ebcdic: self = spec.isHex ? .hexEBCDIC : .ebcdic
        case .bcd: self = .bcd
        case .binary: self = .raw
        }
    }

    var encoding: ElementEncoding {
        switch self {
        case .ascii, .hexASCII: .ascii
        case .ebcdic, .hexEBCDIC: .ebcdic
        case .bcd: .bcd
        case .raw: .binary
        }
    }

    var isHex: Bool { self == .hexASCII || self == .hexEBCDIC }

    /// What maximum and length indicator count.
    var unit: String {
        switch self {
        case .ascii, .ebcdic: "characters"
        case .hexASCII, .hexEBCDIC: "hex characters"
        case .bcd: "digits"
        case .raw: "bytes"
        }
    }

    static func possible(for content: ContentClass) -> [DataEncoding] {
        switch content {
        case .binary: [.raw, .hexASCII, .hexEBCDIC]
        case .numeric, .track: [.ascii, .ebcdic, .bcd]
        case .alphabetic, .alphanumeric, .alphanumericPad, .alphanumericSpecial, .numericSpecial, .signedAmount:
            [.ascii, .ebcdic]
        }
    }
}

/// How the length is told: the standard's name for it, whatever the indicator is on the wire.
enum LengthForm: String, CaseIterable {
    case fixed
    case two = "LLVAR"
    case three = "LLLVAR"
    case four = "LLLLVAR"
}

/// Whether an element has a length indicator, and which.
private enum LengthIndicator: Hashable {
    case fixed
    case variable(LengthPrefix)

    init(_ spec: ElementSpec) {
        if let prefix = spec.prefix { self = .variable(prefix) } else { self = .fixed }
    }

    var prefix: LengthPrefix? {
        switch self {
        case .fixed: nil
        case .variable(let prefix): prefix
        }
    }
}

extension ElementSpec {
    /// The attributes of an element, in the order in which they are written.
    ///
    /// - `class`: `n`, `a`, `an`, `anp`, `ans`, `ns`, `x+n`, `z`, `b`.
    /// - `max`: characters, digits, bytes, or hex characters: the `unit`.
    /// - `length`: `fixed`, or `LLVAR`, `LLLVAR`, `LLLLVAR` by the digits of the maximum.
    /// - `data_encoding`: ``DataEncoding``.
    /// - `length_encoding`, `length_bytes` (1...4), `length_counts` (the unit, or `bytes` for packed ones): of the
    ///   indicator of a variable length.
    /// - `odd_padding` (BCD) or `padding`: ``Padding``.
    package var attributes: [(key: String, value: String)] {
        let data = DataEncoding(self)
        var attributes: [(key: String, value: String)] = [
            ("class", self.content.rawValue), ("max", String(self.maximumWireUnits)), ("length", self.lengthForm),
            ("data_encoding", data.rawValue), ("unit", data.unit),
        ]
        if let prefix = self.prefix {
            attributes += [
                ("length_encoding", prefix.encoding.rawValue), ("length_bytes", String(prefix.width)),
                ("length_counts", prefix.counts == .bytes ? "bytes" : data.unit),
            ]
        }
        if data == .bcd {
            attributes.append(("odd_padding", self.padding.rawValue))
        } else if self.padding != Self.usualPadding(self.content) {
            attributes.append(("padding", self.padding.rawValue))
        }
        return attributes
    }

    private var lengthForm: String {
        guard self.prefix != nil else { return LengthForm.fixed.rawValue }
        return String(repeating: "L", count: max(2, String(self.maximumWireUnits).utf8.count)) + "VAR"
    }

    /// Reads an element's attributes.
    ///
    /// - Parameter base: gives the attributes that are not there.
    /// - Returns: nil, with problems reported, when they make no element.
    init?(_ section: Section, base: ElementSpec?) {
        section.allow([
            "name", "class", "max", "length", "data_encoding", "unit", "length_encoding", "length_bytes",
            "length_counts", "odd_padding", "padding",
        ])
        let content: ContentClass? = section.has("class") ? section.choice("class") : base?.content
        guard let content else {
            if !section.has("class") { _ = section.choice("class", ContentClass.self) }
            return nil
        }
        let data = Self.dataEncoding(section, content, base)
        let maximum = data.flatMap { Self.maximum(section, $0, base) }
        let length = data.flatMap { Self.length(section, $0, base.map(LengthIndicator.init)) }
        let padding = Self.padding(section, content, base)
        guard let data, let maximum, let length, let padding else { return nil }
        self.init(content, data.encoding, maximum: maximum, prefix: length.prefix, padding: padding)
        guard let problem = self.problem else { return }
        section.problem(problem)
        return nil
    }

    private static func dataEncoding(
        _ section: Section,
        _ content: ContentClass,
        _ base: ElementSpec?
    ) -> DataEncoding? {
        let possible = DataEncoding.possible(for: content)
        if !section.has("data_encoding"), let base, possible.contains(DataEncoding(base)) { return DataEncoding(base) }
        return section.choice("data_encoding", among: possible.map { ($0.rawValue, $0) })
    }

    /// In canonical units: two hex characters are one byte.
    private static func maximum(_ section: Section, _ data: DataEncoding, _ base: ElementSpec?) -> Int? {
        if section.has("unit"), section.choice("unit", among: [(data.unit, true)]) == nil { return nil }
        if !section.has("max"), let base { return Int(base.maximum) }
        guard let maximum = section.number("max", 1...9_998) else { return nil }
        guard data.isHex else { return maximum }
        guard maximum.isMultiple(of: 2) else {
            section.problem("max", "\(maximum) hex characters are not whole bytes; an even number is expected")
            return nil
        }
        return maximum / 2
    }

    private static func length(_ section: Section, _ data: DataEncoding, _ old: LengthIndicator?) -> LengthIndicator? {
        if section.has("length") || old == nil {
            guard let form: LengthForm = section.choice("length") else { return nil }
            if form == .fixed { return .fixed }
        } else if old == .fixed {
            return .fixed
        }
        let old = old?.prefix
        let encoding = section.has("length_encoding") ? nil : old?.encoding
        let width = section.has("length_bytes") ? nil : (old?.width).map(Int.init)
        let counts = section.has("length_counts") ? nil : old?.counts
        guard let encoding = encoding ?? section.choice("length_encoding"),
            let width = width ?? section.number("length_bytes", 1...4),
            let counts = counts ?? Self.counts(section, data)
        else { return nil }
        return .variable(LengthPrefix(encoding, width: width, counts: counts))
    }

    /// `bytes` is of its own meaning only where the unit is packed two to a byte.
    private static func counts(_ section: Section, _ data: DataEncoding) -> LengthCounts? {
        var possible: [(name: String, value: LengthCounts)] = [(data.unit, .units)]
        if data.unit != "bytes" { possible.append(("bytes", data == .bcd || data.isHex ? .bytes : .units)) }
        return section.choice("length_counts", among: possible)
    }

    private static func padding(_ section: Section, _ content: ContentClass, _ base: ElementSpec?) -> Padding? {
        for key in ["odd_padding", "padding"] where section.has(key) { return section.choice(key) }
        return base?.content == content ? base?.padding : Self.usualPadding(content)
    }
}

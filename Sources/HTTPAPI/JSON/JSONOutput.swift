/// A JSON value to send. Objects keep the order of their fields.
indirect enum JSONOutput: Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case text(String)
    case list([JSONOutput])
    case object([(name: String, value: JSONOutput)])
    /// JSON that is there as bytes.
    case encoded([UInt8])

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_024)
        append(to: &bytes)
        return bytes
    }

    private func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .boolean(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .integer(let number): bytes.append(contentsOf: String(number).utf8)
        case .text(let text): Self.append(text, to: &bytes)
        case .list(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let fields):
            bytes.append(UInt8(ascii: "{"))
            for (index, field) in fields.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.append(field.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                field.value.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        case .encoded(let json): bytes.append(contentsOf: json)
        }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for unit in text.utf8 {
            switch unit {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(unit)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(unit >> 4)])
                bytes.append(digits[Int(unit & 0xF)])
            default:
                bytes.append(unit)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// `transform` of a value, or null.
    static func optional<Value>(_ value: Value?, _ transform: (Value) -> JSONOutput) -> JSONOutput {
        value.map(transform) ?? .null
    }
}

extension JSONOutput: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral {
    init(dictionaryLiteral fields: (String, JSONOutput)...) {
        self = .object(fields.map { (name: $0.0, value: $0.1) })
    }

    init(stringLiteral text: String) { self = .text(text) }
}

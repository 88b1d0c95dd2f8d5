import CardCryptography

/// A JSON value (RFC 8259) as it was sent. Text stays in the request's bytes until somebody asks for it.
indirect enum JSONValue: Sendable {
    struct Member: Sendable {
        var name: String
        var value: JSONValue
    }

    case null
    case boolean(Bool)
    /// A number that fits `Int64`, written as an integer: `7.0` and `7e0` are none.
    case integer(Int64)
    /// Any other number. No field of this API takes one.
    case otherNumber
    case text(JSONText)
    case list([JSONValue])
    /// In the order sent; no name twice.
    case object([Member])

    /// What it is, for messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .otherNumber: "a number that is no 64-bit integer"
        case .text: "a string"
        case .list: "an array"
        case .object: "an object"
        }
    }
}

/// A string of a JSON document, by its place between the quotation marks.
struct JSONText: Sendable {
    let source: SecretBytes
    let range: Range<Int>
    let isEscaped: Bool

    var string: String {
        withBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// The text's bytes without making a `String` of them; a copy made for escapes is wiped.
    func withBytes<Result>(_ body: (Slice<UnsafeRawBufferPointer>) -> Result) -> Result {
        guard isEscaped else { return source.withBytes(range, body) }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 1)
        defer {
            wipe(scratch)
            scratch.deallocate()
        }
        let count = unescape(into: scratch)
        return body(UnsafeRawBufferPointer(scratch)[0..<count])
    }

    /// An escape is never shorter than the UTF-8 it stands for, so that the range's length is enough.
    private func unescape(into scratch: UnsafeMutableRawBufferPointer) -> Int {
        var reader = EscapeReader(source: source, position: range.lowerBound)
        var count = 0
        while reader.position < range.upperBound {
            if source[reader.position] == UInt8(ascii: "\\"), let scalar = reader.readEscape() {
                for unit in Character(scalar).utf8 {
                    scratch[count] = unit
                    count += 1
                }
            } else {
                scratch[count] = source[reader.position]
                count += 1
                reader.position += 1
            }
        }
        return count
    }
}

/// Reads the escapes of RFC 8259, section 7.
struct EscapeReader {
    let source: SecretBytes
    var position: Int

    /// The scalar that the escape at `position` stands for, with `position` moved behind it. Nil when it is none,
    /// or half a surrogate pair.
    mutating func readEscape() -> Unicode.Scalar? {
        guard position + 1 < source.count else { return nil }
        let letter = source[position + 1]
        position += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return readScalar()
        default: return nil
        }
    }

    private mutating func readScalar() -> Unicode.Scalar? {
        guard let first = readUnit() else { return nil }
        guard (0xD800...0xDFFF).contains(first) else { return Unicode.Scalar(first) }
        guard first < 0xDC00, position + 1 < source.count,
            source[position] == UInt8(ascii: "\\"), source[position + 1] == UInt8(ascii: "u")
        else { return nil }
        position += 2
        guard let second = readUnit(), (0xDC00...0xDFFF).contains(second) else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    /// Four hexadecimal digits.
    private mutating func readUnit() -> UInt32? {
        guard position + 4 <= source.count else { return nil }
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(source[position])).hexDigitValue, source[position] < 0x80
            else { return nil }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }
}

/// A value of a test that must be found nowhere. Short ones (CVV, iCVV, CVV2, PINs of four digits) are not among them: three
/// or four digits are in any file; what they travel in, PIN blocks, track data, DE 48, the vault's answer and a bureau's
/// file, is.
struct KnownSecret: Hashable, Sendable {
    enum Content: Hashable, Sendable {
        /// Decimal: also packed, two in a byte.
        case digits(String)
        case text(String)
        case bytes([UInt8])
    }

    let name: String
    let content: Content

    /// A number as people write it, which is in none of the other forms: in groups of four and of eight, with what may
    /// stand between them, and in digits of Unicode.
    static func grouped(_ name: String, _ digits: String) -> [KnownSecret] {
        let separators = [" ", "-", "_", ":", ".", "--", "  ", "\u{A0}"]
        let texts = separators.flatMap { [digits.inGroups($0), digits.inGroups($0, of: 8)] } + [digits.inFullWidth]
        return texts.enumerated().map { index, text in
            let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
            return KnownSecret(
                name: "\(name) in groups, \(index)",
                content: isASCII ? .text(text) : .bytes(Array(text.utf8))
            )
        }
    }

    /// All ways in which it could be written.
    var encodings: [SecretEncoding] {
        let forms: [SecretEncoding.Form] =
            switch content {
            case .digits: [.plain, .ebcdic, .packed, .packedFromTheMiddle]
            case .text: [.plain, .ebcdic]
            case .bytes: [.plain]
            }
        return forms.flatMap { form in
            SecretEncoding.Wrapping.allCases.map { SecretEncoding(form: form, wrapping: $0) }
        }
    }
}

/// A way to write a secret: bytes for its characters, and how these bytes are shown.
struct SecretEncoding: Hashable, Sendable {
    enum Form: Sendable {
        /// ASCII, or bytes as they are.
        case plain
        /// Code page 037.
        case ebcdic
        /// Binary-coded decimals.
        case packed
        /// The same, beginning with the low half of a byte.
        case packedFromTheMiddle
    }

    enum Wrapping: CaseIterable, Sendable {
        case none
        case lowerHexadecimal
        case upperHexadecimal
        /// Base64, where a multiple of three bytes, or one or two more, are before it.
        case base64
        case base64AfterOne
        case base64AfterTwo

        /// The same with one byte less before it.
        var oneEarlier: Wrapping {
            switch self {
            case .none, .lowerHexadecimal, .upperHexadecimal: self
            case .base64: .base64AfterTwo
            case .base64AfterOne: .base64
            case .base64AfterTwo: .base64AfterOne
            }
        }
    }

    let form: Form
    let wrapping: Wrapping

    /// What each text with the secret in this encoding has in it, whatever stands around.
    func pattern(of secret: KnownSecret) -> SecretPattern {
        switch (form, wrapping, secret.content) {
        // All digits stand together there. Without the first and the last it would be found in what is no card number:
        // one that has lost a digit on its way.
        case (.packedFromTheMiddle, .lowerHexadecimal, .digits(let digits)),
            (.packedFromTheMiddle, .upperHexadecimal, .digits(let digits)):
            SecretPattern(Array(digits.utf8))
        // The same; and a PIN's whole bytes alone would be found by chance.
        case (.packedFromTheMiddle, .none, .digits(let digits)):
            SecretPattern(Self.packed("0\(digits)0"), mask: Self.halves(digits.utf8.count))
        default: SecretPattern(Self.wrapped(bytes(of: secret), wrapping, isInner: true))
        }
    }

    /// One such text.
    func sample(of secret: KnownSecret) -> [UInt8] {
        switch (form, secret.content) {
        case (.packed, .digits(let digits)): Self.wrapped(Self.packed(digits + "7"), wrapping)
        case (.packedFromTheMiddle, .digits(let digits)):
            // The byte with the first digit stands before those that hold nothing else.
            Self.wrapped(Self.packed("3" + digits + "7"), wrapping.oneEarlier)
        case (.packed, _), (.packedFromTheMiddle, _), (.plain, _), (.ebcdic, _):
            Self.wrapped(bytes(of: secret), wrapping)
        }
    }

    /// The bytes that hold nothing else than the secret.
    private func bytes(of secret: KnownSecret) -> [UInt8] {
        switch (form, secret.content) {
        case (.packed, .digits(let digits)): Self.packed(digits)
        case (.packedFromTheMiddle, .digits(let digits)): Self.packed(String(digits.dropFirst()))
        case (.ebcdic, .digits(let text)), (.ebcdic, .text(let text)): text.utf8.map(Self.ebcdic)
        case (_, .digits(let text)), (_, .text(let text)): Array(text.utf8)
        case (_, .bytes(let bytes)): bytes
        }
    }

    /// - Parameter isInner: leaves out the characters of Base64 that depend on what stands around.
    private static func wrapped(_ bytes: [UInt8], _ wrapping: Wrapping, isInner: Bool = false) -> [UInt8] {
        switch wrapping {
        case .none: bytes
        case .lowerHexadecimal: bytes.flatMap { hexadecimal($0, "0123456789abcdef") }
        case .upperHexadecimal: bytes.flatMap { hexadecimal($0, "0123456789ABCDEF") }
        case .base64: base64(bytes, after: 0, isInner)
        case .base64AfterOne: base64(bytes, after: 1, isInner)
        case .base64AfterTwo: base64(bytes, after: 2, isInner)
        }
    }

    /// Of so many packed digits that begin with the low half of a byte: the bits that are theirs.
    private static func halves(_ count: Int) -> [UInt8] {
        [0x0F] + [UInt8](repeating: 0xFF, count: (count - 1) / 2) + (count % 2 == 0 ? [0xF0] : [])
    }

    /// Whole bytes only: an odd last digit is left out.
    private static func packed(_ digits: String) -> [UInt8] {
        let values = digits.utf8.map { $0 & 0xF }
        return stride(from: 1, to: values.count, by: 2).map { values[$0 - 1] << 4 | values[$0] }
    }

    private static func hexadecimal(_ byte: UInt8, _ digits: String) -> [UInt8] {
        let digits = Array(digits.utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
    }

    private static func base64(_ bytes: [UInt8], after count: Int, _ isInner: Bool) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let bits = ([UInt8](repeating: 0x5A, count: count) + bytes).flatMap { byte in
            stride(from: 7, through: 0, by: -1).map { byte >> $0 & 1 }
        }
        let characters = stride(from: 0, to: bits.count - 5, by: 6).map { start in
            alphabet[Int(bits[start..<start + 6].reduce(0) { $0 << 1 | $1 })]
        }
        return isInner ? Array(characters.dropFirst((8 * count + 5) / 6)) : characters
    }

    /// Of letters, digits and the few signs of Base64 and tracks.
    private static func ebcdic(_ character: UInt8) -> UInt8 {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): 0xF0 + (character - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "I"): 0xC1 + (character - UInt8(ascii: "A"))
        case UInt8(ascii: "J")...UInt8(ascii: "R"): 0xD1 + (character - UInt8(ascii: "J"))
        case UInt8(ascii: "S")...UInt8(ascii: "Z"): 0xE2 + (character - UInt8(ascii: "S"))
        case UInt8(ascii: "a")...UInt8(ascii: "i"): 0x81 + (character - UInt8(ascii: "a"))
        case UInt8(ascii: "j")...UInt8(ascii: "r"): 0x91 + (character - UInt8(ascii: "j"))
        case UInt8(ascii: "s")...UInt8(ascii: "z"): 0xA2 + (character - UInt8(ascii: "s"))
        case UInt8(ascii: " "): 0x40
        case UInt8(ascii: "."): 0x4B
        case UInt8(ascii: "+"): 0x4E
        case UInt8(ascii: "-"): 0x60
        case UInt8(ascii: "/"): 0x61
        case UInt8(ascii: "_"): 0x6D
        case UInt8(ascii: ":"): 0x7A
        case UInt8(ascii: "="): 0x7E
        case UInt8(ascii: "\""): 0x7F
        default: preconditionFailure("a character that secrets of tests do not have")
        }
    }
}

extension String {
    func inGroups(_ separator: String = " ", of size: Int = 4) -> String {
        stride(from: 0, to: count, by: size).map { String(dropFirst($0).prefix(size)) }.joined(separator: separator)
    }

    /// Digits from U+FF10 on.
    var inFullWidth: String {
        String(String.UnicodeScalarView(unicodeScalars.compactMap { Unicode.Scalar(0xFF10 + $0.value - 0x30) }))
    }
}

extension ElementSpec {
    /// An element's format in the notation of the standard: class, then `n` for fixed, `..n` for LLVAR, `...n` for
    /// LLLVAR. `n6`, `ans..25`, `b...255`; `x+n8` has its sign besides the eight digits.
    struct Notation {
        var content: ContentClass
        /// Digits of the length indicator: 0 (fixed), 2, 3, 4.
        var lengthDigits: Int
        /// Characters, digits or bytes, the sign included.
        var maximum: Int

        /// Nil when the text is not of that form.
        init?(_ text: Substring) {
            let letters = text.prefix { $0.isLetter || $0 == "+" }
            let dots = text.dropFirst(letters.count).prefix { $0 == "." }
            let digits = text.dropFirst(letters.count + dots.count)
            guard let content = ContentClass(rawValue: String(letters)), let maximum = Int(digits) else { return nil }
            guard [0, 2, 3, 4].contains(dots.count), (1...9_998).contains(maximum) else { return nil }
            self.content = content
            self.lengthDigits = dots.count
            self.maximum = content == .signedAmount ? maximum + 1 : maximum
        }
    }
}

/// How the axes are set for all elements of a dialect at once; elements that depart are defined one by one.
struct WireStyle {
    /// Of digits (n and z).
    var digits: ElementEncoding
    /// Of all other characters.
    var text: ElementEncoding
    /// Of class b.
    var binary: ElementEncoding
    var length: LengthStyle

    /// The form of length indicators.
    enum LengthStyle {
        /// One character a digit, in this encoding.
        case characters(LengthEncoding)
        /// Two digits a byte.
        case bcd
        /// One binary byte for every variable element, so no element is longer than 255.
        case binaryByte
    }

    func spec(_ notation: ElementSpec.Notation) -> ElementSpec {
        let encoding: ElementEncoding
        switch notation.content {
        case .numeric, .track: encoding = self.digits
        case .binary: encoding = self.binary
        case .alphabetic, .alphanumeric, .alphanumericPad, .alphanumericSpecial, .numericSpecial, .signedAmount:
            encoding = self.text
        }
        guard notation.lengthDigits > 0 else {
            return ElementSpec(notation.content, encoding, maximum: notation.maximum)
        }
        var maximum = notation.maximum
        let prefix: LengthPrefix
        switch self.length {
        case .characters(let encoding): prefix = LengthPrefix(encoding, width: notation.lengthDigits)
        case .bcd: prefix = LengthPrefix(.bcd, width: (notation.lengthDigits + 1) / 2)
        case .binaryByte:
            prefix = LengthPrefix(.binary, width: 1)
            maximum = min(maximum, 255)
        }
        return ElementSpec(notation.content, encoding, maximum: maximum, prefix: prefix)
    }
}

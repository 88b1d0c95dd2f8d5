/// What characters an element may hold (ISO 8583-1, section 4.3, "attributes").
///
/// The raw values are the standard's own abbreviations.
package enum ContentClass: String, Sendable, CaseIterable {
    /// Digits.
    case numeric = "n"
    /// Letters.
    case alphabetic = "a"
    /// Letters and digits.
    case alphanumeric = "an"
    /// Letters, digits and pad (space).
    case alphanumericPad = "anp"
    /// Letters, digits and special characters.
    case alphanumericSpecial = "ans"
    /// Digits and special characters.
    case numericSpecial = "ns"
    /// `C` (credit) or `D` (debit), then digits.
    case signedAmount = "x+n"
    /// Track 2 and 3 code set: digits and the separator, canonically `=` (ISO/IEC 7813).
    case track = "z"
    /// Bytes.
    case binary = "b"
}

/// How the units of an element are put into bytes.
package enum ElementEncoding: String, Sendable, CaseIterable {
    /// One byte a character; binary elements as two hex characters a byte.
    case ascii
    /// One byte a character in the dialect's code page; binary elements as two hex characters a byte.
    case ebcdic
    /// Two digits a byte; of use for `n` and `z` only, where nibble D is the track separator.
    case bcd
    /// Bytes as they are.
    case binary
}

/// How a length indicator is put into bytes.
package enum LengthEncoding: String, Sendable, CaseIterable {
    case ascii
    case ebcdic
    case bcd
    /// Big-endian.
    case binary
}

/// What a length indicator counts.
package enum LengthCounts: String, Sendable, CaseIterable {
    /// Characters, digits, hex characters or bytes: the unit of the element's own encoding.
    case units
    /// Bytes of the value when packed: two BCD digits or two hex characters count one. An odd number of BCD digits is
    /// then known only by a pad of F, or at an odd maximum; else the pad digit is read as part of the value.
    case bytes
}

/// The length indicator before a variable element.
package struct LengthPrefix: Hashable, Sendable {
    package var encoding: LengthEncoding
    /// Bytes of the indicator on the wire, 1...4.
    package let width: UInt8
    package var counts: LengthCounts

    /// - Parameter width: bytes on the wire; clamped to 1...4.
    package init(_ encoding: LengthEncoding, width: Int, counts: LengthCounts = .units) {
        self.encoding = encoding
        self.width = UInt8(min(max(width, 1), Limits.lengthIndicatorBytes))
        self.counts = counts
    }

    /// The largest value the indicator can show.
    package var maximum: Int {
        switch self.encoding {
        case .ascii, .ebcdic: decimalPower(Int(self.width)) - 1
        case .bcd: decimalPower(2 * Int(self.width)) - 1
        case .binary: (1 << (8 * Int(self.width))) - 1
        }
    }
}

/// What fills an element that is shorter than its fixed length, and the odd nibble of BCD.
package enum Padding: String, Sendable, CaseIterable {
    /// Nothing does: a short value of a fixed element is an error (odd BCD is then filled as by `leftZero`).
    case none
    case leftZero = "left-0"
    case rightZero = "right-0"
    /// Right-hand nibble F in BCD.
    case rightF = "right-F"
    /// Right-hand spaces; characters only.
    case rightSpace = "right-space"
}

/// The wire form of one element, a value on each axis. Trivial to copy.
package struct ElementSpec: Hashable, Sendable {
    package var content: ContentClass
    package var encoding: ElementEncoding
    /// Nil for an element of fixed length.
    package var prefix: LengthPrefix?
    package var padding: Padding
    /// The most (for a fixed element: the exact) number of canonical units: characters, digits, or bytes for class b.
    package var maximum: UInt16

    /// - Parameter maximum: canonical units, clamped to 0...9999.
    package init(
        _ content: ContentClass,
        _ encoding: ElementEncoding,
        maximum: Int,
        prefix: LengthPrefix? = nil,
        padding: Padding? = nil
    ) {
        self.content = content
        self.encoding = encoding
        self.maximum = UInt16(min(max(maximum, 0), 9_999))
        self.prefix = prefix
        self.padding = padding ?? Self.usualPadding(content)
    }

    /// Whether bytes travel as hex characters: class b in a character encoding.
    @inline(__always)
    package var isHex: Bool {
        guard self.content == .binary else { return false }
        switch self.encoding {
        case .ascii, .ebcdic: return true
        case .bcd, .binary: return false
        }
    }

    /// The maximum in the units that the length indicator counts (without `bytes` counting).
    @inline(__always)
    package var maximumWireUnits: Int { self.isHex ? 2 * Int(self.maximum) : Int(self.maximum) }

    /// No less than the bytes on the wire of an element of fixed length; 0 for a variable one.
    var fixedBytes: Int { self.prefix == nil ? self.maximumWireUnits : 0 }

    /// Why this combination cannot be used, or nil. Loaders of dialects report it.
    package var problem: String? {
        switch (self.content, self.encoding) {
        case (.numeric, .bcd), (.track, .bcd): break
        case (_, .bcd): return "class \(self.content.rawValue) has no BCD form"
        case (.binary, _): break
        case (_, .binary): return "class \(self.content.rawValue) needs a character encoding or BCD"
        case (_, .ascii), (_, .ebcdic): break
        }
        if let prefix = self.prefix, prefix.maximum < self.maximumWireUnits {
            return "the length indicator reaches \(prefix.maximum), less than the maximum \(self.maximumWireUnits)"
        }
        return nil
    }

    /// Digits are filled with zeros on the left, text with spaces on the right (ISO 8583-1, 4.3); the rest not at all.
    package static func usualPadding(_ content: ContentClass) -> Padding {
        switch content {
        case .numeric, .track: .leftZero
        case .alphabetic, .alphanumeric, .alphanumericPad, .alphanumericSpecial, .numericSpecial: .rightSpace
        case .signedAmount, .binary: .none
        }
    }
}

/// 10 to the power of 0...18.
@inline(__always)
func decimalPower(_ exponent: Int) -> Int {
    var power = 1
    for _ in 0..<exponent { power *= 10 }
    return power
}

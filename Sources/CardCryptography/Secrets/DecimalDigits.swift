/// Up to 32 decimal digits, four bits each, as the algorithms of card verification take them.
package struct DecimalDigits: Sendable {
    /// The digits as the last hexadecimal digits.
    private(set) var packed: UInt128 = 0
    package private(set) var count = 0

    init() {}

    /// Nil unless there are exactly `count` digits, at most 32, and nothing else.
    package init?(ascii: some Collection<UInt8>, count: Int) {
        guard ascii.count == count, count <= 32, ascii.allSatisfy(isDecimalDigit) else { return nil }
        append(ascii: ascii)
    }

    /// The last four digits of the counter's decimal form, as track data carries an ATC.
    package init(counter: UInt16) {
        for divisor in [1_000, 100, 10, 1] as [UInt16] { append(counter / divisor % 10) }
    }

    mutating func append(ascii: some Sequence<UInt8>) {
        for digit in ascii { append(UInt16(digit - UInt8(ascii: "0"))) }
    }

    mutating func append(_ other: DecimalDigits) {
        packed = packed << UInt128(4 * other.count) | other.packed
        count += other.count
    }

    private mutating func append(_ digit: UInt16) {
        packed = packed << 4 | UInt128(digit)
        count += 1
    }

    /// The digits from the left, then zeros.
    var leftJustified: UInt128 { packed << UInt128(128 - 4 * count) }
}

// Some hold a card number.
extension DecimalDigits: Masked {}

extension PAN {
    /// All digits.
    var packed: DecimalDigits {
        var digits = DecimalDigits()
        withExposedDigits { digits.append(ascii: $0) }
        return digits
    }

    /// The rightmost digits before the check digit, with zeros on the left where there are fewer.
    func digitsBeforeCheckDigit(_ count: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: packed.packed >> 4) & (1 << UInt64(4 * count) - 1)
    }
}

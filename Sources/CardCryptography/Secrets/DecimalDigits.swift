/// Up to 32 decimal digits, as the algorithms of card verification take them; wiped when the last reference goes, because
/// some are a card number.
package struct DecimalDigits: Sendable {
    package let count: Int
    /// 16 bytes: the digits are the last hexadecimal ones.
    private let storage: SecretBytes

    private init(packed: UInt128, count: Int) {
        self.count = count
        storage = SecretBytes(count: 16) { $0.storeBytes(of: packed.bigEndian, as: UInt128.self) }
    }

    private init(validASCII ascii: some Sequence<UInt8>) {
        var (packed, count) = (0 as UInt128, 0)
        for digit in ascii {
            packed = packed << 4 | UInt128(digit - UInt8(ascii: "0"))
            count += 1
        }
        self.init(packed: packed, count: count)
    }

    /// Nil unless there are exactly `count` digits, at most 32, and nothing else.
    package init?(ascii: some Collection<UInt8>, count: Int) {
        guard ascii.count == count, count <= 32, ascii.allSatisfy(isDecimalDigit) else { return nil }
        self.init(validASCII: ascii)
    }

    /// The last four digits of the counter's decimal form, as track data carries an ATC.
    package init(counter: UInt16) {
        let digits = [1_000, 100, 10, 1].reduce(0) { $0 << 4 | UInt128(counter / $1 % 10) }
        self.init(packed: digits, count: 4)
    }

    /// All digits of a card number, or those after the first few.
    init(_ pan: PAN, dropping first: Int = 0) {
        self = pan.withExposedDigits { DecimalDigits(validASCII: $0.dropFirst(first)) }
    }

    /// Both, one after the other.
    func appending(_ other: DecimalDigits) -> DecimalDigits {
        DecimalDigits(packed: packed << UInt128(4 * other.count) | other.packed, count: count + other.count)
    }

    /// The digits as the last hexadecimal digits.
    var packed: UInt128 { storage.withExposedBytes { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) } }

    /// The digits from the left, then zeros.
    var leftJustified: UInt128 { packed << UInt128(128 - 4 * count) }
}

extension DecimalDigits: Masked {}

extension DecimalDigits: Equatable {
    package static func == (one: DecimalDigits, other: DecimalDigits) -> Bool {
        one.count == other.count && one.packed == other.packed
    }
}

extension PAN {
    /// All digits.
    var packed: DecimalDigits { DecimalDigits(self) }

    /// The rightmost digits before the check digit, with zeros on the left where there are fewer.
    func digitsBeforeCheckDigit(_ count: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: packed.packed >> 4) & (1 << UInt64(4 * count) - 1)
    }
}

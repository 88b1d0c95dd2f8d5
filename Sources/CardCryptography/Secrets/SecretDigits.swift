/// Decimal digits that only their card or cardholder knows: a CVV, a PVV, a PIN offset.
package struct SecretDigits: Sendable {
    private let ascii: SecretBytes

    package var count: Int { ascii.count }

    /// Nil unless there are as many digits as `counts` allows, and nothing else.
    package init?(ascii: some Collection<UInt8>, counts: ClosedRange<Int>) {
        guard counts.contains(ascii.count), ascii.allSatisfy(isDecimalDigit) else { return nil }
        self.ascii = SecretBytes(ascii)
    }

    /// The first `count` hexadecimal digits of `block`, all of which are decimal.
    init(leading count: Int, of block: UInt64) {
        ascii = SecretBytes(count: count) { storage in
            for index in 0..<count { storage[index] = UInt8(ascii: "0") + block.nibble(index) }
        }
    }

    /// Reads the digits, as ASCII. They must not leave the closure in a form that outlives it.
    package func withExposedDigits<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try ascii.withExposedBytes(body)
    }

    /// Compares in a time that does not depend on where the digits differ.
    package func isEqual(to other: SecretDigits) -> Bool { ascii.isEqual(to: other.ascii) }

    /// The digits as the leading hexadecimal digits of a block.
    var leadingNibbles: UInt64 {
        withExposedDigits { digits in
            digits.reduce(0) { $0 << 4 | UInt64($1 - UInt8(ascii: "0")) }
                << (64 - 4 * UInt64(digits.count))
        }
    }
}

func isDecimalDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

extension UInt64 {
    /// A hexadecimal digit; 0 is the leftmost.
    func nibble(_ index: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: self >> UInt64(60 - 4 * index)) & 0xF
    }
}

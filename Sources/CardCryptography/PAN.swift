/// A primary account number (ISO/IEC 7812-1): 12 to 19 digits that cannot be printed, encoded or compared by
/// accident, and are wiped when the last reference goes.
package final class PAN: Sendable {
    package static let lengths = 12...19

    private let digits: SecretBytes

    /// - Parameter ascii: the digits as ASCII. Nil unless there are 12 to 19 of them and nothing else.
    package convenience init?(ascii: some Collection<UInt8>) {
        guard Self.lengths.contains(ascii.count) else { return nil }
        // Most are of an array, which is quicker to go through than what is only known to be a collection.
        self.init(ascii.withContiguousStorageIfAvailable { SecretBytes($0) } ?? SecretBytes(ascii))
    }

    /// The same from secret bytes.
    init?(_ digits: SecretBytes) {
        let isNumber = digits.withExposedBytes { Self.lengths.contains($0.count) && $0.allSatisfy(isDecimalDigit) }
        guard isNumber else { return nil }
        self.digits = digits
    }

    /// Reads the digits, as ASCII. They must not leave the closure in a form that outlives it.
    package func withExposedDigits<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try digits.withExposedBytes(body)
    }

    /// The last four digits as a number, which may be shown.
    package var lastFour: UInt16 {
        withExposedDigits { $0.suffix(4).reduce(0) { $0 * 10 + UInt16($1 - UInt8(ascii: "0")) } }
    }

    /// Whether the last digit is the one that ISO/IEC 7812-1 annex B asks for.
    package var hasValidCheckDigit: Bool {
        withExposedDigits { digits in
            Self.checkDigit(of: digits.dropLast()) == digits[digits.count - 1]
        }
    }

    /// Whether the first digits are `prefix`, given as text of digits.
    package func begins(with prefix: String) -> Bool { withExposedDigits { $0.starts(with: prefix.utf8) } }

    /// A new number of a BIN range, with random digits from the operating system and its check digit.
    ///
    /// - Parameters:
    ///   - bin: the first digits, shorter than `length` by at least two.
    ///   - length: 12 to 19.
    package static func random(bin: String, length: Int) throws(CryptographyError) -> PAN {
        precondition(lengths.contains(length) && bin.utf8.count <= length - 2, "a program's BIN leaves room for digits")
        let digits = try SecretBytes(count: length) { digits throws(CryptographyError) in
            digits.copyBytes(from: bin.utf8)
            var count = bin.utf8.count
            while count < length - 1 {
                try Entropy.secret(count: 32).withExposedBytes { random in
                    // Bytes from 250 on would favour some digits.
                    for byte in random where byte < 250 && count < length - 1 {
                        digits[count] = UInt8(ascii: "0") + byte % 10
                        count += 1
                    }
                }
            }
            digits[count] = checkDigit(of: UnsafeRawBufferPointer(digits).dropLast())
        }
        guard let pan = PAN(digits) else { preconditionFailure("a BIN has digits only") }
        return pan
    }

    /// The Luhn digit (ISO/IEC 7812-1 annex B) that completes digits, all as ASCII.
    private static func checkDigit(of digits: Slice<UnsafeRawBufferPointer>) -> UInt8 {
        var sum = 0
        var isDoubled = true
        for digit in digits.reversed() {
            let value = Int(digit & 0xF) * (isDoubled ? 2 : 1)
            sum += value > 9 ? value - 9 : value
            isDoubled.toggle()
        }
        return UInt8(ascii: "0") + UInt8((10 - sum % 10) % 10)
    }
}

extension PAN: Masked {}

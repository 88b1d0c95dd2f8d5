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
            Self.checkDigit(of: digits.dropLast().map { $0 - UInt8(ascii: "0") }) == digits[digits.count - 1] - 48
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
        var digits = bin.utf8.map { $0 - UInt8(ascii: "0") }
        while digits.count < length - 1 {
            // Bytes from 250 on would favour some digits.
            for byte in try Entropy.bytes(count: 32) where byte < 250 && digits.count < length - 1 {
                digits.append(byte % 10)
            }
        }
        digits.append(checkDigit(of: digits))
        guard let pan = PAN(ascii: digits.map { $0 + UInt8(ascii: "0") }) else {
            preconditionFailure("a BIN has digits only")
        }
        return pan
    }

    /// The Luhn digit (ISO/IEC 7812-1 annex B) that completes digits of value 0 to 9.
    private static func checkDigit(of digits: [UInt8]) -> UInt8 {
        var sum = 0
        for (index, digit) in digits.reversed().enumerated() {
            let doubled = Int(digit) * (index % 2 == 0 ? 2 : 1)
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return UInt8((10 - sum % 10) % 10)
    }
}

extension PAN: Masked {}

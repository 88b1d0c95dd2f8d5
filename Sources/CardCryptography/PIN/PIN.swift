/// A personal identification number (ISO 9564-1): 4 to 12 digits that cannot be printed, encoded or compared by
/// accident, and are wiped when the last reference goes.
package struct PIN: Sendable {
    package static let lengths = 4...12

    let digits: SecretDigits

    package var length: Int { digits.count }

    /// Nil unless there are 4 to 12 digits and nothing else.
    package init?(ascii: some Collection<UInt8>) {
        guard let digits = SecretDigits(ascii: ascii, counts: Self.lengths) else { return nil }
        self.digits = digits
    }

    init(digits: SecretDigits) { self.digits = digits }

    /// Reads the digits, as ASCII. They must not leave the closure in a form that outlives it.
    package func withExposedDigits<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try digits.withExposedDigits(body)
    }
}

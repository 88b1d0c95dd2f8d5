/// Track 2 (DE 35; ISO/IEC 7813): account number, separator, expiry, service code, the issuer's own data.
///
/// A view: it holds the slice it was made of, and dies with the request as track data must. It prints nothing.
package struct Track2: Sendable, CustomStringConvertible, CustomReflectable {
    private let bytes: ArraySlice<UInt8>
    private let separator: Int

    /// - Parameter bytes: the canonical value of DE 35, separator `=`.
    /// - Throws: `noSeparator`, or `accountNumberNotNumeric` when that is not 1 to 19 digits.
    package init(_ bytes: ArraySlice<UInt8>) throws(SubelementError) {
        guard let separator = bytes.firstIndex(of: UInt8(ascii: "=")) else {
            throw SubelementError(class: .noSeparator, offset: bytes.count)
        }
        let number = bytes[..<separator]
        if let bad = number.firstIndex(where: { $0.digitValue == nil }) {
            throw SubelementError(class: .accountNumberNotNumeric, offset: bad - bytes.startIndex)
        }
        guard (1...19).contains(number.count) else {
            throw SubelementError(class: .accountNumberNotNumeric, offset: 0)
        }
        self.bytes = bytes
        self.separator = separator
    }

    /// 1 to 19 digits.
    package var accountNumber: ArraySlice<UInt8> { self.bytes[..<self.separator] }

    /// YYMM; nil when cut or left out (a second separator in its place).
    package var expiry: ArraySlice<UInt8>? { self.digits(0..<4) }

    /// Three digits; nil when cut or left out.
    package var serviceCode: ArraySlice<UInt8>? { self.digits(4..<7) }

    /// What follows the service code; empty when there is none.
    package var discretionaryData: ArraySlice<UInt8> { self.bytes[(self.separator + 1)...].dropFirst(7) }

    package var description: String { "*" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    private func digits(_ part: Range<Int>) -> ArraySlice<UInt8>? {
        let start = self.separator + 1
        guard self.bytes.endIndex - start >= part.upperBound else { return nil }
        let digits = self.bytes[start + part.lowerBound..<start + part.upperBound]
        return digits.allSatisfy { $0.digitValue != nil } ? digits : nil
    }
}

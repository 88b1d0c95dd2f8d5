/// Track 2 (DE 35; ISO/IEC 7813): account number, separator, expiry, service code, the issuer's own data; or the same of
/// track 1.
///
/// A view: it holds the slice it was made of, and dies with the request as track data must. It prints nothing.
package struct Track2: Sendable, CustomStringConvertible, CustomReflectable {
    /// 1 to 19 digits.
    package let accountNumber: ArraySlice<UInt8>
    /// What follows the number, and in track 1 the name.
    private let data: ArraySlice<UInt8>

    /// - Parameter bytes: the canonical value of DE 35, separator `=`.
    /// - Throws: `noSeparator`, or `accountNumberNotNumeric` when that is not 1 to 19 digits.
    package init(_ bytes: ArraySlice<UInt8>) throws(SubelementError) {
        guard let separator = bytes.firstIndex(of: UInt8(ascii: "=")) else {
            throw SubelementError(class: .noSeparator, offset: bytes.count)
        }
        try self.init(accountNumber: bytes[..<separator], data: bytes[(separator + 1)...], of: bytes)
    }

    /// Track 1 in format B (DE 45; ISO/IEC 7813): format code, account number, `^`, name, `^`, and then as track 2.
    ///
    /// - Parameter bytes: the canonical value, without sentinels.
    /// - Throws: `noSeparator`, also for another format, or `accountNumberNotNumeric` when that is not 1 to 19 digits.
    package init(track1 bytes: ArraySlice<UInt8>) throws(SubelementError) {
        let parts = bytes.split(separator: UInt8(ascii: "^"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].first == UInt8(ascii: "B") else {
            throw SubelementError(class: .noSeparator, offset: bytes.count)
        }
        try self.init(accountNumber: parts[0].dropFirst(), data: parts[2], of: bytes)
    }

    private init(
        accountNumber: ArraySlice<UInt8>,
        data: ArraySlice<UInt8>,
        of track: ArraySlice<UInt8>
    ) throws(SubelementError) {
        if let bad = accountNumber.firstIndex(where: { $0.digitValue == nil }) {
            throw SubelementError(class: .accountNumberNotNumeric, offset: bad - track.startIndex)
        }
        guard (1...19).contains(accountNumber.count) else {
            throw SubelementError(class: .accountNumberNotNumeric, offset: accountNumber.startIndex - track.startIndex)
        }
        self.accountNumber = accountNumber
        self.data = data
    }

    /// YYMM; nil when cut or left out (a second separator in its place).
    package var expiry: ArraySlice<UInt8>? { self.digits(0..<4) }

    /// Three digits; nil when cut or left out.
    package var serviceCode: ArraySlice<UInt8>? { self.digits(4..<7) }

    /// What follows the service code; empty when there is none.
    package var discretionaryData: ArraySlice<UInt8> { self.data.dropFirst(7) }

    package var description: String { "*" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    private func digits(_ part: Range<Int>) -> ArraySlice<UInt8>? {
        guard self.data.count >= part.upperBound else { return nil }
        let digits = self.data.dropFirst(part.lowerBound).prefix(part.count)
        return digits.allSatisfy { $0.digitValue != nil } ? digits : nil
    }
}

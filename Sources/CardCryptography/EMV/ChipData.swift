/// What an application cryptogram is made of, out of DE 55. Lengths are those of EMV Book 3, annex A.
package struct ChipData: Sendable {
    /// The ten data objects that most cryptograms begin with, one after the other in the order of ``objects``: 33 bytes.
    package let transaction: [UInt8]
    /// 9F26, as received.
    package let cryptogram: UInt64
    /// 9F36, the card's count of its transactions.
    package let counter: UInt16
    /// 9F37
    package let unpredictableNumber: UInt32
    /// 9F10, up to 32 bytes.
    package let issuerApplicationData: [UInt8]

    /// Tags and lengths: amounts, country, TVR, currency, date, type, unpredictable number, AIP, ATC.
    package static let objects: [(tag: UInt32, length: Int)] = [
        (0x9F02, 6), (0x9F03, 6), (0x9F1A, 2), (0x95, 5), (0x5F2A, 2), (0x9A, 3), (0x9C, 1), (0x9F37, 4), (0x82, 2),
        (0x9F36, 2),
    ]

    /// - Parameter value: the value of a tag in DE 55, nil where it has none.
    /// - Throws: `chipDataMissing`, `chipDataLength`.
    package init(_ value: (UInt32) -> [UInt8]?) throws(PaymentCryptographyError) {
        var transaction: [UInt8] = []
        transaction.reserveCapacity(33)
        for object in Self.objects {
            transaction += try Self.bytes(object.tag, object.length...object.length, value)
        }
        self.transaction = transaction
        cryptogram = try Self.number(0x9F26, 8, value)
        counter = try Self.number(0x9F36, 2, value)
        unpredictableNumber = try Self.number(0x9F37, 4, value)
        issuerApplicationData = try Self.bytes(0x9F10, 1...32, value)
    }

    /// 9F02, 6 bytes.
    var authorisedAmount: ArraySlice<UInt8> { transaction.prefix(6) }

    private static func number<Number: FixedWidthInteger>(
        _ tag: UInt32,
        _ length: Int,
        _ value: (UInt32) -> [UInt8]?
    ) throws(PaymentCryptographyError) -> Number {
        try bytes(tag, length...length, value).reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    private static func bytes(
        _ tag: UInt32,
        _ lengths: ClosedRange<Int>,
        _ value: (UInt32) -> [UInt8]?
    ) throws(PaymentCryptographyError) -> [UInt8] {
        guard let bytes = value(tag) else { throw .chipDataMissing }
        guard lengths.contains(bytes.count) else { throw .chipDataLength }
        return bytes
    }
}

extension ChipData: Masked {}

/// One of the up to six fees of DE 46 of 1993.
package struct FeeAmount: Hashable, Sendable {
    /// Two characters; `00` is the transaction fee, networks have types of their own.
    package var type: String
    /// ISO 4217 number, three characters.
    package var currency: String
    /// Minor units, -99999999...99999999, debits to the cardholder positive.
    package var amount: Int64

    package init(type: String, currency: String, amount: Int64) {
        self.type = type
        self.currency = currency
        self.amount = amount
    }

    /// Characters of one block.
    package static let byteCount = 34

    /// Reads blocks of 2 + 3 + 1 + 8, and skips the 8 + 1 + 8 + 3 of their conversion for reconciliation.
    ///
    /// - Throws: `notAMultiple`, `badSign` or `notNumeric`.
    package static func parse(_ bytes: some Collection<UInt8>) throws(SubelementError) -> [FeeAmount] {
        guard bytes.count.isMultiple(of: self.byteCount) else {
            throw SubelementError(class: .notAMultiple, offset: bytes.count)
        }
        var reader = DigitReader(bytes)
        var fees: [FeeAmount] = []
        for _ in 0..<bytes.count / self.byteCount {
            let fee = FeeAmount(
                type: reader.readText(2),
                currency: reader.readText(3),
                amount: try reader.readSigned(8)
            )
            _ = reader.readText(20)
            fees.append(fee)
        }
        return fees
    }
}

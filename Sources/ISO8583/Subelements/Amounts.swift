/// DE 95 of 1987: the amounts that remain valid after a partial reversal.
package struct ReplacementAmounts: Hashable, Sendable {
    /// The new total in transaction currency, minor units; 0 reverses all.
    package var transaction: Int64
    /// The new total in settlement currency, minor units.
    package var settlement: Int64
    /// Minor units, debits to the cardholder positive.
    package var transactionFee: Int64
    /// Minor units, debits to the cardholder positive.
    package var settlementFee: Int64

    package init(transaction: Int64, settlement: Int64 = 0, transactionFee: Int64 = 0, settlementFee: Int64 = 0) {
        self.transaction = transaction
        self.settlement = settlement
        self.transactionFee = transactionFee
        self.settlementFee = settlementFee
    }

    /// Reads 12 + 12 digits and two signed fees of 1 + 8. No fee may also be nine zeros: many fill what they do not use.
    ///
    /// - Throws: `wrongLength`, `notNumeric` or `badSign`.
    package init(_ bytes: some Collection<UInt8>) throws(SubelementError) {
        guard bytes.count == 42 else { throw SubelementError(class: .wrongLength, offset: bytes.count) }
        var reader = DigitReader(bytes)
        self.transaction = try reader.read(12)
        self.settlement = try reader.read(12)
        self.transactionFee = try reader.readFee()
        self.settlementFee = try reader.readFee()
    }

    /// The 42 characters.
    package var bytes: [UInt8] {
        digits(self.transaction, width: 12) + digits(self.settlement, width: 12) + Self.signed(self.transactionFee)
            + Self.signed(self.settlementFee)
    }

    private static func signed(_ fee: Int64) -> [UInt8] {
        let magnitude = Int64(clamping: fee.magnitude)
        return [fee < 0 ? UInt8(ascii: "C") : UInt8(ascii: "D")] + digits(magnitude, width: 8)
    }
}

/// One of the up to six amounts of DE 54.
package struct AdditionalAmount: Hashable, Sendable {
    /// As in DE 3, two characters: `00` default, `10` savings, `20` cheque, `30` credit.
    package var accountType: String
    /// Two characters: `01` ledger balance, `02` available balance, `40` cashback, `57` original amount. A receiver
    /// ignores those it does not know.
    package var amountType: String
    /// ISO 4217 number, three characters.
    package var currency: String
    /// Whether the amount is in the cardholder's favour.
    package var isCredit: Bool
    /// Minor units, 0...999999999999.
    package var amount: Int64

    package init(accountType: String, amountType: String, currency: String, isCredit: Bool, amount: Int64) {
        self.accountType = accountType
        self.amountType = amountType
        self.currency = currency
        self.isCredit = isCredit
        self.amount = amount
    }

    /// Bytes of one block.
    package static let byteCount = 20

    /// Reads blocks of 2 + 2 + 3 + 1 + 12.
    ///
    /// - Throws: `notAMultiple`, `badSign` or `notNumeric`.
    package static func parse(_ bytes: some Collection<UInt8>) throws(SubelementError) -> [AdditionalAmount] {
        guard bytes.count.isMultiple(of: self.byteCount) else {
            throw SubelementError(class: .notAMultiple, offset: bytes.count)
        }
        var reader = DigitReader(bytes)
        var amounts: [AdditionalAmount] = []
        for _ in 0..<bytes.count / self.byteCount {
            amounts.append(
                AdditionalAmount(
                    accountType: reader.readText(2),
                    amountType: reader.readText(2),
                    currency: reader.readText(3),
                    isCredit: try reader.readIsCredit(),
                    amount: try reader.read(12)
                )
            )
        }
        return amounts
    }

    /// The block of 20 characters. Text that is too long is cut, too short filled with spaces.
    package var bytes: [UInt8] {
        Self.fixed(self.accountType, 2) + Self.fixed(self.amountType, 2) + Self.fixed(self.currency, 3)
            + [self.isCredit ? UInt8(ascii: "C") : UInt8(ascii: "D")] + digits(self.amount, width: 12)
    }

    private static func fixed(_ text: String, _ width: Int) -> [UInt8] {
        let bytes = latin1Bytes(text).prefix(width)
        return bytes + [UInt8](repeating: 0x20, count: width - bytes.count)
    }
}

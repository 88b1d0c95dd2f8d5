extension Program: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(id)
        writer.write(tenant)
        writer.write(Int64(version))
        writer.write(timeZone)
        writer.write(bin)
        writer.write(Int64(panLength))
        writer.write(currencies)
        writer.write(kinds.sorted { $0.rawValue < $1.rawValue })
        writer.write(rates)
        writer.write(markUp)
        writer.write(spendsPendingCredits)
        writer.write(Int64(cardValidityMonths))
        writeDetails(to: &writer)
        if let verification {
            writer.write(byte: Self.verificationPolicy)
            writer.write(verification)
        }
        guard issuing != IssuingTerms() else { return }
        writer.write(byte: Self.issuingTerms)
        writer.write(issuing)
    }

    private func writeDetails(to writer: inout ByteWriter) {
        guard currencies.contains(where: \.hasDetails) || limitsTokens else { return }
        writer.write(byte: limitsTokens ? Self.detailsWithTokens : Self.detailsOfCurrencies)
        for policy in currencies {
            policy.writeDetails(to: &writer)
            if limitsTokens { writer.write(policy.tokenDailyLimit ?? -1) }
        }
    }

    /// Begins what only some programs have, behind what all have: the details of each currency, in their order.
    private static let detailsOfCurrencies: UInt8 = 1
    /// The same, each with its limit for tokens.
    private static let detailsWithTokens: UInt8 = 2
    /// Begins what is verified, behind them.
    private static let verificationPolicy: UInt8 = 3
    /// Begins what is said of the cards, the last of all.
    private static let issuingTerms: UInt8 = 5

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            id: try reader.value(),
            tenant: try reader.value(),
            version: try reader.integer(),
            timeZone: try reader.text(),
            bin: try reader.text(),
            panLength: try reader.integer(),
            currencies: try reader.values(),
            kinds: Set(try reader.values(TransactionKind.self)),
            rates: try reader.values(),
            markUp: try reader.int64(),
            spendsPendingCredits: try reader.bool(),
            cardValidityMonths: try reader.integer()
        )
        var form = try Self.next(&reader)
        if let details = form, details < Self.verificationPolicy {
            try readDetails(details, from: &reader)
            form = try Self.next(&reader)
        }
        if form == Self.verificationPolicy {
            verification = try reader.value()
            form = try Self.next(&reader)
        }
        if form == Self.issuingTerms {
            issuing = try reader.value()
            form = try Self.next(&reader)
        }
        guard form == nil else { throw reader.failure("no such details") }
    }

    /// What begins next; nil at the end.
    private static func next(_ reader: inout ByteReader) throws(JournalError) -> UInt8? {
        reader.isAtEnd ? nil : try reader.byte()
    }

    private mutating func readDetails(_ form: UInt8, from reader: inout ByteReader) throws(JournalError) {
        guard form == Self.detailsOfCurrencies || form == Self.detailsWithTokens else {
            throw reader.failure("no such details")
        }
        for index in currencies.indices {
            try currencies[index].readDetails(from: &reader)
            guard form == Self.detailsWithTokens else { continue }
            let limit = try reader.int64()
            currencies[index].tokenDailyLimit = limit < 0 ? nil : limit
        }
        guard form == Self.detailsWithTokens ? limitsTokens : currencies.contains(where: \.hasDetails) else {
            throw reader.failure("details of nothing")
        }
    }
}

extension CurrencyPolicy: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(currency)
        writer.write(transactionLimit)
        writer.write(dailyLimit)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            currency: try reader.value(),
            transactionLimit: try reader.int64(),
            dailyLimit: try reader.int64()
        )
    }
}

extension CurrencyPolicy {
    fileprivate var hasDetails: Bool { cashbackLimit != nil || statusCheckAmount != nil }

    fileprivate func writeDetails(to writer: inout ByteWriter) {
        writer.write(cashbackLimit ?? -1)
        writer.write(statusCheckAmount ?? -1)
    }

    fileprivate mutating func readDetails(from reader: inout ByteReader) throws(JournalError) {
        let cashback = try reader.int64()
        let statusCheck = try reader.int64()
        cashbackLimit = cashback < 0 ? nil : cashback
        statusCheckAmount = statusCheck < 0 ? nil : statusCheck
    }
}

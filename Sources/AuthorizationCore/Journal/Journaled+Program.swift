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
        if !accountTypes.isEmpty {
            writer.write(byte: Self.accountTypes)
            writer.write(accountTypes.sorted { $0.rawValue < $1.rawValue })
        }
        if !charges.isEmpty {
            writer.write(byte: Self.chargeSchedules)
            writer.write(charges)
        }
        if issuing != IssuingTerms() {
            writer.write(byte: Self.issuingTerms)
            writer.write(issuing)
        }
        if let sandbox {
            writer.write(byte: Self.sandboxClock)
            writer.write(sandbox.clockOffset)
        }
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
    /// Begins what is verified.
    private static let verificationPolicy: UInt8 = 3
    private static let accountTypes: UInt8 = 4
    /// Begins what is charged.
    private static let chargeSchedules: UInt8 = 5
    /// Begins what is said of the cards.
    private static let issuingTerms: UInt8 = 6
    /// Begins how far a sandbox's clock is ahead. Each of these stands once at most, in the order of their numbers.
    private static let sandboxClock: UInt8 = 7

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
        var last: UInt8 = 0
        while !reader.isAtEnd {
            let form = try reader.byte()
            guard form > last else { throw reader.failure("no such details") }
            // There is one form of the currencies' details.
            last = max(form, Self.detailsWithTokens)
            switch form {
            case Self.verificationPolicy: verification = try reader.value()
            case Self.accountTypes: accountTypes = try Self.readTypes(&reader)
            case Self.chargeSchedules: charges = try Self.charges(&reader)
            case Self.issuingTerms: issuing = try reader.value()
            case Self.sandboxClock: sandbox = try Self.readSandbox(&reader)
            default: try readDetails(form, from: &reader)
            }
        }
        guard charges.allSatisfy({ policy(for: $0.currency) != nil }) else {
            throw reader.failure("a charge in another currency")
        }
    }

    private static func readSandbox(_ reader: inout ByteReader) throws(JournalError) -> Sandbox {
        let offset = try reader.int64()
        guard Sandbox.clockOffsets.contains(offset) else { throw reader.failure("no such clock") }
        return Sandbox(clockOffset: offset)
    }

    private static func readTypes(_ reader: inout ByteReader) throws(JournalError) -> Set<AccountType> {
        let types = Set(try reader.values(AccountType.self))
        guard !types.isEmpty else { throw reader.failure("types of nothing") }
        return types
    }

    private static func charges(_ reader: inout ByteReader) throws(JournalError) -> [ChargeSchedule] {
        let charges: [ChargeSchedule] = try reader.values()
        guard (1...ChargeSchedule.most).contains(charges.count), Set(charges.map(\.code)).count == charges.count else {
            throw reader.failure("no such charges")
        }
        return charges
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

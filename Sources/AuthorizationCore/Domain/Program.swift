/// What a program allows in one currency of its balances.
package struct CurrencyPolicy: Hashable, Sendable {
    package var currency: Currency
    /// Largest billing amount of one payment, in minor units.
    package var transactionLimit: Int64
    /// Largest sum of billing amounts of one card on one day of the program's time zone, in minor units.
    package var dailyLimit: Int64
    /// Largest billing amount of the cash in one purchase with cashback, 0 or more minor units. Nil when only the other
    /// limits apply.
    package var cashbackLimit: Int64?
    /// What a fuel status check holds until the fuel's amount is known, above 0 minor units. Nil when such checks are
    /// declined.
    package var statusCheckAmount: Int64?
    /// Largest sum of billing amounts of one token on one day, in minor units. Nil when only the other limits apply.
    package var tokenDailyLimit: Int64?

    package init(
        currency: Currency,
        transactionLimit: Int64,
        dailyLimit: Int64,
        cashbackLimit: Int64? = nil,
        statusCheckAmount: Int64? = nil,
        tokenDailyLimit: Int64? = nil
    ) {
        self.currency = currency
        self.transactionLimit = transactionLimit
        self.dailyLimit = dailyLimit
        self.cashbackLimit = cashbackLimit
        self.statusCheckAmount = statusCheckAmount
        self.tokenDailyLimit = tokenDailyLimit
    }
}

/// One immutable version of a card program: everything that decisions take from it.
package struct Program: Hashable, Sendable {
    package var id: ProgramID
    package var tenant: TenantID
    /// 1 or more; a change makes a new version.
    package var version: Int32
    /// IANA name; days and expiry months end in it.
    package var timeZone: String
    /// First digits of every PAN, 6 to 8 of them.
    package var bin: String
    /// Digits of a PAN, 12 to 19.
    package var panLength: UInt8
    package var currencies: [CurrencyPolicy]
    package var kinds: Set<TransactionKind>
    package var rates: [ExchangeRate]
    /// Added to amounts converted by `rates`, in parts per million.
    package var markUp: Int64
    /// Whether refunds on their way may be spent before they are cleared.
    package var spendsPendingCredits: Bool
    /// How long a new card is valid, in months.
    package var cardValidityMonths: UInt16
    /// What accounts may be opened as. Where it is empty, as anything, also without a type.
    package var accountTypes: Set<AccountType> = []
    /// Nil where nothing is verified.
    package var verification: VerificationPolicy?
    /// Fees and taxes, at most `ChargeSchedule.most`, in the order of their lines.
    package var charges: [ChargeSchedule] = []
    package var issuing = IssuingTerms()
    /// Nil for a program with real money. Said when the program is made.
    package var sandbox: Sandbox?

    package init(
        id: ProgramID,
        tenant: TenantID,
        version: Int32,
        timeZone: String,
        bin: String,
        panLength: UInt8 = 16,
        currencies: [CurrencyPolicy],
        kinds: Set<TransactionKind>,
        rates: [ExchangeRate] = [],
        markUp: Int64 = 0,
        spendsPendingCredits: Bool = false,
        cardValidityMonths: UInt16 = 36
    ) {
        self.id = id
        self.tenant = tenant
        self.version = version
        self.timeZone = timeZone
        self.bin = bin
        self.panLength = panLength
        self.currencies = currencies
        self.kinds = kinds
        self.rates = rates
        self.markUp = markUp
        self.spendsPendingCredits = spendsPendingCredits
        self.cardValidityMonths = cardValidityMonths
    }

    /// Whether velocity is also counted by token.
    package var limitsTokens: Bool { currencies.contains { $0.tokenDailyLimit != nil } }

    package func policy(for currency: Currency) -> CurrencyPolicy? {
        currencies.first { $0.currency == currency }
    }
}

import AuthorizationCore
import Testing

extension Currency {
    static let euro = known("EUR")
    static let dollar = known("USD")
    static let yen = known("JPY")
    static let dinar = known("KWD")
    static let peso = known("MXN")

    private static func known(_ code: String) -> Currency {
        guard let currency = Currency(alphabetic: code) else { preconditionFailure("ISO 4217 has \(code)") }
        return currency
    }
}

extension ExpiryMonth {
    static func of(_ year: Int, _ month: Int) -> ExpiryMonth {
        guard let expiry = ExpiryMonth(year: year, month: month) else { preconditionFailure("a month of this century") }
        return expiry
    }
}

extension Instant {
    static let hour: Int64 = 3_600_000_000

    static func + (left: Instant, microseconds: Int64) -> Instant {
        Instant(microseconds: left.microseconds + microseconds)
    }
}

/// One account with a card and money, in a program with limits, in the middle of a day: everything is approved
/// until a test changes something.
struct World: Sendable {
    static let shard = Shard(truncating: 0x123)
    static let dayStart = Instant(microseconds: 20_000 * 24 * Instant.hour)
    static let euros = BalanceKey(.euro)
    static let card = CardID(at: dayStart, shard: shard, entropy: 2)
    static let cardholder = CardholderID(at: dayStart, shard: shard, entropy: 3)
    static let account = AccountID(at: dayStart, shard: shard, entropy: 1)
    static let tenant = TenantID(at: dayStart, shard: shard, entropy: 3)
    static let merchant = Merchant(
        name: "Kiosko",
        identification: "M1",
        categoryCode: 5_411,
        country: "ES",
        city: "Madrid"
    )

    var state = AccountState()
    var program: Program
    var moment = Moment(now: dayStart + 12 * Instant.hour, dayStart: dayStart, businessDate: 20_000)
    var seed: UInt64 = 1

    /// - Parameter posted: the customer's money, in euro cents.
    init(posted: Int64 = 100_000) {
        let id = ProgramID(at: Self.dayStart, shard: Self.shard, entropy: 4)
        program = Program(
            id: id,
            tenant: Self.tenant,
            version: 1,
            timeZone: "Europe/Madrid",
            bin: "400000",
            currencies: [CurrencyPolicy(currency: .euro, transactionLimit: 50_000, dailyLimit: 80_000)],
            kinds: Set(TransactionKind.allCases),
            rates: [ExchangeRate(from: .dollar, to: .euro, billionths: 900_000_000)]
        )
        state.account = Account(id: Self.account, tenant: Self.tenant, program: id, openedAt: Self.dayStart)
        var balance = Balance()
        balance.posted = posted
        state.balances[Self.euros] = balance
        let instance = CardInstance(
            sequenceNumber: 0,
            expiry: .of(2029, 11),
            validUntil: Self.dayStart + 1_000 * 24 * Instant.hour,
            serviceCode: 201,
            active: true
        )
        state.cards[Self.card] = Card(id: Self.card, lastFour: 1_234, instances: [instance], issuedAt: Self.dayStart)
    }

    /// Decides without taking anything in.
    func decision(on command: Command) -> Decision {
        decide(command, state, program: program, at: moment, seed: seed)
    }

    /// Decides and takes the decision in.
    @discardableResult
    mutating func perform(_ command: Command) -> Decision {
        let decision = decision(on: command)
        state.apply(decision.changes)
        seed += 1
        return decision
    }

    /// Authorizes, and gives the authorization as it stands.
    mutating func authorized(_ request: AuthorizationRequest) throws -> Authorization {
        let decision = perform(.authorize(request))
        return try #require(decision.authorization.flatMap { state.authorizations[$0] })
    }

    var euros: Balance { state.balances[Self.euros] ?? Balance() }
    var counter: Counter { state.counters[counterKey] ?? Counter() }
    var counterKey: CounterKey { CounterKey(card: Self.card, currency: .euro, dayStart: moment.dayStart) }

    static func index(ofToken number: UInt8) -> [UInt8] { Array(repeating: number, count: TokenFacts.indexLength) }

    /// Today's of the token of that number.
    func counter(ofToken number: UInt8) -> Counter? {
        var key = counterKey
        key.token = Self.index(ofToken: number)
        return state.counters[key]
    }

    static func token(_ number: UInt8) -> TokenID {
        TokenID(at: dayStart, shard: shard, entropy: 400 + UInt64(number))
    }

    mutating func register(token number: UInt8, of card: CardID = card, _ status: TokenStatus = .active) {
        let registration = RegisterToken(Self.token(number), index: Self.index(ofToken: number), of: card)
        var token = WalletToken(registration, at: Self.dayStart)
        token.status = status
        state.tokens[token.index] = token
    }

    mutating func set(_ status: CardStatus) { state.cards[Self.card]?.status = status }
    mutating func set(_ status: AccountStatus) { state.account?.status = status }
}

extension AuthorizationRequest {
    static func of(
        _ amount: Int64,
        _ currency: Currency = .euro,
        _ kind: TransactionKind = .purchase,
        billing: Money? = nil,
        key: RequestKey? = nil
    ) -> AuthorizationRequest {
        AuthorizationRequest(
            card: World.card,
            message: key.map { MessageIdentity(key: $0, fingerprint: [1]) },
            kind: kind,
            transaction: Money(amount, currency),
            billing: billing.map { ConvertedAmount($0) },
            merchant: World.merchant
        )
    }
}

extension AuthorizationRequest {
    /// - Parameter number: tokens of other numbers are others.
    mutating func use(token number: UInt8) {
        var token = TokenFacts()
        token.index = World.index(ofToken: number)
        credential = CredentialFacts()
        credential?.token = token
    }
}

extension Decision {
    var authorization: AuthorizationID? {
        switch outcome {
        case .approved(let approval): approval.authorization
        case .declined(_, let id), .acknowledged(_, let id): id
        case .done, .refused: nil
        }
    }

    var isApproved: Bool { if case .approved = outcome { true } else { false } }

    var declineReason: DeclineReason? { if case .declined(let reason, _) = outcome { reason } else { nil } }

    var acknowledgement: Acknowledgement? {
        if case .acknowledged(let acknowledgement, _) = outcome { acknowledgement } else { nil }
    }

    var transfers: [Transfer] {
        changes.compactMap { if case .transfer(let transfer) = $0 { transfer } else { nil } }
    }
}

import AuthorizationCore

@testable import AuthorizationEngine

extension Currency {
    static let euro: Currency = {
        guard let euro = Currency(alphabetic: "EUR") else { preconditionFailure("ISO 4217 has EUR") }
        return euro
    }()
}

/// Loaded batches and items of accounts by number, at a fixed time.
struct Bench {
    static let now = Instant(microseconds: 1_780_000_000_000_000)
    static let deadlineNow = ContinuousClock.now
    static let shard = Shard(truncating: 7)
    static let tenant = TenantID(at: now, shard: shard, entropy: 1)
    static let otherTenant = TenantID(at: now, shard: shard, entropy: 2)
    static let program = Program(
        id: ProgramID(at: now, shard: shard, entropy: 3),
        tenant: tenant,
        version: 4,
        timeZone: "Europe/Madrid",
        bin: "400000",
        currencies: [CurrencyPolicy(currency: .euro, transactionLimit: 100_000, dailyLimit: 100_000)],
        kinds: Set(TransactionKind.allCases)
    )

    static func account(_ number: UInt64) -> AccountID { AccountID(at: now, shard: shard, entropy: 100 + number) }
    static func card(_ number: UInt64) -> CardID { CardID(at: now, shard: shard, entropy: 200 + number) }
    static func event(_ number: UInt64) -> EventID { EventID(at: now, shard: shard, entropy: 300 + number) }
    static func index(_ number: UInt64) -> [UInt8] { [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32) }

    var loaded = LoadedBatch()

    /// Accounts 0, 1 … with a card each and 1,000 cents, twelve rows in their journals.
    init(accounts: UInt64 = 1) {
        loaded.programs[Self.program.id] = Self.program
        for number in 0..<accounts {
            var state = AccountState()
            var account = Account(
                id: Self.account(number),
                tenant: Self.tenant,
                program: Self.program.id,
                openedAt: .distantPast
            )
            account.sequence = 12
            state.account = account
            var balance = Balance()
            balance.posted = 1_000
            balance.version = 5
            state.balances[BalanceKey(.euro)] = balance
            state.cards[Self.card(number)] = Self.newCard(number)
            loaded.states[Self.account(number)] = state
            loaded.locked.insert(Self.account(number))
            loaded.panIndexes[Self.card(number)] = Self.index(number)
        }
    }

    var fold: BatchFold {
        BatchFold(
            loaded,
            clock: BatchClock(now: Self.now, deadlineNow: Self.deadlineNow, calendar: BusinessCalendar())
        )
    }

    static func newCard(_ number: UInt64) -> Card {
        Card(id: card(number), lastFour: 1, instances: [instance], issuedAt: .distantPast)
    }

    static var instance: CardInstance {
        guard let expiry = ExpiryMonth(year: 2029, month: 11) else { preconditionFailure("a month") }
        return CardInstance(
            sequenceNumber: 0,
            expiry: expiry,
            validUntil: Instant(microseconds: .max),
            serviceCode: 201,
            active: true
        )
    }
}

extension LaneItem {
    static func of(
        _ command: Command,
        _ number: UInt64 = 0,
        account: AccountID? = Bench.account(0),
        tenant: TenantID? = nil,
        client: ClientRequest? = nil,
        panIndex: [UInt8]? = nil,
        profile: ProfileVersion? = nil,
        secret: CardSecret? = nil,
        coding: AnswerCoding? = nil,
        deadline: ContinuousClock.Instant = Bench.deadlineNow + .seconds(3_600)
    ) -> LaneItem {
        LaneItem(
            id: Bench.event(number),
            account: account,
            command: command,
            tenant: tenant,
            client: client,
            panIndex: panIndex,
            profile: profile,
            cardSecret: secret,
            coding: coding,
            seed: number,
            deadline: deadline
        ) { _ in }
    }
}

extension Command {
    static func purchase(_ amount: Int64, card: CardID? = Bench.card(0), message: MessageIdentity? = nil) -> Command {
        let merchant = Merchant(name: "", identification: "", categoryCode: 0, country: "", city: "")
        return .authorize(
            AuthorizationRequest(
                card: card,
                message: message,
                kind: .purchase,
                transaction: Money(amount, .euro),
                merchant: merchant
            )
        )
    }

    static func reversal(of key: RequestKey, as own: RequestKey, _ fingerprint: UInt8 = 9) -> Command {
        .reverse(Reversal(target: .message(key), message: MessageIdentity(key: own, fingerprint: [fingerprint])))
    }
}

extension MessageIdentity {
    static func of(_ key: RequestKey, _ fingerprint: UInt8 = 1) -> MessageIdentity {
        MessageIdentity(key: key, fingerprint: [fingerprint])
    }
}

extension ClientRequest {
    static func of(_ key: String, _ fingerprint: UInt8 = 1) -> ClientRequest {
        ClientRequest(key: ClientKey(tenant: Bench.tenant, text: key), fingerprint: [fingerprint])
    }
}

extension Reply {
    var answer: Answer? { if case .decided(let answer) = self { answer } else { nil } }

    /// The reply's name, to compare replies that carry nothing.
    var name: String {
        switch self {
        case .decided: "decided"
        case .keyConflict: "keyConflict"
        case .notFound: "notFound"
        case .misrouted: "misrouted"
        case .late: "late"
        case .refused: "refused"
        case .failed: "failed"
        }
    }

    var isApproved: Bool { if case .approved? = answer?.decision.outcome { true } else { false } }

    var acknowledgement: Acknowledgement? {
        if case .acknowledged(let acknowledgement, _)? = answer?.decision.outcome { acknowledgement } else { nil }
    }

    var declineReason: DeclineReason? {
        if case .declined(let reason, _)? = answer?.decision.outcome { reason } else { nil }
    }
}

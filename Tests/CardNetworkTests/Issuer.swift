import AuthorizationCore
import AuthorizationEngine

/// One account that decides whatever arrives, as a lane would.
struct Issuer {
    static let card = CardID(at: Fixture.now, shard: Fixture.shard, entropy: 3)

    var state = AccountState()
    var seed: UInt64 = 0
    let program: Program

    init() {
        let tenant = TenantID(at: Fixture.now, shard: Fixture.shard, entropy: 4)
        program = Program(
            id: ProgramID(at: Fixture.now, shard: Fixture.shard, entropy: 5),
            tenant: tenant,
            version: 1,
            timeZone: "UTC",
            bin: "411111",
            currencies: [CurrencyPolicy(currency: .euro, transactionLimit: .max, dailyLimit: .max)],
            kinds: Set(TransactionKind.allCases)
        )
        state.account = Account(
            id: AccountID(at: Fixture.now, shard: Fixture.shard, entropy: 6),
            tenant: tenant,
            program: program.id,
            openedAt: Fixture.now
        )
        state.balances[BalanceKey(.euro)] = Balance(creditLimit: 20_000)
        let instances = [2029, 2030].compactMap { ExpiryMonth(year: $0, month: 11) }.map { expiry in
            CardInstance(
                sequenceNumber: 0,
                expiry: expiry,
                validUntil: Instant(microseconds: .max),
                serviceCode: 201,
                active: true
            )
        }
        state.cards[Self.card] = Card(id: Self.card, lastFour: 1_111, instances: instances, issuedAt: Fixture.now)
    }

    mutating func reply(to command: Command) -> Reply {
        seed += 1
        let moment = Moment(now: Fixture.now, dayStart: Fixture.now, businessDate: 0)
        let decision = decide(command, state, program: program, at: moment, seed: seed)
        state.apply(decision.changes)
        return Fixture.reply(decision)
    }
}

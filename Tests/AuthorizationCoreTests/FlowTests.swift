import AuthorizationCore
import Testing

@Suite struct `Kinds and their flows` {
    @Test(arguments: TransactionKind.allCases.filter { $0 != .pinChange })
    func `each kind moves what its flow says`(_ kind: TransactionKind) throws {
        var world = World()
        let before = world.euros
        let request = AuthorizationRequest.of(1_000, .euro, kind)
        let decision = world.perform(.authorize(request))
        let authorization = try #require(decision.authorization.flatMap { world.state.authorizations[$0] })
        var after = before
        switch kind.flow {
        case .debit: after.pendingDebits = 1_000
        case .credit: after.pendingCredits = 1_000
        case .none: break
        }
        #expect(world.euros == after)
        #expect(world.counter.amount == (kind.flow == .debit ? 1_000 : 0))
        #expect(world.counter.count == (kind.flow == .debit ? 1 : 0))
        #expect(authorization.held == (kind.flow == .none ? 0 : 1_000))
        #expect(authorization.remaining == authorization.held)
        #expect(authorization.balance == (kind.flow == .none ? nil : World.euros))
        #expect(authorization.status == (kind.flow == .none ? .cleared : .pending))
        #expect(decision.transfers.count == (kind.flow == .none ? 0 : 1))
    }

    @Test(arguments: [TransactionKind.accountVerification, .balanceInquiry])
    func `what moves no money is approved without amount, limit or money`(_ kind: TransactionKind) {
        var world = World(posted: 0)
        world.program.currencies = []
        let decision = world.perform(.authorize(.of(0, .euro, kind)))
        #expect(decision.isApproved)
        for check in [Check.transactionLimit, .dailyLimit, .availableBalance] {
            #expect(decision.verdict(of: check) == .notApplicable)
        }
        #expect(decision.balance == nil)
        #expect(world.state.counters.isEmpty)
    }

    @Test(arguments: [false, true])
    func `a refund on its way is spendable only by the program's policy`(_ isSpendable: Bool) {
        var world = World(posted: 0)
        world.program.spendsPendingCredits = isSpendable
        world.perform(.authorize(.of(1_000, .euro, .refund)))
        let decision = world.decision(on: .authorize(.of(1_000)))
        #expect(decision.isApproved == isSpendable)
        #expect(world.decision(on: .authorize(.of(1_001))).declineReason == .insufficientFunds)
    }

    @Test func `credits are limited by no amount`() {
        var world = World(posted: 0)
        world.program.currencies = []
        #expect(world.perform(.authorize(.of(largestAmount, .euro, .originalCredit))).isApproved)
    }

    @Test func `a pending layer that is full declines for funds instead of overflowing`() {
        var world = World()
        world.state.balances[World.euros]?.pendingCredits = .max
        let decision = world.perform(.authorize(.of(1, .euro, .refund)))
        #expect(decision.declineReason == .insufficientFunds)
        #expect(decision.verdict(of: .availableBalance) == .failed(.insufficientFunds))
        let stored = decision.authorization.flatMap { world.state.authorizations[$0] }
        #expect(stored?.status == .declined)
        #expect(stored?.held == 0 && stored?.remaining == 0 && stored?.balance == nil)
    }

    @Test(
        arguments: [
            // available = posted + limit − holds − legal holds
            (1_000, 0, 0, 0, 1_000), (0, 1_000, 0, 0, 1_000), (-400, 1_000, 0, 0, 600), (1_000, -300, 0, 0, 700),
            (1_000, 0, 400, 0, 600), (1_000, 0, 0, 250, 750), (1_000, 500, 400, 250, 850),
        ] as [(Int64, Int64, Int64, Int64, Int64)]
    )
    func `exactly what is available can be spent`(
        _ row: (posted: Int64, limit: Int64, holds: Int64, legal: Int64, available: Int64)
    ) {
        var world = World(posted: row.posted)
        world.state.balances[World.euros]?.creditLimit = row.limit
        world.state.balances[World.euros]?.pendingDebits = row.holds
        world.state.balances[World.euros]?.legalHolds = row.legal
        #expect(world.euros.available(countingCredits: false) == row.available)
        #expect(world.decision(on: .authorize(.of(row.available))).isApproved)
        #expect(world.decision(on: .authorize(.of(row.available + 1))).declineReason == .insufficientFunds)
    }

    @Test func `an approval has a code of at most six digits and repeats for the same seed`() {
        for seed in UInt64(0)..<200 {
            var world = World()
            world.seed = seed
            let outcome = world.decision(on: .authorize(.of(1))).outcome
            guard case .approved(let approval) = outcome else {
                Issue.record("declined: \(outcome)")
                return
            }
            #expect(approval.code < 1_000_000)
            #expect(world.decision(on: .authorize(.of(1))).outcome == outcome)
        }
    }

    @Test func `funding is posted at once, in a currency that is held, within range`() {
        var world = World(posted: 500)
        let funding = Funding(amount: Money(300, .euro), reference: "r")
        #expect(world.perform(.fund(funding)).outcome == .done)
        #expect(world.euros.posted == 800)
        let dollars = Funding(amount: Money(300, .dollar), reference: "r")
        #expect(world.decision(on: .fund(dollars)) == .refused(.currencyNotHeld))
        let tooMuch = Funding(amount: Money(.max, .euro), reference: "r")
        #expect(world.decision(on: .fund(tooMuch)) == .refused(.balanceOutOfRange))
    }

    @Test func `a request's answer is kept under its key, a decline's too`() {
        var world = World()
        let approved = world.perform(.authorize(.of(1_000, key: "k1")))
        #expect(world.state.keys["k1"]?.answer == approved.outcome)
        #expect(world.state.keys["k1"]?.fingerprint == [1])
        let declined = world.perform(.authorize(.of(90_000, key: "k2")))
        #expect(world.state.keys["k2"]?.answer == declined.outcome)
        #expect(world.state.keys["k2"]?.authorization == declined.authorization)
    }
}

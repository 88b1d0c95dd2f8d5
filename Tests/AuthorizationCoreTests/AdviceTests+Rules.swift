import AuthorizationCore
import Testing

// What holds for advices beside the tables.
extension `Advices` {
    @Test func `neither funds, limits, card nor account stop one, and the checks say what they found`() throws {
        var world = World(posted: 10)
        world.set(CardStatus.stolen)
        world.set(AccountStatus.closed)
        world.program.kinds = []
        let decision = world.perform(.advise(Self.advice(90_000)))
        #expect(decision.acknowledgement == .recorded)
        #expect(world.euros.pendingDebits == 90_000 && world.counter.amount == 90_000)
        #expect(decision.verdict(of: .cardStatus) == .failed(.cardStolen))
        #expect(decision.verdict(of: .accountStatus) == .failed(.accountClosed))
        #expect(decision.verdict(of: .transactionLimit) == .failed(.transactionLimitExceeded))
        #expect(decision.verdict(of: .dailyLimit) == .failed(.dailyLimitExceeded))
        #expect(decision.verdict(of: .availableBalance) == .failed(.insufficientFunds))
    }

    @Test(arguments: AdviceReason.allCases)
    func `a declined one is recorded without a hold; a stand-in's also takes back`(_ reason: AdviceReason) throws {
        var world = World()
        let original = try world.authorized(Self.original())
        let decision = world.perform(.advise(Self.advice(1_000, verdict: .declined, reason: reason)))
        #expect(decision.acknowledgement == .recorded)
        #expect(world.euros.pendingDebits == (reason == .standIn ? 0 : 1_000))
        #expect(world.state.authorizations[original.id]?.status == (reason == .standIn ? .reversed : .pending))
        let others = world.state.authorizations.values.filter { $0.id != original.id }
        #expect(others.map(\.status) == (reason == .standIn ? [] : [.declined]))
    }

    @Test(arguments: [AdviceReason.other, .completion])
    func `a declined one of what may not have been heard releases it, unless only the transaction is shared`(
        _ reason: AdviceReason
    ) throws {
        for (name, left) in [("100:1", Int64(0)), (":nti:TX", 1_000)] {
            var world = World()
            var request = Self.original()
            request.references.transactionID = "TX"
            let original = try world.authorized(request)
            world.state.authorizations[original.id]?.uncertain = true
            var advice = Self.advice(1_000, verdict: .declined, reason: reason, of: .message(name))
            advice.request.references.transactionID = "TX"
            #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
            #expect(world.euros.pendingDebits == left)
        }
    }

    @Test func `a stand-in's decline of what was posted pays back, of what was cleared is kept`() throws {
        var world = World()
        _ = try world.authorized(Self.original(isSingle: true))
        let decline = Command.advise(Self.advice(1_000, posts: true, verdict: .declined, reason: .standIn))
        #expect(world.perform(decline).acknowledgement == .recorded)
        #expect(world.euros.posted == 100_000)
        var cleared = World()
        try Self.after(Self.clearing(1_000, isFinal: true))(&cleared)
        #expect(cleared.perform(decline).acknowledgement == .exception(.adviceAfterClearing))
    }

    @Test func `what it cannot be about is kept, without money`() throws {
        var world = World()
        world.state.balances[BalanceKey(.dollar)] = Balance()
        _ = try world.authorized(Self.original())
        var dollars = Self.advice(1_000, key: "120:1")
        dollars.request.transaction.currency = .dollar
        var billed = Self.advice(1_000, key: "120:2")
        billed.request.billing = ConvertedAmount(Money(1_000, .dollar))
        var yen = Self.advice(1_000, of: nil, key: "120:3")
        yen.request.transaction.currency = .yen
        var unknown = Self.advice(1_000, key: "120:4")
        unknown.request.card = CardID(at: World.dayStart, shard: World.shard, entropy: 99)
        let rows: [(Advice, ExceptionReason)] = [
            (dollars, .originalDiffers), (billed, .originalDiffers), (yen, .currencyNotConvertible),
            (unknown, .cardNotFound), (Self.advice(1_000, .refund, key: "120:5"), .originalDiffers),
            (Self.advice(-1, key: "120:6"), .amountOutOfRange),
        ]
        let before = world.state
        for (advice, reason) in rows {
            #expect(world.perform(.advise(advice)).acknowledgement == .exception(reason))
        }
        #expect(world.state.balances == before.balances && world.state.authorizations == before.authorizations)
    }

    @Test func `one that tells neither yes nor no is kept, without money`() throws {
        var world = World()
        let original = try world.authorized(Self.original())
        let decision = world.perform(.advise(Self.advice(700, verdict: .unclear, reason: .standIn)))
        #expect(decision.outcome == .acknowledged(.exception(.verdictUnclear), original.id))
        #expect(world.euros.pendingDebits == 1_000 && world.state.authorizations.count == 1)
    }

    @Test func `a used key with other content is kept and changes nothing`() throws {
        var world = World()
        world.perform(.advise(Self.advice(1_000)))
        var reused = Self.advice(2_000)
        reused.request.message?.fingerprint = [9]
        let decision = world.perform(.advise(reused))
        #expect(decision.acknowledgement == .exception(.keyReusedWithOtherContent))
        #expect(decision.changes.isEmpty)
    }

    @Test func `one that a reversal named before is kept; one that a later advice stands for is nothing more`() {
        var world = World()
        let message = MessageIdentity(key: "420:1", fingerprint: [2])
        world.perform(.reverse(Reversal(target: .message("120:1"), message: message)))
        let late = world.perform(.advise(Self.advice(1_000)))
        #expect(late.acknowledgement == .exception(.adviceAfterReversal))
        world.perform(.advise(Self.advice(700, of: .message("120:2"), key: "120:3")))
        #expect(world.perform(.advise(Self.advice(700, key: "120:2"))).acknowledgement == .nothingLeft)
        #expect(world.euros.pendingDebits == 700)
    }

    @Test func `its reversal releases what it holds, pays back what it posted by force, and keeps what it completed`()
        throws
    {
        func reversal(_ number: Int) -> Command {
            let message = MessageIdentity(key: "420:\(number)", fingerprint: [2])
            return .reverse(Reversal(target: .message("120:1"), message: message))
        }
        for posts in [false, true] {
            var world = World()
            world.perform(.advise(Self.advice(1_000, posts: posts)))
            #expect(world.perform(reversal(1)).acknowledgement == .applied)
            #expect(world.euros.pendingDebits == 0 && world.euros.posted == 100_000)
            #expect(world.perform(reversal(2)).acknowledgement == .nothingLeft)
        }
        var world = World()
        _ = try world.authorized(Self.original())
        world.perform(.advise(Self.advice(1_000, posts: true)))
        #expect(world.perform(reversal(1)).acknowledgement == .exception(.reversalAfterClearing))
        #expect(world.euros.posted == 99_000)
    }

    @Test(arguments: [true, false])
    func `a status check's is of what it says, not of the program's amount`(_ posts: Bool) throws {
        for original in [nil, AuthorizationLink.message("100:1")] {
            var world = World()
            world.program.currencies[0].statusCheckAmount = 10_000
            var check = Self.original(100)
            check.purpose = .statusCheck
            if original != nil { #expect(try world.authorized(check).held == 10_000) }
            var advice = Self.advice(4_320, posts: posts, reason: .fuelCompletion, of: original)
            advice.request.purpose = .statusCheck
            #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
            #expect(world.euros.pendingDebits == (posts ? 0 : 4_320))
            #expect(world.euros.posted == 100_000 - (posts ? 4_320 : 0))
        }
    }

    /// The card's status when the verification itself comes, if it comes before the advice, and the advice's verdict.
    static let verifications: [(before: CardStatus?, verdict: Advice.Verdict)] = [
        (nil, .approved(code: "A1")), (nil, .declined), (.active, .approved(code: "A1")), (.active, .declined),
        (.frozen, .approved(code: "A1")),
    ]

    @Test(arguments: verifications)
    func `of a verification it is recorded without money, in any currency`(
        _ row: (before: CardStatus?, verdict: Advice.Verdict)
    ) throws {
        var world = World()
        if let status = row.before {
            world.set(status)
            world.perform(.authorize(.of(0, .euro, .accountVerification, key: "100:1")))
        }
        var advice = Self.advice(0, .accountVerification, verdict: row.verdict, reason: .standIn)
        advice.request.transaction.currency = row.before == nil ? .dinar : .euro
        let decision = world.perform(.advise(advice))
        #expect(decision.acknowledgement == .recorded && decision.transfers.isEmpty)
        #expect(world.state.counters.isEmpty)
        let authorization = try #require(world.state.authorizations.values.first)
        #expect(world.state.authorizations.count == 1)
        #expect(authorization.status == (row.verdict == .declined ? .declined : .cleared))
        let late = world.decision(on: .authorize(.of(0, .euro, .accountVerification, key: "100:1")))
        if row.before == nil { #expect(late.declineReason == .advisedBeforeArrival) }
    }

    @Test func `increments may follow a stand-in's approval of a pre-authorization that we declined`() throws {
        var world = World(posted: 0)
        var first = Self.original()
        first.purpose = .preAuthorization
        _ = try world.authorized(first)
        world.state.balances[World.euros]?.posted = 100_000
        var advice = Self.advice(1_000, reason: .standIn)
        advice.request.purpose = .preAuthorization
        #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
        var increment = AuthorizationRequest.of(200, key: "100:2")
        increment.purpose = .increment
        increment.increment = Increment(of: .message("100:1"), mode: .delta)
        #expect(world.perform(.authorize(increment)).isApproved)
        #expect(world.euros.pendingDebits == 1_200)
    }
}

import AuthorizationCore
import Testing

/// What an approved advice finds, says, and leaves.
struct AdviceRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The state before, with the request known as `100:1`.
    var arrange: @Sendable (inout World) throws -> Void
    var amount: Int64 = 1_000
    var posts = false
    var acknowledgement: Acknowledgement = .recorded
    var held: Int64 = 0
    var posted: Int64 = 0
    var status: AuthorizationStatus?
}

@Suite struct `Advices` {
    private static func original(_ amount: Int64 = 1_000, isSingle: Bool = false) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, key: "100:1")
        request.isSingleMessage = isSingle
        return request
    }

    private static func advice(
        _ amount: Int64,
        _ kind: TransactionKind = .purchase,
        posts: Bool = false,
        verdict: Advice.Verdict = .approved(code: "A1B2C3"),
        reason: AdviceReason = .other,
        of original: AuthorizationLink? = .message("100:1"),
        key: RequestKey = "120:1"
    ) -> Advice {
        var request = AuthorizationRequest.of(amount, .euro, kind, key: key)
        request.isSingleMessage = posts
        return Advice(request: request, verdict: verdict, reason: reason, original: original)
    }

    private static func authorize(_ request: AuthorizationRequest) -> @Sendable (inout World) throws -> Void {
        { _ = try $0.authorized(request) }
    }

    /// Authorizes 1,000, then reverses or clears it.
    private static func after(_ command: @escaping @Sendable (AuthorizationID) -> Command)
        -> @Sendable (inout World) throws -> Void
    {
        { $0.perform(command(try $0.authorized(original()).id)) }
    }

    private static func clearing(_ amount: Int64, isFinal: Bool) -> @Sendable (AuthorizationID) -> Command {
        { .clear(Clearing(authorization: $0, amount: Money(amount, .euro), isFinal: isFinal)) }
    }

    private static func declined(_ world: inout World) throws {
        world.state.balances[World.euros]?.posted = 0
        _ = try world.authorized(original())
        world.state.balances[World.euros]?.posted = 100_000
    }

    static let holding = [
        AdviceRow(testDescription: "of nothing known is held", arrange: { _ in }, held: 1_000, status: .pending),
        AdviceRow(
            testDescription: "of the same amount holds no second time",
            arrange: authorize(original()),
            held: 1_000,
            status: .pending
        ),
        AdviceRow(
            testDescription: "of more holds more",
            arrange: authorize(original()),
            amount: 1_700,
            held: 1_700,
            status: .pending
        ),
        AdviceRow(
            testDescription: "of less holds less: a partial dispense",
            arrange: authorize(original()),
            amount: 400,
            held: 400,
            status: .pending
        ),
        AdviceRow(
            testDescription: "of nothing releases all: no fuel was taken",
            arrange: authorize(original()),
            amount: 0,
            status: .reversed
        ),
        AdviceRow(
            testDescription: "of what was declined is held",
            arrange: declined,
            amount: 800,
            held: 800,
            status: .pending
        ),
        AdviceRow(
            testDescription: "of what was reversed is kept",
            arrange: after { .reverse(Reversal(target: .authorization($0))) },
            acknowledgement: .exception(.adviceAfterReversal),
            status: .reversed
        ),
        AdviceRow(
            testDescription: "of what was partly reversed holds what it says",
            arrange: after { .reverse(Reversal(target: .authorization($0), newTotal: 300)) },
            held: 1_000,
            status: .pending
        ),
        AdviceRow(
            testDescription: "of what was partly cleared holds the rest",
            arrange: after(clearing(300, isFinal: false)),
            amount: 900,
            held: 600,
            posted: 300,
            status: .pending
        ),
        AdviceRow(
            testDescription: "of less than was cleared holds nothing",
            arrange: after(clearing(300, isFinal: false)),
            amount: 200,
            posted: 300,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "of what was cleared is only noted",
            arrange: after(clearing(1_000, isFinal: true)),
            posted: 1_000,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "of more than was cleared for good is kept",
            arrange: after(clearing(1_000, isFinal: true)),
            amount: 1_001,
            acknowledgement: .exception(.adviceAfterClearing),
            posted: 1_000,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "of a single message posts the difference",
            arrange: authorize(original(isSingle: true)),
            amount: 1_200,
            posted: 1_200,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "out of range is kept",
            arrange: { _ in },
            amount: largestAmount + 1,
            acknowledgement: .exception(.amountOutOfRange)
        ),
    ]

    static let posting = [
        AdviceRow(
            testDescription: "of nothing known is posted by force",
            arrange: { _ in },
            posts: true,
            posted: 1_000,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "of the same amount completes",
            arrange: authorize(original()),
            posts: true,
            posted: 1_000,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "of less completes and releases the rest",
            arrange: authorize(original()),
            amount: 600,
            posts: true,
            posted: 600,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "of more posts more: a tip",
            arrange: authorize(original()),
            amount: 1_150,
            posts: true,
            posted: 1_150,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "of nothing releases all",
            arrange: authorize(original()),
            amount: 0,
            posts: true,
            status: .reversed
        ),
        AdviceRow(
            testDescription: "of what was declined posts",
            arrange: declined,
            posts: true,
            posted: 1_000,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "of what was reversed is kept",
            arrange: after { .reverse(Reversal(target: .authorization($0))) },
            posts: true,
            acknowledgement: .exception(.adviceAfterReversal),
            status: .reversed
        ),
        AdviceRow(
            testDescription: "of what was partly cleared adds to it and releases the rest",
            arrange: after(clearing(300, isFinal: false)),
            amount: 500,
            posts: true,
            posted: 800,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "of what was cleared for good is kept",
            arrange: after(clearing(1_000, isFinal: true)),
            posts: true,
            acknowledgement: .exception(.adviceAfterClearing),
            posted: 1_000,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "of a single message posts no second time",
            arrange: authorize(original(isSingle: true)),
            posts: true,
            posted: 1_000,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "of a single message for less pays back",
            arrange: authorize(original(isSingle: true)),
            amount: 100,
            posts: true,
            posted: 100,
            status: .cleared
        ),
        AdviceRow(
            testDescription: "of a single message for nothing pays all back",
            arrange: authorize(original(isSingle: true)),
            amount: 0,
            posts: true,
            status: .reversed
        ),
    ]

    @Test(arguments: holding + posting)
    func `an approved one replaces what is known`(_ row: AdviceRow) throws {
        var world = World()
        try row.arrange(&world)
        let decision = world.perform(.advise(Self.advice(row.amount, posts: row.posts)))
        #expect(decision.acknowledgement == row.acknowledgement)
        #expect(world.euros.pendingDebits == row.held)
        #expect(world.euros.posted == 100_000 - row.posted)
        let authorization = world.state.authorizations.values.first
        #expect(world.state.authorizations.count == (row.status == nil ? 0 : 1))
        #expect(authorization?.status == row.status && authorization?.held ?? 0 == row.held)
        #expect(authorization?.posted ?? 0 == row.posted)
        if row.acknowledgement == .recorded { #expect(authorization?.isAdvised == true) }
    }

    @Test(arguments: holding + posting)
    func `a credit goes the other way round, and counts nothing`(_ row: AdviceRow) throws {
        guard row.testDescription.hasPrefix("of nothing known") else { return }
        var world = World()
        world.perform(.advise(Self.advice(row.amount, .refund, posts: row.posts)))
        #expect(world.euros.pendingCredits == row.held && world.euros.posted == 100_000 + row.posted)
        #expect(world.state.counters.isEmpty)
    }

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

    private static func increment(_ key: RequestKey, _ transaction: String = "") -> AuthorizationRequest {
        var request = AuthorizationRequest.of(200, key: key)
        request.references = references(transaction)
        request.purpose = .increment
        request.increment = Increment(of: .message("100:1"), mode: .delta)
        return request
    }

    private static func references(_ transaction: String) -> NetworkReferences {
        NetworkReferences(transactionID: transaction, acquirer: "1", retrievalReference: transaction)
    }

    private static func adviceOfIncrement(_ original: AuthorizationLink?, _ transaction: String = "") -> Command {
        let verdict = Advice.Verdict.approved(code: "A1B2C3")
        let request = increment("120:1", transaction)
        return .advise(Advice(request: request, verdict: verdict, reason: .standIn, original: original))
    }

    /// The message that it names, what became of that before, and what a reversal names.
    static let advisedIncrements: [(original: RequestKey?, isDeclined: Bool, reversed: RequestKey)] = [
        (nil, false, "120:1"), ("100:2", false, "100:2"), ("100:2", true, "100:2"),
    ]

    @Test(arguments: advisedIncrements)
    func `an increment that was approved elsewhere adds to what is held, and is given back alone, and once`(
        _ row: (original: RequestKey?, isDeclined: Bool, reversed: RequestKey)
    ) throws {
        var world = World()
        var first = Self.original()
        first.purpose = .preAuthorization
        _ = try world.authorized(first)
        if row.isDeclined {
            world.state.balances[World.euros]?.posted = 1_000
            #expect(world.perform(.authorize(Self.increment("100:2"))).declineReason == .insufficientFunds)
        }
        let advised = world.perform(Self.adviceOfIncrement(row.original.map { .message($0) }, "TX"))
        let amounts = ApprovedAmounts(transaction: Money(200, .euro), billing: Money(200, .euro))
        #expect(advised.acknowledgement == (row.original == nil ? .recordedIncrement(amounts) : .applied))
        #expect(world.euros.pendingDebits == 1_200)
        if row.original != nil, !row.isDeclined {
            let late = world.decision(on: .authorize(Self.increment("100:2")))
            #expect(late.declineReason == .advisedBeforeArrival)
        }
        var copy = world
        for (number, name) in [row.reversed, "120:1", ":nti:TX", ":rrn:1:TX:A1B2C3"].enumerated() {
            let message = MessageIdentity(key: "420:\(number)", fingerprint: [2])
            copy.perform(.reverse(Reversal(target: .message(name), message: message)))
            #expect(copy.euros.pendingDebits == 1_000)
        }
        let message = MessageIdentity(key: "420:9", fingerprint: [2])
        world.perform(.reverse(Reversal(target: .message(row.reversed), message: message, newTotal: 50)))
        #expect(world.euros.pendingDebits == 1_050)
    }

    @Test func `one of an increment that we declined, with nothing pending, is a hold that its reversal finds`() throws
    {
        var world = World()
        #expect(world.perform(.authorize(Self.increment("100:2"))).declineReason == .originalNotFound)
        world.perform(Self.adviceOfIncrement(.message("100:2")))
        #expect(world.euros.pendingDebits == 200)
        let message = MessageIdentity(key: "420:1", fingerprint: [2])
        world.perform(.reverse(Reversal(target: .message("100:2"), message: message)))
        #expect(world.euros.pendingDebits == 0)
    }

    @Test func `a stand-in's decline of an increment takes back what that added`() throws {
        var world = World()
        var first = Self.original()
        first.purpose = .preAuthorization
        _ = try world.authorized(first)
        var increment = AuthorizationRequest.of(200, key: "100:2")
        increment.purpose = .increment
        increment.increment = Increment(of: .message("100:1"), mode: .delta)
        world.perform(.authorize(increment))
        let decline = Self.advice(200, verdict: .declined, reason: .standIn, of: .message("100:2"))
        #expect(world.perform(.advise(decline)).acknowledgement == .recorded)
        #expect(world.euros.pendingDebits == 1_000)
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

    @Test func `of a verification it is recorded without money`() throws {
        var world = World()
        let decision = world.perform(.advise(Self.advice(0, .accountVerification, of: nil)))
        #expect(decision.acknowledgement == .recorded && decision.transfers.isEmpty)
        #expect(world.state.counters.isEmpty)
    }
}

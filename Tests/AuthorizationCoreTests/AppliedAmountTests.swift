import AuthorizationCore
import Testing

/// How much is moved when an operator applies an exception, and that it is moved once.
@Suite struct `Amounts of applied exceptions` {
    private static let exception = EventID(at: World.dayStart, shard: World.shard, entropy: 77)

    private static func apply(
        _ advice: Advice,
        to authorization: AuthorizationID? = nil,
        _ amount: Money? = nil
    ) -> Command {
        let message = ExceptionMessage.advice(advice)
        return .applyException(
            ApplyException(exception: exception, message: message, authorization: authorization, amount: amount)
        )
    }

    private static func increment(_ amount: Money, _ mode: Increment.Mode, key: RequestKey) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount.minorUnits, amount.currency, key: key)
        request.purpose = .increment
        request.increment = Increment(of: .message("100:1"), mode: mode)
        return request
    }

    // MARK: - What cannot be read

    @Test(arguments: [Currency.none, .euro])
    func `an advice without an amount posts the operator's, and takes nothing back`(_ currency: Currency) throws {
        var world = World()
        let id = try world.authorized(Advices.original(1_200)).id
        var advice = Advices.advice(0, verdict: .unclear, reason: .completion, of: nil)
        advice.request.transaction.currency = currency
        advice.request.isSingleMessage = true
        #expect(world.decision(on: Self.apply(advice, to: id)).outcome == .refused(.transitionNotAllowed))
        #expect(world.perform(Self.apply(advice, to: id, Money(1_200, .euro))).acknowledgement == .recorded)
        #expect(world.euros.pendingDebits == 0 && world.euros.posted == 98_800)
    }

    // MARK: - Declines

    /// 250 and 50 more held, of which 280 was cleared.
    private static func clearedIncrement() throws -> (world: World, id: AuthorizationID) {
        var world = World()
        var first = Advices.original(250)
        first.purpose = .preAuthorization
        let id = try world.authorized(first).id
        let more = world.perform(.authorize(increment(Money(50, .euro), .delta, key: "100:2")))
        world.perform(Advices.clearing(280, isFinal: true)(id))
        try #require(more.isApproved && world.euros.posted == 99_720)
        return (world, id)
    }

    @Test(arguments: [(nil, 99_770), (Money(30, .euro), 99_750)] as [(Money?, Int64)], [true, false])
    func `a declined increment takes back what it added, or the operator's part, once`(
        _ row: (amount: Money?, posted: Int64),
        _ isNamed: Bool
    ) throws {
        var (world, id) = try Self.clearedIncrement()
        let advice = Advices.advice(50, verdict: .declined, reason: .standIn, of: .message("100:2"))
        #expect(world.perform(.advise(advice)).acknowledgement == .exception(.adviceAfterClearing))
        let command = Self.apply(advice, to: isNamed ? id : nil, row.amount)
        #expect(world.perform(command).acknowledgement == .applied)
        #expect(world.euros.posted == row.posted)
        var other = advice
        other.request.message?.key = "120:2"
        world.perform(Self.apply(other))
        #expect(world.euros.posted == 99_770, "no more than the 50")
    }

    @Test(
        arguments: [
            (Money(300, .euro), nil, 99_300), (Money(1, .yen), .currencyMismatch, 99_000),
            (Money(1_001, .euro), .transitionNotAllowed, 99_000),
        ] as [(Money, Refusal?, Int64)]
    )
    func `a decline takes back the operator's part`(_ amount: Money, _ refusal: Refusal?, _ posted: Int64) throws {
        var world = World()
        let id = try world.authorized(Advices.original()).id
        world.perform(Advices.clearing(1_000, isFinal: true)(id))
        let outcome = world.perform(Self.apply(Advices.advice(1_000, verdict: .declined), to: id, amount)).outcome
        #expect(outcome == refusal.map { .refused($0) } ?? .acknowledged(.applied, id))
        #expect(world.euros.posted == posted)
    }

    @Test func `a decline that moves nothing is recorded as one`() throws {
        var world = World()
        let decision = world.perform(Self.apply(Advices.advice(0, .accountVerification, verdict: .declined, of: nil)))
        let id = try #require(decision.authorization)
        #expect(decision.acknowledgement == .recorded && world.state.authorizations[id]?.status == .declined)
    }

    @Test func `an amount that could not be read takes nothing back`() throws {
        var world = World()
        let id = try world.authorized(Advices.original()).id
        var advice = Advices.advice(0, verdict: .unclear)
        advice.request.transaction = Money(0, .none)
        #expect(world.perform(Self.apply(advice, to: id)).outcome == .refused(.transitionNotAllowed))
        #expect(world.euros.pendingDebits == 1_000)
        #expect(ExceptionMessage.advice(advice).told(about: nil) == nil)
    }

    // MARK: - Twice

    @Test func `what was recorded when it was repeated is not applied again`() {
        var world = World()
        let advice = Advices.advice(700, of: nil)
        #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
        #expect(world.perform(Self.apply(advice)).outcome == .refused(.transitionNotAllowed))
        #expect(world.euros.pendingDebits == 700)
    }

    // MARK: - Fees and totals

    @Test(arguments: [true, false])
    func `an operator's amount contains the acquirer's fee`(_ isNamed: Bool) throws {
        var world = World()
        var original = AuthorizationRequest.of(1_000, .euro, .atmWithdrawal, key: "100:1")
        original.acquirerFee = AcquirerFee(amount: 100, isIncluded: false)
        let id = try world.authorized(original).id
        var advice = Advices.advice(950, .atmWithdrawal, posts: true, verdict: .unclear, reason: .completion)
        if !isNamed { advice.original = nil }
        let held = isNamed ? Int64(0) : 1_100
        var copy = world
        copy.perform(Self.apply(advice, to: isNamed ? id : nil, Money(900, .euro)))
        #expect(copy.euros.posted == 99_100 && copy.euros.pendingDebits == held)
        advice.request.acquirerFee = AcquirerFee(amount: 200, isIncluded: false)
        world.perform(Self.apply(advice, to: isNamed ? id : nil, Money(900, .euro)))
        #expect(world.euros.posted == 99_100 && world.euros.pendingDebits == held)
    }

    @Test func `an operator's amount for a clearing contains it too`() throws {
        var world = World()
        var original = AuthorizationRequest.of(1_000, .euro, .atmWithdrawal, key: "100:1")
        original.acquirerFee = AcquirerFee(amount: 100, isIncluded: false)
        let id = try world.authorized(original).id
        let clearing = Clearing(authorization: id, amount: Money(1_000, .euro), isFinal: true)
        let apply = ApplyException(exception: Self.exception, message: .clearing(clearing), amount: Money(900, .euro))
        world.perform(.applyException(apply))
        #expect(world.euros.posted == 99_100 && world.euros.pendingDebits == 0)
    }

    /// An original of 1,000, and a total of 1,500.
    @Test(arguments: [(Currency.euro, Int64(1_000), Int64(1_200)), (.dollar, 900, 1_500)])
    func `for an increment that tells a total it is what comes on top`(
        _ currency: Currency,
        _ held: Int64,
        _ approved: Int64
    ) throws {
        var world = World()
        var first = AuthorizationRequest.of(1_000, currency, key: "100:1")
        first.purpose = .preAuthorization
        let id = try world.authorized(first).id
        #expect(world.euros.pendingDebits == held)
        let request = Self.increment(Money(1_500, currency), .cumulative, key: "120:1")
        let advice = Advice(request: request, verdict: .unclear, reason: .other)
        world.perform(Self.apply(advice, to: id, Money(200, .euro)))
        #expect(world.euros.pendingDebits == held + 200)
        #expect(world.state.authorizations[id]?.approved == Money(approved, currency))
    }

    @Test func `nothing is written off in no currency`() {
        var world = World()
        world.state = AccountState()
        let terms = WriteOffTerms(
            account: AccountID(high: 0x8123, low: 1),
            amount: Money(100, .none),
            direction: .debit
        )
        let writeOff = WriteOffException(
            exception: Self.exception,
            terms: terms,
            program: world.program.id,
            proposedBy: OperatorID(high: 1, low: 1),
            confirmedBy: OperatorID(high: 1, low: 2),
            reason: "lost"
        )
        #expect(world.perform(.writeOffException(writeOff)).outcome == .refused(.transitionNotAllowed))
    }
}

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
    static func original(_ amount: Int64 = 1_000, isSingle: Bool = false) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, key: "100:1")
        request.isSingleMessage = isSingle
        return request
    }

    static func advice(
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

    static func authorize(_ request: AuthorizationRequest) -> @Sendable (inout World) throws -> Void {
        { _ = try $0.authorized(request) }
    }

    /// Authorizes 1,000, then reverses or clears it.
    static func after(_ command: @escaping @Sendable (AuthorizationID) -> Command)
        -> @Sendable (inout World) throws -> Void
    {
        { $0.perform(command(try $0.authorized(original()).id)) }
    }

    static func clearing(_ amount: Int64, isFinal: Bool) -> @Sendable (AuthorizationID) -> Command {
        { .clear(Clearing(authorization: $0, amount: Money(amount, .euro), isFinal: isFinal)) }
    }

    static func declined(_ world: inout World) throws {
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
}

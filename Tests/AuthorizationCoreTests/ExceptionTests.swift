import AuthorizationCore
import Testing

/// What an operator applies, and what becomes of it.
struct ApplyRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The state before; gives the authorization that the operator names, if any.
    var arrange: @Sendable (inout World) throws -> AuthorizationID? = { _ in nil }
    var message: ExceptionMessage
    var amount: Money?
    var outcome: Result = .recorded
    /// Of 100,000.
    var posted: Int64 = 100_000
    var held: Int64 = 0
    var status: AuthorizationStatus?

    enum Result: Hashable, Sendable {
        case recorded
        case applied
        case refused(Refusal)

        init(_ outcome: Outcome) {
            switch outcome {
            case .acknowledged(.recorded, _), .acknowledged(.recordedIncrement, _): self = .recorded
            case .refused(let refusal): self = .refused(refusal)
            case .acknowledged, .approved, .declined, .done: self = .applied
            }
        }
    }
}

@Suite struct `Exceptions` {
    typealias Arrangement = @Sendable (inout World) throws -> AuthorizationID?

    /// 1,000 authorized, and then what the commands do.
    private static func after(
        isSingle: Bool = false,
        _ commands: @escaping @Sendable (AuthorizationID) -> [Command]
    ) -> Arrangement {
        { world in
            let id = try world.authorized(Advices.original(isSingle: isSingle)).id
            for command in commands(id) { world.perform(command) }
            return id
        }
    }

    private static let cleared = after { [Advices.clearing(1_000, isFinal: true)($0)] }
    private static let reversed = after { [.reverse(Reversal(target: .authorization($0)))] }
    private static let pending = after { _ in [] }

    /// The same state, but no authorization is named.
    private static func unnamed(_ arrange: @escaping Arrangement) -> Arrangement {
        { world in
            _ = try arrange(&world)
            return nil
        }
    }

    private static func advice(_ amount: Int64, posts: Bool = false, _ verdict: Advice.Verdict = .approved(code: "A1"))
        -> ExceptionMessage
    {
        .advice(Advices.advice(amount, posts: posts, verdict: verdict))
    }

    private static var unreadable: ExceptionMessage {
        var advice = Advices.advice(0, verdict: .unclear, of: nil)
        advice.request.transaction = Money(0, .none)
        return .advice(advice)
    }

    private static func reversal(to newTotal: Int64? = nil, isUnclear: Bool = false) -> ExceptionMessage {
        .reversal(
            Reversal(
                target: .message("100:1"),
                message: MessageIdentity(key: "400:1", fingerprint: [4]),
                newTotal: newTotal,
                isUnclear: isUnclear
            )
        )
    }

    private static var foreign: ExceptionMessage {
        var advice = Advices.advice(5_000, posts: true)
        advice.request.transaction.currency = .dinar
        return .advice(advice)
    }

    private static var ofNobody: ExceptionMessage {
        var advice = Advices.advice(5_000, posts: true)
        advice.request.card = nil
        return .advice(advice)
    }

    private static let advices = [
        ApplyRow(
            testDescription: "an x120 that stands alone is held",
            message: advice(700),
            held: 700,
            status: .pending
        ),
        ApplyRow(testDescription: "an x220 is posted", message: advice(700, posts: true), posted: 99_300),
        ApplyRow(
            testDescription: "after its reversal it is held anew",
            arrange: unnamed(reversed),
            message: advice(700),
            held: 700
        ),
        ApplyRow(
            testDescription: "on what was reversed it is refused",
            arrange: reversed,
            message: advice(700),
            outcome: .refused(.transitionNotAllowed),
            status: .reversed
        ),
        ApplyRow(
            testDescription: "on what is pending it takes its place",
            arrange: pending,
            message: advice(700),
            held: 700,
            status: .pending
        ),
        ApplyRow(
            testDescription: "a completion on what is pending releases the rest",
            arrange: pending,
            message: advice(700, posts: true),
            posted: 99_300,
            status: .cleared
        ),
        ApplyRow(
            testDescription: "a second completion posts the operator's amount alone",
            arrange: unnamed(cleared),
            message: advice(1_200, posts: true),
            amount: Money(200, .euro),
            posted: 98_800
        ),
        ApplyRow(
            testDescription: "an unclear verdict counts as an approval",
            message: advice(700, .unclear),
            held: 700
        ),
        ApplyRow(
            testDescription: "an operator's amount takes the place of one that could not be read",
            message: unreadable,
            amount: Money(700, .euro),
            held: 700
        ),
        ApplyRow(
            testDescription: "an unclear one takes the place of what it names: never a second hold",
            arrange: unnamed(pending),
            message: advice(700, .unclear),
            held: 700,
            status: .pending
        ),
        ApplyRow(
            testDescription: "a decline takes back what its message names",
            arrange: unnamed(cleared),
            message: advice(1_000, .declined),
            outcome: .applied,
            status: .reversed
        ),
        ApplyRow(
            testDescription: "a decline takes back what was posted",
            arrange: cleared,
            message: advice(1_000, .declined),
            outcome: .applied,
            status: .reversed
        ),
        ApplyRow(
            testDescription: "a decline of nothing is refused",
            message: advice(1_000, .declined),
            outcome: .refused(.authorizationNotFound)
        ),
        ApplyRow(
            testDescription: "without a rate it is refused",
            message: foreign,
            outcome: .refused(.currencyNotHeld)
        ),
        ApplyRow(
            testDescription: "without a rate the operator's amount is posted",
            message: foreign,
            amount: Money(4_000, .euro),
            posted: 96_000
        ),
        ApplyRow(testDescription: "without a card it is refused", message: ofNobody, outcome: .refused(.cardNotFound)),
        ApplyRow(
            testDescription: "an amount of nothing is refused",
            message: advice(700),
            amount: Money(0, .euro),
            outcome: .refused(.balanceOutOfRange)
        ),
    ]

    private static let others = [
        ApplyRow(
            testDescription: "a reversal finds what it names",
            arrange: unnamed(pending),
            message: reversal(),
            outcome: .applied,
            status: .reversed
        ),
        ApplyRow(
            testDescription: "a reversal of nothing is refused",
            message: reversal(),
            outcome: .refused(.authorizationNotFound)
        ),
        ApplyRow(
            testDescription: "a reversal brings back what was cleared",
            arrange: cleared,
            message: reversal(),
            outcome: .applied,
            status: .reversed
        ),
        ApplyRow(
            testDescription: "a reversal brings back a part of what was cleared",
            arrange: cleared,
            message: reversal(to: 300),
            outcome: .applied,
            posted: 99_700,
            status: .cleared
        ),
        ApplyRow(
            testDescription: "a reversal takes the hold first, then what was cleared",
            arrange: after { [Advices.clearing(600, isFinal: false)($0)] },
            message: reversal(to: 200),
            outcome: .applied,
            posted: 99_800,
            status: .cleared
        ),
        ApplyRow(
            testDescription: "a reversal of a single message pays back",
            arrange: after(isSingle: true) { _ in [] },
            message: reversal(to: 400),
            outcome: .applied,
            posted: 99_600,
            status: .cleared
        ),
        ApplyRow(
            testDescription: "a reversal of what was reversed is refused",
            arrange: reversed,
            message: reversal(),
            outcome: .refused(.transitionNotAllowed),
            status: .reversed
        ),
        ApplyRow(
            testDescription: "a reversal that does not tell its part is refused",
            arrange: pending,
            message: reversal(isUnclear: true),
            outcome: .refused(.transitionNotAllowed),
            held: 1_000
        ),
        ApplyRow(
            testDescription: "a reversal that does not tell its part takes the operator's",
            arrange: pending,
            message: reversal(isUnclear: true),
            amount: Money(250, .euro),
            outcome: .applied,
            held: 750
        ),
        ApplyRow(
            testDescription: "an amount above what stands is refused",
            arrange: pending,
            message: reversal(),
            amount: Money(1_001, .euro),
            outcome: .refused(.transitionNotAllowed),
            held: 1_000
        ),
        ApplyRow(
            testDescription: "an amount in another currency is refused",
            arrange: pending,
            message: reversal(),
            amount: Money(1, .yen),
            outcome: .refused(.currencyMismatch),
            held: 1_000
        ),
        ApplyRow(
            testDescription: "a clearing is posted",
            arrange: pending,
            message: .clearing(
                Clearing(
                    authorization: AuthorizationID(high: 0, low: 0),
                    amount: Money(400, .euro),
                    isFinal: true
                )
            ),
            outcome: .applied,
            posted: 99_600,
            status: .cleared
        ),
    ]

    private static let exception = EventID(at: World.dayStart, shard: World.shard, entropy: 77)

    @Test(arguments: advices + others)
    func `an operator applies what could not be applied`(_ row: ApplyRow) throws {
        var world = World()
        let named = try row.arrange(&world)
        let apply = ApplyException(
            exception: Self.exception,
            message: row.message,
            authorization: named,
            amount: row.amount
        )
        let decision = world.perform(.applyException(apply))
        #expect(ApplyRow.Result(decision.outcome) == row.outcome, "\(decision.outcome)")
        #expect(world.euros.posted == row.posted && world.euros.pendingDebits == row.held)
        if let status = row.status {
            let id = named ?? decision.authorization
            #expect(id.flatMap { world.state.authorizations[$0] }?.status == status)
        }
    }
}

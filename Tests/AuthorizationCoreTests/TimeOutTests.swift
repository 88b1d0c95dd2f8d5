import AuthorizationCore
import Testing

/// What becomes of a payment of 1,000 whose answer may not have been heard, and of what the network then says of it.
struct TimeOutRow: Sendable, CustomTestStringConvertible {
    enum Answer: Sendable {
        case sent
        /// The hold is uncertain: the answer left, and nobody knows whether it arrived.
        case lost
        /// The hold is uncertain: the answer came after the network's time limit.
        case late
        /// The request's time was up before it was decided.
        case undecided
        /// The funds were short, and the decline was not heard.
        case declined
    }

    enum Reversals: Int, Sendable {
        case none = 0
        case came
        case twice
    }

    enum Verdict: Sendable {
        case none
        case approved
        case declined
    }

    var answer: Answer
    var reversals: Reversals
    var advice: Verdict
    var held: Int64
    /// Nil when there is no authorization.
    var status: AuthorizationStatus?
    var isUncertain = false
    /// Whether the advice is an exception when the reversal comes first. In the other order nothing ever is.
    var isException = false

    init(
        _ answer: Answer,
        _ reversals: Reversals,
        _ advice: Verdict,
        _ held: Int64,
        _ status: AuthorizationStatus?,
        isUncertain: Bool = false,
        isException: Bool = false
    ) {
        self.answer = answer
        self.reversals = reversals
        self.advice = advice
        self.held = held
        self.status = status
        self.isUncertain = isUncertain
        self.isException = isException
    }

    var testDescription: String { "answer \(answer), reversal \(reversals), advice \(advice)" }
}

@Suite struct `Time-outs` {
    static let rows: [TimeOutRow] = [
        TimeOutRow(.sent, .none, .none, 1_000, .pending),
        TimeOutRow(.sent, .none, .approved, 1_000, .pending),
        TimeOutRow(.sent, .none, .declined, 0, .reversed),
        TimeOutRow(.sent, .came, .none, 0, .reversed),
        TimeOutRow(.sent, .came, .approved, 0, .reversed, isException: true),
        TimeOutRow(.sent, .came, .declined, 0, .reversed),
        TimeOutRow(.sent, .twice, .none, 0, .reversed),
        TimeOutRow(.sent, .twice, .approved, 0, .reversed, isException: true),
        TimeOutRow(.sent, .twice, .declined, 0, .reversed),

        TimeOutRow(.lost, .none, .none, 1_000, .pending, isUncertain: true),
        TimeOutRow(.lost, .none, .approved, 1_000, .pending),
        TimeOutRow(.lost, .none, .declined, 0, .reversed),
        TimeOutRow(.lost, .came, .none, 0, .reversed),
        TimeOutRow(.lost, .came, .approved, 0, .reversed, isException: true),
        TimeOutRow(.lost, .came, .declined, 0, .reversed),
        TimeOutRow(.lost, .twice, .none, 0, .reversed),
        TimeOutRow(.lost, .twice, .approved, 0, .reversed, isException: true),
        TimeOutRow(.lost, .twice, .declined, 0, .reversed),

        TimeOutRow(.late, .none, .none, 1_000, .pending, isUncertain: true),
        TimeOutRow(.late, .none, .approved, 1_000, .pending),
        TimeOutRow(.late, .none, .declined, 0, .reversed),
        TimeOutRow(.late, .came, .none, 0, .reversed),
        TimeOutRow(.late, .came, .approved, 0, .reversed, isException: true),
        TimeOutRow(.late, .came, .declined, 0, .reversed),
        TimeOutRow(.late, .twice, .none, 0, .reversed),
        TimeOutRow(.late, .twice, .approved, 0, .reversed, isException: true),
        TimeOutRow(.late, .twice, .declined, 0, .reversed),

        TimeOutRow(.undecided, .none, .none, 0, nil),
        TimeOutRow(.undecided, .none, .approved, 1_000, .pending),
        TimeOutRow(.undecided, .none, .declined, 0, .declined),
        TimeOutRow(.undecided, .came, .none, 0, nil),
        TimeOutRow(.undecided, .came, .approved, 0, .reversed, isException: true),
        TimeOutRow(.undecided, .came, .declined, 0, .declined),
        TimeOutRow(.undecided, .twice, .none, 0, nil),
        TimeOutRow(.undecided, .twice, .approved, 0, .reversed, isException: true),
        TimeOutRow(.undecided, .twice, .declined, 0, .declined),

        TimeOutRow(.declined, .none, .none, 0, .declined),
        TimeOutRow(.declined, .none, .approved, 1_000, .pending),
        TimeOutRow(.declined, .none, .declined, 0, .declined),
    ]

    private static let original = AuthorizationRequest.of(1_000, key: "100:1")

    private static func reversal(_ number: Int) -> Command {
        let message = MessageIdentity(key: "420:\(number)", fingerprint: [2])
        return .reverse(Reversal(target: .message("100:1"), message: message))
    }

    private static func advice(_ verdict: Advice.Verdict) -> Command {
        var request = original
        request.message = MessageIdentity(key: "120:1", fingerprint: [3])
        return .advise(Advice(request: request, verdict: verdict, reason: .standIn, original: .message("100:1")))
    }

    private static func world(_ answer: TimeOutRow.Answer) throws -> World {
        var world = World(posted: 100_000)
        switch answer {
        case .sent: _ = try world.authorized(original)
        case .lost, .late:
            let authorization = try world.authorized(original)
            world.state.authorizations[authorization.id]?.uncertain = true
        case .undecided: break
        case .declined:
            world.state.balances[World.euros]?.posted = 999
            #expect(try world.authorized(original).status == .declined)
        }
        return world
    }

    private static func commands(_ row: TimeOutRow, reversalFirst: Bool) -> [Command] {
        let reversals = (0..<row.reversals.rawValue).map(reversal)
        let advices: [Command] =
            switch row.advice {
            case .none: []
            case .approved: [advice(.approved(code: "123456"))]
            case .declined: [advice(.declined)]
            }
        return reversalFirst ? reversals + advices : advices + reversals
    }

    @Test(arguments: rows, [true, false])
    func `each pair of reversal and advice leaves one end state`(_ row: TimeOutRow, _ reversalFirst: Bool) throws {
        var world = try Self.world(row.answer)
        var exceptions: [ExceptionReason] = []
        for command in Self.commands(row, reversalFirst: reversalFirst) {
            if case .exception(let reason)? = world.perform(command).acknowledgement { exceptions.append(reason) }
        }
        #expect(world.euros.pendingDebits == row.held)
        #expect(world.counter.amount == row.held && world.counter.count == (row.held > 0 ? 1 : 0))
        let isException = row.isException && reversalFirst
        #expect(exceptions == (isException ? [.adviceAfterReversal] : []))
        // Of what was not decided, an advice that comes after its reversal leaves nothing.
        let isNone = row.status == nil || row.answer == .undecided && isException
        let authorization = world.state.authorizations.values.first
        #expect(world.state.authorizations.count == (isNone ? 0 : 1))
        #expect(authorization?.status == (isNone ? nil : row.status))
        #expect(authorization?.uncertain ?? false == row.isUncertain)
        #expect(
            authorization?.isAdvised ?? false == (row.advice != .none && !isNone && Self.isHeard(row, reversalFirst))
        )
    }

    /// Whether the advice changed anything: not when nothing was left, or nothing was ever there.
    private static func isHeard(_ row: TimeOutRow, _ reversalFirst: Bool) -> Bool {
        switch (row.answer, row.advice) {
        case (_, .none): false
        case (.undecided, _): true
        case (.declined, .declined): false
        case (.declined, .approved), (.sent, _), (.lost, _), (.late, _): !(reversalFirst && row.reversals != .none)
        }
    }

    @Test(arguments: rows.filter { $0.answer == .undecided }, [true, false])
    func `a request that comes after all that was said of it holds nothing more`(
        _ row: TimeOutRow,
        _ reversalFirst: Bool
    ) throws {
        var world = try Self.world(row.answer)
        let commands = Self.commands(row, reversalFirst: reversalFirst)
        for command in commands { world.perform(command) }
        let decision = world.perform(.authorize(Self.original))
        #expect(decision.isApproved == commands.isEmpty)
        #expect(world.euros.pendingDebits == (commands.isEmpty ? 1_000 : row.held))
        // Whatever names the request still finds what stands for it.
        world.perform(Self.reversal(9))
        #expect(world.euros.pendingDebits == 0)
    }

    @Test func `every pair of every answer is there, but a reversal of what was declined`() {
        // Three reversals by three advices by four answers, and of a decline the three advices: its reversal has
        // nothing to release and leaves no trace.
        #expect(Self.rows.count == 3 * 3 * 4 + 3)
        #expect(Set(Self.rows.map(\.testDescription)).count == Self.rows.count)
    }
}

import AuthorizationCore
import Testing

/// What the day's velocity counts of a payment of 1,000 after something else became of it.
struct VelocityRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var steps: [@Sendable (AuthorizationID) -> Command]
    var counted: Int64
    var count: Int64 = 1
}

@Suite struct `Velocity over the life of a payment` {
    private static func increment(
        _ amount: Int64,
        _ mode: Increment.Mode = .delta,
        key: RequestKey = "100:2"
    ) -> @Sendable (AuthorizationID) -> Command {
        {
            var request = AuthorizationRequest.of(amount, key: key)
            request.purpose = .increment
            request.increment = Increment(of: .authorization($0), mode: mode)
            return .authorize(request)
        }
    }

    private static func reversal(
        of key: RequestKey = "100:1",
        to newTotal: Int64? = nil
    ) -> @Sendable (AuthorizationID) -> Command {
        { _ in
            let message = MessageIdentity(key: "420:\(key):\(newTotal ?? 0)", fingerprint: [2])
            return .reverse(Reversal(target: .message(key), message: message, newTotal: newTotal))
        }
    }

    private static func clearing(_ amount: Int64, isFinal: Bool) -> @Sendable (AuthorizationID) -> Command {
        { .clear(Clearing(authorization: $0, amount: Money(amount, .euro), isFinal: isFinal)) }
    }

    private static func advice(_ amount: Int64, posts: Bool) -> @Sendable (AuthorizationID) -> Command {
        {
            var request = AuthorizationRequest.of(amount, key: "120:1")
            request.isSingleMessage = posts
            let verdict = Advice.Verdict.approved(code: "A1")
            let reason = posts ? AdviceReason.completion : .standIn
            return .advise(Advice(request: request, verdict: verdict, reason: reason, original: .authorization($0)))
        }
    }

    static let sameDay = [
        VelocityRow(testDescription: "an increment", steps: [increment(200)], counted: 1_200),
        VelocityRow(
            testDescription: "an increment taken back",
            steps: [increment(200), reversal(of: "100:2")],
            counted: 1_000
        ),
        VelocityRow(testDescription: "a reversal", steps: [reversal()], counted: 0, count: 0),
        VelocityRow(testDescription: "a smaller completion", steps: [advice(600, posts: true)], counted: 600),
        VelocityRow(testDescription: "a larger completion", steps: [advice(1_100, posts: true)], counted: 1_000),
        VelocityRow(testDescription: "a final clearing of less", steps: [clearing(600, isFinal: true)], counted: 600),
        VelocityRow(testDescription: "a clearing of a part", steps: [clearing(600, isFinal: false)], counted: 1_000),
        VelocityRow(
            testDescription: "two clearings of which the last is final",
            steps: [clearing(600, isFinal: false), clearing(100, isFinal: true)],
            counted: 700
        ),
        VelocityRow(testDescription: "a stand-in for less", steps: [advice(600, posts: false)], counted: 600),
        VelocityRow(testDescription: "a stand-in for more", steps: [advice(1_300, posts: false)], counted: 1_300),
    ]

    @Test(arguments: sameDay)
    func `is what was approved less what was given back`(_ row: VelocityRow) throws {
        let world = try Self.world(row)
        #expect(world.counter.amount == row.counted && world.counter.count == row.count)
    }

    /// The steps fall on the day after, whose counter they leave like this.
    static let nextDay = [
        VelocityRow(testDescription: "an increment", steps: [increment(200)], counted: 200, count: 0),
        VelocityRow(
            testDescription: "two increments",
            steps: [increment(200), increment(1_500, .cumulative, key: "100:3")],
            counted: 500,
            count: 0
        ),
        VelocityRow(
            testDescription: "an increment taken back",
            steps: [increment(200), reversal(of: "100:2")],
            counted: 0,
            count: 0
        ),
        VelocityRow(
            testDescription: "everything taken back: the day before counted the rest",
            steps: [increment(200), reversal()],
            counted: 0,
            count: 0
        ),
        VelocityRow(
            testDescription: "a part taken back: the last amount goes first",
            steps: [increment(200), reversal(to: 1_050)],
            counted: 50,
            count: 0
        ),
        VelocityRow(
            testDescription: "a smaller completion",
            steps: [increment(200), advice(1_150, posts: true)],
            counted: 150,
            count: 0
        ),
        VelocityRow(testDescription: "a reversal", steps: [reversal()], counted: 0, count: 0),
        VelocityRow(
            testDescription: "a smaller completion alone",
            steps: [advice(1, posts: true)],
            counted: 0,
            count: 0
        ),
        VelocityRow(
            testDescription: "a stand-in for more",
            steps: [advice(1_300, posts: false)],
            counted: 300,
            count: 0
        ),
    ]

    @Test(arguments: nextDay)
    func `of the next day is what that day approved less what was given back of it`(_ row: VelocityRow) throws {
        let world = try Self.world(row, nextDay: true)
        #expect(world.counter.amount == row.counted && world.counter.count == row.count)
        let first = CounterKey(card: World.card, currency: .euro, dayStart: World.dayStart)
        #expect(world.state.counters[first]?.amount == 1_000 && world.state.counters[first]?.count == 1)
    }

    @Test func `another payment of the day keeps what it counted when a later day's increment goes`() throws {
        var world = World()
        let first = try Self.original(&world)
        world.nextDay()
        _ = try world.authorized(.of(5_000))
        world.perform(Self.increment(200)(first))
        world.perform(Self.reversal()(first))
        #expect(world.counter.amount == 5_000 && world.counter.count == 1)
        // And is written and read with what it counted.
        let state = try AccountState(journalBytes: world.state.journalBytes)
        #expect(state == world.state && state.authorizations[first]?.countedPart == 0)
    }

    @Test(arguments: sameDay + nextDay, [false, true])
    func `of a token is counted like the card's`(_ row: VelocityRow, _ nextDay: Bool) throws {
        let world = try Self.world(row, nextDay: nextDay)
        #expect(world.counter(ofToken: 1) == world.state.counters[world.counterKey])
        let state = try AccountState(journalBytes: world.state.journalBytes)
        #expect(state == world.state && state.authorizations.values.contains { $0.token != nil })
    }

    @Test func `an advice that changes no amount counts nothing on another day`() throws {
        var world = World()
        let first = try Self.original(&world)
        world.nextDay()
        let advice = Advices.advice(1_000)
        #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
        #expect(world.state.counters[world.counterKey] == nil)
        #expect(world.state.authorizations[first]?.countedOn == World.dayStart)
    }

    private static func world(_ row: VelocityRow, nextDay: Bool = false) throws -> World {
        var world = World()
        world.program.currencies[0].tokenDailyLimit = 80_000
        let original = try original(&world)
        if nextDay { world.nextDay() }
        for step in row.steps { world.perform(step(original)) }
        return world
    }

    private static func original(_ world: inout World) throws -> AuthorizationID {
        var request = AuthorizationRequest.of(1_000, key: "100:1")
        request.purpose = .preAuthorization
        request.use(token: 1)
        return try world.authorized(request).id
    }
}

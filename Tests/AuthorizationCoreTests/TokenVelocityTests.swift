import AuthorizationCore
import Testing

@Suite struct `Velocity of tokens` {
    private static func world(limit: Int64?) -> World {
        var world = World()
        world.program.currencies[0].tokenDailyLimit = limit
        return world
    }

    private static func request(
        _ amount: Int64,
        token: UInt8,
        key: RequestKey = "100:1"
    ) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, key: key)
        request.use(token: token)
        return request
    }

    @Test func `is limited for each of them, and the card's counts them all`() throws {
        var world = Self.world(limit: 1_000)
        _ = try world.authorized(Self.request(600, token: 1))
        _ = try world.authorized(Self.request(700, token: 2, key: "100:2"))
        #expect(world.counter.amount == 1_300 && world.counter.count == 2)
        #expect(world.counter(ofToken: 1)?.amount == 600 && world.counter(ofToken: 2)?.amount == 700)
        let over = world.decision(on: .authorize(Self.request(401, token: 1, key: "100:3")))
        #expect(over.declineReason == .dailyLimitExceeded && over.verdict(of: .dailyLimit) == .passed)
        let check = over.checks.first { $0.check == .tokenDailyLimit }
        #expect(check?.observed == 1_001 && check?.limit == 1_000)
        #expect(world.decision(on: .authorize(Self.request(400, token: 1, key: "100:3"))).isApproved)
        // The card alone has only its own limit.
        #expect(world.decision(on: .authorize(.of(5_000))).isApproved)
        world.nextDay()
        #expect(world.decision(on: .authorize(Self.request(1_000, token: 1, key: "100:4"))).isApproved)
    }

    @Test func `is not counted where the program limits none, nor of credits`() throws {
        var world = Self.world(limit: nil)
        #expect(try world.authorized(Self.request(600, token: 1)).token == nil)
        #expect(world.counter(ofToken: 1) == nil && world.counter.amount == 600)
        var limiting = Self.world(limit: 1_000)
        var refund = Self.request(5_000, token: 1)
        refund.kind = .refund
        #expect(try limiting.authorized(refund).token == nil)
        #expect(limiting.counter(ofToken: 1) == nil)
    }

    @Test(arguments: [false, true])
    func `counts what a stand-in approved after we declined`(_ posts: Bool) throws {
        var world = Self.world(limit: 1_000)
        let declined = try world.authorized(Self.request(1_001, token: 1))
        #expect(declined.status == .declined && world.counter(ofToken: 1) == nil)
        var told = Self.request(1_001, token: 1, key: "120:1")
        told.isSingleMessage = posts
        let advice = Advice(
            request: told,
            verdict: .approved(code: "A1"),
            reason: .standIn,
            original: .message("100:1")
        )
        #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
        #expect(world.counter(ofToken: 1) == world.state.counters[world.counterKey])
        #expect(world.counter(ofToken: 1)?.amount == 1_001)
    }

    @Test func `counts an increment by the token of what it adds to`() throws {
        var world = Self.world(limit: 1_000)
        var first = Self.request(600, token: 1)
        first.purpose = .preAuthorization
        let original = try world.authorized(first)
        func increment(_ amount: Int64) -> Command {
            var request = AuthorizationRequest.of(amount, key: "100:2")
            request.purpose = .increment
            request.increment = Increment(of: .authorization(original.id), mode: .delta)
            return .authorize(request)
        }
        #expect(world.decision(on: increment(401)).declineReason == .dailyLimitExceeded)
        world.perform(increment(400))
        #expect(world.counter(ofToken: 1)?.amount == 1_000 && world.counter(ofToken: 1)?.count == 1)
    }

    @Test func `counts an increment by its own token where what it adds to has none`() throws {
        var world = Self.world(limit: 1_000)
        var first = AuthorizationRequest.of(600, key: "100:1")
        first.purpose = .preAuthorization
        let original = try world.authorized(first)
        func increment(_ amount: Int64, _ key: RequestKey) -> Command {
            var request = Self.request(amount, token: 1, key: key)
            request.purpose = .increment
            request.increment = Increment(of: .authorization(original.id), mode: .delta)
            return .authorize(request)
        }
        #expect(world.perform(increment(600, "100:2")).isApproved)
        #expect(world.counter(ofToken: 1)?.amount == 600 && world.counter(ofToken: 1)?.count == 0)
        #expect(world.counter.amount == 1_200 && world.counter.count == 1)
        #expect(world.decision(on: increment(401, "100:3")).declineReason == .dailyLimitExceeded)
        // What is given back of the whole hold is the card's.
        world.perform(.reverse(Reversal(target: .authorization(original.id))))
        #expect(world.counter.amount == 0 && world.counter(ofToken: 1)?.amount == 600)
        #expect(world.decision(on: .authorize(Self.request(401, token: 1, key: "100:4"))).isApproved == false)
    }

    @Test func `is journaled behind what was there before`() throws {
        var world = Self.world(limit: 1_000)
        let plain = World().program.journalBytes
        #expect(world.program.journalBytes.starts(with: plain))
        #expect(try Program(journalBytes: world.program.journalBytes) == world.program)
        #expect(world.program.journalBytes.dropFirst(plain.count).first == 2)
        let decision = world.perform(.authorize(Self.request(600, token: 1)))
        #expect(try Decision(journalBytes: decision.journalBytes) == decision)
        var cut = decision
        cut.changes = decision.changes.map { change in
            guard case .counter(var key, let counter) = change, key.token != nil else { return change }
            key.token = [1]
            return .counter(key, counter)
        }
        #expect(throws: JournalError.self) { try Decision(journalBytes: cut.journalBytes) }
    }
}

import AuthorizationCore
import Testing

/// Holds of 1,000 that nothing settles in time, and what comes of what the network tells then.
@Suite struct `Expiry of holds` {
    private static let day = 24 * Instant.hour
    private static let lifetimes: HoldLifetimes = {
        var lifetimes = HoldLifetimes()
        lifetimes.uncertain = 20
        return lifetimes
    }()

    private static func request(_ purpose: Purpose = .final, _ kind: TransactionKind = .purchase)
        -> AuthorizationRequest
    {
        var request = AuthorizationRequest.of(1_000, .euro, kind, key: "100:1")
        request.purpose = purpose
        return request
    }

    private static func expiry(of authorization: Authorization) -> Command {
        .expire(ExpireHold(authorization.id, lifetimes))
    }

    /// A hold that has expired.
    private static func expired(
        _ purpose: Purpose = .final,
        _ kind: TransactionKind = .purchase,
        cleared: Int64 = 0
    ) throws -> (World, Authorization) {
        var world = World()
        let hold = try world.authorized(request(purpose, kind))
        if cleared > 0 {
            let part = Clearing(authorization: hold.id, amount: Money(cleared, .euro), isFinal: false)
            world.perform(.clear(part))
        }
        world.pass(30)
        #expect(world.perform(expiry(of: hold)).acknowledgement == .applied)
        return (world, hold)
    }

    static let ends: [(circumstance: String, days: Int64, arrange: @Sendable (inout World) throws -> Authorization)] = [
        ("a final amount", 7, { world in try world.authorized(request()) }),
        ("a client's", 7, { world in try world.authorized(.of(1_000)) }),
        ("a refund", 7, { world in try world.authorized(request(.final, .refund)) }),
        ("a pre-authorization", 30, { world in try world.authorized(request(.preAuthorization)) }),
        ("an estimate", 30, { world in try world.authorized(request(.estimated)) }),
        (
            "an uncertain one of a final amount", 20,
            { world in try world.uncertain(request()) }
        ),
        (
            "an uncertain one that has longer anyway", 30,
            { world in try world.uncertain(request(.preAuthorization)) }
        ),
        (
            "an uncertain one in instalments", 2 * 35,
            { world in
                var request = request()
                request.instalments = Instalments(funding: .merchant, count: 2)
                return try world.uncertain(request)
            }
        ),
        (
            "one in instalments", 4 * 35,
            { world in
                var request = request()
                request.instalments = Instalments(funding: .merchant, count: 4)
                return try world.authorized(request)
            }
        ),
        (
            "one that was added to two days later", 32,
            { world in
                let hold = try world.authorized(request(.preAuthorization))
                world.pass(2)
                var more = AuthorizationRequest.of(1_000, key: "100:2")
                more.purpose = .increment
                more.increment = Increment(of: .message("100:1"), mode: .delta)
                world.perform(.authorize(more))
                // From the start of that day.
                world.moment.now = world.moment.dayStart
                world.state.authorizations[hold.id]?.createdAt = world.moment.dayStart + -2 * day
                return hold
            }
        ),
    ]

    @Test(arguments: ends.indices)
    func `each has its time, and all of it is given back when that is over`(_ index: Int) throws {
        let row = Self.ends[index]
        var world = World()
        let began = world.moment.now
        let hold = try row.arrange(&world)
        let added = world.moment.now > began ? world.moment.now + -2 * Self.day : began
        world.moment.now = added + (row.days * Self.day - 1)
        #expect(world.decision(on: Self.expiry(of: hold)) == .refused(.transitionNotAllowed), "\(row.circumstance)")
        world.moment.now = added + row.days * Self.day
        world.moment.dayStart = World.dayStart + row.days * Self.day
        #expect(world.perform(Self.expiry(of: hold)).acknowledgement == .applied, "\(row.circumstance)")
        let expired = try #require(world.state.authorizations[hold.id])
        #expect(expired.status == .expired && !expired.uncertain)
        #expect(expired.remaining == 0 && expired.held == 0 && expired.heldFee == 0)
        #expect(world.euros.pendingDebits == 0 && world.euros.pendingCredits == 0 && world.euros.posted == 100_000)
        #expect(world.decision(on: Self.expiry(of: hold)) == .refused(.transitionNotAllowed))
    }

    @Test func `commands of a time before end uncertain holds early still`() throws {
        var world = World()
        let hold = try world.uncertain(Self.request(.preAuthorization))
        world.pass(20)
        #expect(world.decision(on: Self.expiry(of: hold)) == .refused(.transitionNotAllowed))
        var before = Self.lifetimes
        before.uncertainShortens = true
        #expect(world.perform(.expire(ExpireHold(hold.id, before))).acknowledgement == .applied)
    }

    struct Late: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var acknowledgement: Acknowledgement
        var status: AuthorizationStatus
        var held: Int64 = 0
        var posted: Int64 = 0
        var command: @Sendable (Authorization) -> Command
    }

    private static func clearing(_ amount: Int64) -> @Sendable (Authorization) -> Command {
        { .clear(Clearing(authorization: $0.id, amount: Money(amount, .euro), isFinal: true)) }
    }

    private static func reversal(to newTotal: Int64) -> @Sendable (Authorization) -> Command {
        { _ in .reverse(Reversal(target: .message("100:1"), newTotal: newTotal)) }
    }

    private static func advice(
        _ reason: AdviceReason,
        _ verdict: Advice.Verdict = .approved(code: ""),
        _ kind: TransactionKind = .purchase
    ) -> @Sendable (Authorization) -> Command {
        { _ in
            var request = request(.final, kind)
            request.message = MessageIdentity(key: "120:1", fingerprint: [2])
            request.isSingleMessage = reason == .completion
            return .advise(Advice(request: request, verdict: verdict, reason: reason, original: .message("100:1")))
        }
    }

    static let late: [Late] = [
        Late(
            testDescription: "a clearing posts",
            acknowledgement: .applied,
            status: .cleared,
            posted: 1_000,
            command: clearing(1_000)
        ),
        Late(
            testDescription: "so does one of less",
            acknowledgement: .applied,
            status: .cleared,
            posted: 400,
            command: clearing(400)
        ),
        Late(
            testDescription: "and one of more",
            acknowledgement: .applied,
            status: .cleared,
            posted: 1_200,
            command: clearing(1_200)
        ),
        Late(
            testDescription: "a completion posts",
            acknowledgement: .recorded,
            status: .cleared,
            posted: 1_000,
            command: advice(.completion)
        ),
        Late(
            testDescription: "what the network approved in our stead holds anew",
            acknowledgement: .recorded,
            status: .pending,
            held: 1_000,
            command: advice(.standIn)
        ),
        Late(
            testDescription: "what it declined changes nothing",
            acknowledgement: .nothingLeft,
            status: .expired,
            command: advice(.standIn, .declined)
        ),
        Late(
            testDescription: "a reversal moves nothing",
            acknowledgement: .nothingLeft,
            status: .expired,
            command: reversal(to: 0)
        ),
        Late(
            testDescription: "nor does one of a part",
            acknowledgement: .nothingLeft,
            status: .expired,
            command: reversal(to: 300)
        ),
    ]

    @Test(arguments: late)
    func `what comes late is taken`(_ row: Late) throws {
        var (world, hold) = try Self.expired()
        #expect(world.perform(row.command(hold)).acknowledgement == row.acknowledgement)
        let authorization = try #require(world.state.authorizations[hold.id])
        #expect(authorization.status == row.status && authorization.held == row.held)
        #expect(world.euros.pendingDebits == row.held && world.euros.posted == 100_000 - row.posted)
        #expect(authorization.posted == row.posted)
    }

    @Test(arguments: [TransactionKind.purchase, .refund])
    func `a hold that was placed anew has its whole time again`(_ kind: TransactionKind) throws {
        var (world, hold) = try Self.expired(.final, kind)
        world.perform(Self.advice(.standIn, .approved(code: ""), kind)(hold))
        world.pass(6)
        #expect(world.decision(on: Self.expiry(of: hold)) == .refused(.transitionNotAllowed))
        world.pass(1)
        #expect(world.perform(Self.expiry(of: hold)).acknowledgement == .applied)
        #expect(world.euros.pendingDebits == 0 && world.euros.pendingCredits == 0)
    }

    @Test func `a hold that expires on its day, is placed anew and reversed was one payment and is none`() throws {
        var world = World()
        let hold = try world.authorized(Self.request())
        var atOnce = HoldLifetimes()
        atOnce.finalAmount = 0
        world.perform(.expire(ExpireHold(hold.id, atOnce)))
        #expect(world.counter.amount == 0 && world.counter.count == 1)
        world.perform(Self.advice(.standIn)(hold))
        #expect(world.counter.amount == 1_000 && world.counter.count == 1)
        world.perform(.reverse(Reversal(target: .authorization(hold.id))))
        #expect(world.counter.amount == 0 && world.counter.count == 0)
    }

    @Test func `nothing is added to what has expired`() throws {
        let (world, _) = try Self.expired(.preAuthorization)
        var more = AuthorizationRequest.of(100, key: "100:2")
        more.purpose = .increment
        more.increment = Increment(of: .message("100:1"), mode: .delta)
        #expect(world.decision(on: .authorize(more)).declineReason == .originalNotFound)
    }

    @Test func `of what was cleared in part the rest expires, and can be cleared still`() throws {
        var (world, hold) = try Self.expired(cleared: 400)
        #expect(world.state.authorizations[hold.id]?.status == .expired)
        #expect(world.euros.pendingDebits == 0 && world.euros.posted == 99_600)
        let reversed = world.decision(on: Self.reversal(to: 0)(hold))
        #expect(reversed.acknowledgement == .exception(.reversalAfterClearing) && reversed.transfers.isEmpty)
        world.perform(Self.clearing(600)(hold))
        #expect(world.state.authorizations[hold.id]?.status == .cleared && world.euros.posted == 99_000)
    }

    @Test func `the instalments that are left are posted one by one`() throws {
        var world = World()
        var request = Self.request()
        request.instalments = Instalments(funding: .merchant, count: 4)
        let hold = try world.authorized(request)
        func part(_ number: Int64) -> Command {
            var part = AuthorizationRequest.of(250, key: "220:\(number)")
            part.isSingleMessage = true
            let verdict = Advice.Verdict.approved(code: "")
            return .advise(
                Advice(request: part, verdict: verdict, reason: .completion, original: .message("100:1"))
            )
        }
        world.perform(part(1))
        world.pass(4 * 35)
        #expect(world.perform(Self.expiry(of: hold)).acknowledgement == .applied)
        for number in 2...4 as ClosedRange<Int64> {
            #expect(world.state.authorizations[hold.id]?.status == .expired)
            #expect(world.perform(part(number)).acknowledgement == .recorded)
            #expect(world.euros.posted == 100_000 - 250 * number && world.euros.pendingDebits == 0)
        }
        #expect(world.state.authorizations[hold.id]?.status == .cleared)
    }

    @Test func `what holds nothing does not expire`() throws {
        var world = World()
        var single = Self.request()
        single.isSingleMessage = true
        let posted = try world.authorized(single)
        world.state.authorizations[posted.id]?.uncertain = true
        let declined = try world.authorized(.of(100_000_000))
        let unknown = Authorization(
            id: AuthorizationID(at: World.dayStart, shard: World.shard, entropy: 77),
            card: World.card,
            status: .pending,
            kind: .purchase,
            balance: nil,
            approved: Money(1, .euro),
            billed: 1,
            countedOn: World.dayStart,
            createdAt: World.dayStart
        )
        world.pass(1_000)
        #expect(world.decision(on: Self.expiry(of: posted)) == .refused(.transitionNotAllowed))
        #expect(world.decision(on: Self.expiry(of: declined)) == .refused(.transitionNotAllowed))
        #expect(world.decision(on: Self.expiry(of: unknown)) == .refused(.authorizationNotFound))
    }
}

extension World {
    /// A hold whose answer may not have arrived.
    fileprivate mutating func uncertain(_ request: AuthorizationRequest) throws -> Authorization {
        let hold = try authorized(request)
        state.authorizations[hold.id]?.uncertain = true
        return hold
    }

    /// Lets whole days go by.
    fileprivate mutating func pass(_ days: Int64) {
        moment.now = moment.now + days * 24 * Instant.hour
        moment.dayStart = moment.dayStart + days * 24 * Instant.hour
    }
}

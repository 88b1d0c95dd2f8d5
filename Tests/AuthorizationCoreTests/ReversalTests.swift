import AuthorizationCore
import Testing

/// What a reversal finds, asks for, and leaves of a purchase of 1,000.
struct ReversalRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Partial clearing before it, not final; 0 for none.
    var cleared: Int64 = 0
    var newTotal: Int64?
    var acknowledgement: Acknowledgement
    var remaining: Int64
    var status: AuthorizationStatus
    /// What the card's day then counts.
    var counted: Int64
    var count: Int64
}

@Suite struct `Reversals` {
    static let rows = [
        ReversalRow(
            testDescription: "all of it",
            acknowledgement: .applied,
            remaining: 0,
            status: .reversed,
            counted: 0,
            count: 0
        ),
        ReversalRow(
            testDescription: "all of it, as a total of 0",
            newTotal: 0,
            acknowledgement: .applied,
            remaining: 0,
            status: .reversed,
            counted: 0,
            count: 0
        ),
        ReversalRow(
            testDescription: "a part, by the new total",
            newTotal: 300,
            acknowledgement: .applied,
            remaining: 300,
            status: .pending,
            counted: 300,
            count: 1
        ),
        ReversalRow(
            testDescription: "to what it is already",
            newTotal: 1_000,
            acknowledgement: .nothingLeft,
            remaining: 1_000,
            status: .pending,
            counted: 1_000,
            count: 1
        ),
        ReversalRow(
            testDescription: "above what was approved",
            newTotal: 1_001,
            acknowledgement: .exception(.reversalAboveApproved),
            remaining: 1_000,
            status: .pending,
            counted: 1_000,
            count: 1
        ),
        ReversalRow(
            testDescription: "as far above as numbers go",
            newTotal: .max,
            acknowledgement: .exception(.reversalAboveApproved),
            remaining: 1_000,
            status: .pending,
            counted: 1_000,
            count: 1
        ),
        ReversalRow(
            testDescription: "after all of it was cleared",
            cleared: 1_000,
            acknowledgement: .exception(.reversalAfterClearing),
            remaining: 0,
            status: .cleared,
            counted: 1_000,
            count: 1
        ),
        ReversalRow(
            testDescription: "after a part was cleared: only the rest is released",
            cleared: 400,
            acknowledgement: .applied,
            remaining: 0,
            status: .cleared,
            counted: 400,
            count: 1
        ),
        ReversalRow(
            testDescription: "to a total above what was cleared",
            cleared: 400,
            newTotal: 700,
            acknowledgement: .applied,
            remaining: 300,
            status: .pending,
            counted: 700,
            count: 1
        ),
        ReversalRow(
            testDescription: "to a total below what was cleared: the rest is released, the wish kept",
            cleared: 400,
            newTotal: 100,
            acknowledgement: .exception(.reversalAfterClearing),
            remaining: 0,
            status: .cleared,
            counted: 400,
            count: 1
        ),
    ]

    @Test(arguments: rows)
    func `what is taken back follows from what was approved and cleared`(_ row: ReversalRow) throws {
        var world = World()
        let original = try world.authorized(.of(1_000))
        if row.cleared > 0 {
            let amount = Money(row.cleared, .euro)
            world.perform(.clear(Clearing(authorization: original.id, amount: amount, isFinal: false)))
        }
        let decision = world.perform(
            .reverse(Reversal(target: .authorization(original.id), newTotal: row.newTotal))
        )
        let after = try #require(world.state.authorizations[original.id])
        #expect(decision.acknowledgement == row.acknowledgement)
        #expect(decision.authorization == original.id)
        #expect(after.remaining == row.remaining && after.held == row.remaining)
        #expect(after.status == row.status)
        #expect(world.euros.pendingDebits == row.remaining)
        #expect(world.euros.posted == 100_000 - row.cleared)
        #expect(world.counter.amount == row.counted)
        #expect(world.counter.count == row.count)
    }

    @Test func `a second full reversal changes nothing`() throws {
        var world = World()
        let original = try world.authorized(.of(1_000))
        let reversal = Command.reverse(Reversal(target: .authorization(original.id)))
        world.perform(reversal)
        let again = world.perform(reversal)
        #expect(again == Decision(.acknowledged(.nothingLeft, original.id)))
    }

    @Test func `reversals one after the other add up to one of the last total`() throws {
        var world = World()
        let original = try world.authorized(.of(1_000))
        for total in [900, 333, 1] as [Int64] {
            world.perform(.reverse(Reversal(target: .authorization(original.id), newTotal: total)))
            #expect(world.euros.pendingDebits == total)
        }
        // A total above what remains cannot raise the hold again.
        let decision = world.perform(.reverse(Reversal(target: .authorization(original.id), newTotal: 500)))
        #expect(decision.acknowledgement == .nothingLeft)
        #expect(world.euros.pendingDebits == 1)
    }

    @Test func `a declined authorization has nothing to give back`() throws {
        var world = World(posted: 0)
        let declined = try world.authorized(.of(1_000))
        let decision = world.decision(on: .reverse(Reversal(target: .authorization(declined.id))))
        #expect(decision == Decision(.acknowledged(.nothingLeft, declined.id)))
    }

    @Test func `a refund is taken back from what is on its way`() throws {
        var world = World()
        let refund = try world.authorized(.of(1_000, .euro, .refund))
        world.perform(.reverse(Reversal(target: .authorization(refund.id), newTotal: 400)))
        #expect(world.euros.pendingCredits == 400)
        #expect(world.state.counters.isEmpty)
    }

    @Test func `one of an unknown authorization is refused`() {
        let unknown = AuthorizationID(at: World.dayStart, shard: World.shard, entropy: 77)
        let decision = World().decision(on: .reverse(Reversal(target: .authorization(unknown))))
        #expect(decision == .refused(.authorizationNotFound))
    }

    @Test func `what an uncertain answer held is certain again`() throws {
        var world = World()
        let original = try world.authorized(.of(1_000))
        world.state.authorizations[original.id]?.uncertain = true
        world.perform(.reverse(Reversal(target: .authorization(original.id), newTotal: 10)))
        #expect(world.state.authorizations[original.id]?.uncertain == false)
    }
}

@Suite struct `Reversals by the original's message` {
    @Test(arguments: [false, true])
    func `one that takes nothing back still settles what was uncertain`(_ isSingle: Bool) throws {
        var world = World()
        var request = AuthorizationRequest.of(1_000, key: "100:1")
        request.isSingleMessage = isSingle
        let original = try world.authorized(request)
        world.state.authorizations[original.id]?.uncertain = true
        let message = MessageIdentity(key: "420:1", fingerprint: [2])
        let reversal = Reversal(target: .message("100:1"), message: message, newTotal: 1_000)
        #expect(world.perform(.reverse(reversal)).acknowledgement == .nothingLeft)
        #expect(world.state.authorizations[original.id] == original)
    }

    @Test func `one of a part that it does not tell is kept, without money`() throws {
        var world = World()
        let original = try world.authorized(.of(1_000, key: "100:1"))
        let message = MessageIdentity(key: "420:1", fingerprint: [2])
        let decision = world.perform(.reverse(Reversal(target: .message("100:1"), message: message, isUnclear: true)))
        #expect(decision.outcome == .acknowledged(.exception(.partUnclear), original.id))
        #expect(world.euros.pendingDebits == 1_000)
    }

    private static func reversal(
        of key: RequestKey,
        as own: RequestKey,
        _ fingerprint: [UInt8] = [2],
        newTotal: Int64? = nil
    ) -> Command {
        let message = MessageIdentity(key: own, fingerprint: fingerprint)
        return .reverse(Reversal(target: .message(key), message: message, newTotal: newTotal))
    }

    @Test func `finds its original`() throws {
        var world = World()
        world.perform(.authorize(.of(1_000, key: "100:1")))
        let decision = world.perform(Self.reversal(of: "100:1", as: "400:1"))
        #expect(decision.acknowledgement == .applied)
        #expect(world.euros.pendingDebits == 0)
        #expect(world.state.keys["400:1"]?.answer == decision.outcome)
    }

    @Test func `before its original waits, and the original is then declined without a hold`() {
        var world = World()
        let reversal = world.perform(Self.reversal(of: "100:1", as: "400:1"))
        #expect(reversal.outcome == .acknowledged(.waitsForOriginal, nil))
        #expect(world.state.keys["100:1"] == KeyRecord(fingerprint: [], authorization: nil, answer: nil))
        let original = world.perform(.authorize(.of(1_000, key: "100:1")))
        #expect(original.declineReason == .reversedBeforeArrival)
        #expect(world.euros.pendingDebits == 0)
        #expect(world.state.keys["100:1"]?.answer == original.outcome)
        let again = world.perform(Self.reversal(of: "100:1", as: "400:2"))
        #expect(again.acknowledgement == .nothingLeft)
    }

    @Test func `two before one original leave one row that waits`() {
        var world = World()
        world.perform(Self.reversal(of: "100:1", as: "400:1"))
        let second = world.perform(Self.reversal(of: "100:1", as: "400:2"))
        #expect(second.outcome == .acknowledged(.nothingLeft, nil))
        #expect(world.perform(.authorize(.of(1_000, key: "100:1"))).declineReason == .reversedBeforeArrival)
    }

    @Test func `of a request for an unknown card has nothing to take back`() {
        var world = World()
        var request = AuthorizationRequest.of(1_000, key: "100:1")
        request.card = nil
        world.perform(.authorize(request))
        #expect(world.perform(Self.reversal(of: "100:1", as: "400:1")).acknowledgement == .nothingLeft)
    }

    @Test func `with a used key and other content is kept for an operator and changes nothing`() throws {
        var world = World()
        let first = try world.authorized(.of(1_000, key: "100:1"))
        let other = try world.authorized(.of(2_000, key: "100:2"))
        world.perform(Self.reversal(of: "100:1", as: "400:1"))
        let reused = world.perform(Self.reversal(of: "100:2", as: "400:1", [3]))
        #expect(reused == Decision(.acknowledged(.exception(.keyReusedWithOtherContent), first.id)))
        #expect(world.state.authorizations[other.id]?.held == 2_000)
        #expect(world.state.keys["400:1"]?.fingerprint == [2])
    }

    @Test func `the reversal of a reversal is kept and releases nothing`() throws {
        var world = World()
        let original = try world.authorized(.of(1_000, key: "100:1"))
        world.perform(Self.reversal(of: "100:1", as: "400:1", newTotal: 600))
        let decision = world.perform(Self.reversal(of: "400:1", as: "400:2"))
        #expect(decision.outcome == .acknowledged(.exception(.originalIsReversal), original.id))
        #expect(world.state.authorizations[original.id]?.remaining == 600)
    }

    @Test func `without an account it is kept as an exception`() {
        let decision = decide(
            Self.reversal(of: "100:1", as: "400:1"),
            AccountState(),
            program: nil,
            at: World().moment,
            seed: 1
        )
        #expect(decision == Decision(.acknowledged(.exception(.cardNotFound), nil)))
    }
}

@Suite struct `Reversals of another card or currency` {
    private static let other = CardID(at: World.dayStart, shard: World.shard, entropy: 8)

    private static func reversal(_ card: CardID?, _ currency: Currency?, of key: RequestKey = "100:1") -> Command {
        let message = MessageIdentity(key: "420:1", fingerprint: [2])
        return .reverse(Reversal(target: .message(key), message: message, card: card, currency: currency))
    }

    /// What a reversal tells beside its original, and whether that is the original's.
    static let rows: [(card: CardID?, currency: Currency?, isSame: Bool)] = [
        (World.card, .euro, true), (nil, .euro, true), (World.card, nil, true), (other, .euro, false),
        (World.card, .dollar, false), (nil, .dollar, false), (other, nil, false),
    ]

    @Test(arguments: rows, [false, true])
    func `move no money and are kept`(
        _ row: (card: CardID?, currency: Currency?, isSame: Bool),
        _ isSingle: Bool
    ) throws {
        var world = World()
        var request = AuthorizationRequest.of(1_000, key: "100:1")
        request.isSingleMessage = isSingle
        let original = try world.authorized(request)
        let before = world.state
        let decision = world.perform(Self.reversal(row.card, row.currency))
        let kept = Acknowledgement.exception(.originalDiffers)
        #expect(decision.outcome == .acknowledged(row.isSame ? .applied : kept, original.id))
        #expect(world.euros.pendingDebits == (row.isSame || isSingle ? 0 : 1_000))
        #expect(world.euros.posted == 100_000 - (isSingle && !row.isSame ? 1_000 : 0))
        if !row.isSame { #expect(world.state.authorizations == before.authorizations && decision.transfers.isEmpty) }
    }

    @Test(arguments: rows)
    func `give nothing back of an increment`(_ row: (card: CardID?, currency: Currency?, isSame: Bool)) throws {
        var world = World()
        var first = AuthorizationRequest.of(1_000, key: "100:1")
        first.purpose = .preAuthorization
        _ = try world.authorized(first)
        var increment = AuthorizationRequest.of(200, key: "100:2")
        increment.purpose = .increment
        increment.increment = Increment(of: .message("100:1"), mode: .delta)
        world.perform(.authorize(increment))
        world.perform(Self.reversal(row.card, row.currency, of: "100:2"))
        #expect(world.euros.pendingDebits == (row.isSame ? 1_000 : 1_200))
    }
}

import AuthorizationCore
import Testing

@Suite struct `Expiry` {
    @Test func `a card is valid to the last microsecond of its month and not at the next`() {
        var world = World()
        world.state.cards[World.card]?.instances[0].validUntil = world.moment.now + 1
        #expect(world.decision(on: .authorize(.of(1))).isApproved)
        world.moment.now = world.moment.now + 1
        #expect(world.decision(on: .authorize(.of(1))).declineReason == .cardExpired)
    }

    @Test func `the expiry that is presented picks the instance`() throws {
        var world = World()
        var next = try #require(world.state.cards[World.card]?.instances.first)
        next.sequenceNumber = 1
        next.expiry = .of(2032, 11)
        world.state.cards[World.card]?.instances.append(next)
        world.state.cards[World.card]?.instances[0].validUntil = world.moment.now
        func reason(_ expiry: ExpiryMonth?) -> DeclineReason? {
            var request = AuthorizationRequest.of(1)
            request.expiry = expiry
            return world.decision(on: .authorize(request)).declineReason
        }
        #expect(reason(.of(2029, 11)) == .cardExpired)
        #expect(reason(.of(2032, 11)) == nil)
        #expect(reason(.of(2029, 12)) == .expiryMismatch)
        // Not presented: any instance that is valid will do.
        #expect(reason(nil) == nil)
    }

    @Test(arguments: [(1999, 12), (2100, 1), (2029, 0), (2029, 13), (2029, -1)])
    func `a month that is none cannot be made`(_ date: (year: Int, month: Int)) {
        #expect(ExpiryMonth(year: date.year, month: date.month) == nil)
    }
}

@Suite struct `Daily limit` {
    @Test func `is reached exactly and not passed`() {
        var world = World()
        world.perform(.authorize(.of(50_000)))
        #expect(world.decision(on: .authorize(.of(30_001))).declineReason == .dailyLimitExceeded)
        #expect(world.decision(on: .authorize(.of(30_000))).isApproved)
    }

    @Test func `begins anew with the day`() {
        var world = World(posted: 200_000)
        world.perform(.authorize(.of(50_000)))
        world.perform(.authorize(.of(30_000)))
        #expect(world.decision(on: .authorize(.of(1))).declineReason == .dailyLimitExceeded)
        world.nextDay()
        #expect(world.decision(on: .authorize(.of(50_000))).isApproved)
    }

    @Test func `is given back on the day that counted it`() throws {
        var world = World()
        let original = try world.authorized(.of(50_000))
        world.perform(.reverse(Reversal(target: .authorization(original.id), newTotal: 20_000)))
        #expect(world.counter.amount == 20_000 && world.counter.count == 1)
        world.perform(.reverse(Reversal(target: .authorization(original.id))))
        #expect(world.counter.amount == 0 && world.counter.count == 0)
    }

    @Test func `is not given back on a later day`() throws {
        var world = World()
        let original = try world.authorized(.of(50_000))
        let counted = world.counterKey
        world.nextDay()
        let decision = world.perform(.reverse(Reversal(target: .authorization(original.id))))
        #expect(decision.acknowledgement == .applied)
        #expect(world.state.counters[counted]?.amount == 50_000)
        #expect(world.state.counters[world.counterKey] == nil)
    }

    @Test func `counts each card by itself`() {
        var world = World(posted: 200_000)
        world.perform(.authorize(.of(50_000)))
        world.perform(.authorize(.of(30_000)))
        let other = CardID(at: World.dayStart, shard: World.shard, entropy: 8)
        world.state.cards[other] = world.state.cards[World.card].map {
            Card(id: other, lastFour: 1, instances: $0.instances, issuedAt: $0.issuedAt)
        }
        var request = AuthorizationRequest.of(50_000)
        request.card = other
        #expect(world.decision(on: .authorize(request)).isApproved)
    }
}

extension World {
    mutating func nextDay() {
        moment.dayStart = moment.dayStart + 24 * Instant.hour
        moment.now = moment.dayStart
        moment.businessDate += 1
    }
}

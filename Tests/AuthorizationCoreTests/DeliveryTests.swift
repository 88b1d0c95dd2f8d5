import AuthorizationCore
import Testing

/// Answers that may not have arrived, and what settles the doubt.
@Suite struct DeliveryTests {
    private static func lost(_ id: AuthorizationID) -> Command {
        .recordDelivery(DeliveryRecord(authorization: id, hasArrived: false))
    }

    private static func arrived(_ id: AuthorizationID) -> Command {
        .recordDelivery(DeliveryRecord(authorization: id, hasArrived: true))
    }

    private static func reversal(of id: AuthorizationID, to newTotal: Int64? = nil) -> Command {
        .reverse(Reversal(target: .authorization(id), newTotal: newTotal))
    }

    @Test(arguments: [false, true])
    func `a lost answer leaves what it approved uncertain until another one arrives`(isSingleMessage: Bool) throws {
        var world = World()
        var request = AuthorizationRequest.of(1_000)
        request.isSingleMessage = isSingleMessage
        let id = try world.authorized(request).id
        let before = world.euros
        #expect(world.perform(Self.lost(id)).acknowledgement == .applied)
        #expect(world.state.authorizations[id]?.uncertain == true)
        #expect(world.perform(Self.arrived(id)).acknowledgement == .applied)
        #expect(world.state.authorizations[id]?.uncertain == false)
        #expect(world.euros == before)
    }

    @Test(arguments: [false, true])
    func `a reversal settles it`(isSingleMessage: Bool) throws {
        for newTotal: Int64? in [nil, 400] {
            var world = World()
            var request = AuthorizationRequest.of(1_000)
            request.isSingleMessage = isSingleMessage
            let id = try world.authorized(request).id
            world.perform(Self.lost(id))
            world.perform(Self.reversal(of: id, to: newTotal))
            #expect(world.state.authorizations[id]?.uncertain == false)
        }
    }

    @Test func `what changes nothing is refused, so that nothing is journaled`() throws {
        var world = World()
        let id = try world.authorized(.of(1_000)).id
        let unknown = AuthorizationID(at: World.dayStart, shard: World.shard, entropy: 99)
        #expect(world.perform(Self.arrived(id)).outcome == .refused(.transitionNotAllowed))
        #expect(world.perform(Self.lost(unknown)).outcome == .refused(.authorizationNotFound))
        world.perform(Self.lost(id))
        #expect(world.perform(Self.lost(id)).outcome == .refused(.transitionNotAllowed))
    }

    @Test func `what was given back, declined or moved nothing is never in doubt`() throws {
        var world = World()
        let reversed = try world.authorized(.of(1_000)).id
        world.perform(Self.reversal(of: reversed))
        let declined = try world.authorized(.of(50_001)).id
        let verified = try world.authorized(.of(0, .euro, .accountVerification)).id
        for id in [reversed, declined, verified] {
            #expect(world.perform(Self.lost(id)).outcome == .refused(.transitionNotAllowed))
        }
    }
}

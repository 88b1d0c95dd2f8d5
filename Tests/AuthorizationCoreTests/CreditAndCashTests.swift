import AuthorizationCore
import Testing

@Suite struct `Proofs of credits and of cash` {
    /// Programs that verify something, and those that do not.
    @Test(arguments: [TransactionKind.refund, .originalCredit], [true, false])
    func `a network's credit may tell any date, as that of the card before`(_ kind: TransactionKind, _ verifies: Bool) {
        var world = World()
        var request = AuthorizationRequest.of(100, .euro, kind)
        request.expiry = .of(2031, 1)
        request.network = "test"
        if verifies { world.verify(&request) { policy, _ in policy.rules = [ProofRule(.expiry, .required)] } }
        #expect(world.decision(on: .authorize(request)).declineReason == nil)
        var ofClient = request
        ofClient.network = ""
        #expect(world.decision(on: .authorize(ofClient)).declineReason == .expiryMismatch)
        world.state.cards[World.card]?.instances[0].validUntil = world.moment.now
        for expiry in [ExpiryMonth.of(2031, 1), .of(2029, 11)] {
            request.expiry = expiry
            #expect(world.decision(on: .authorize(request)).declineReason == .cardExpired)
        }
    }
}

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

    /// A policy that has the rule, and its own one after it; nil for the reason of an approval.
    @Test(
        arguments: [
            ([ProofRule.pinForCash], EntryMode.contactChip, TransactionKind.atmWithdrawal, DeclineReason.pinMissing),
            ([.pinForCash], .contactlessChip, .balanceInquiry, .pinMissing),
            ([.pinForCash], .contactChip, .purchase, nil),
            ([.pinForCash, ProofRule(.pin, .ignored)], .contactChip, .atmWithdrawal, nil),
            ([], .contactChip, .atmWithdrawal, nil),
        ] as [([ProofRule], EntryMode, TransactionKind, DeclineReason?)]
    )
    func `a machine pays nothing out without a PIN, also where the program can verify none`(
        _ row: (rules: [ProofRule], mode: EntryMode, kind: TransactionKind, reason: DeclineReason?)
    ) {
        var world = World()
        let amount: Int64 = row.kind == .balanceInquiry ? 0 : 100
        var request = AuthorizationRequest.of(amount, .euro, row.kind)
        request.entryMode = row.mode
        if row.kind == .balanceInquiry { request.merchant.categoryCode = 6_011 }
        world.verify(&request) { policy, _ in
            policy = VerificationPolicy()
            policy.keys.cardVerification = .known("cvk")
            policy.rules = row.rules
        }
        #expect(world.decision(on: .authorize(request)).declineReason == row.reason)
        guard row.reason != nil else { return }
        request.verification?.pin = .notVerified(.notSet)
        #expect(world.decision(on: .authorize(request)).declineReason != nil)
    }
}

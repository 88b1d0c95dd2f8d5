import AuthorizationCore
import Testing

/// What must not pass for a proof.
@Suite struct `Payments that say more than they prove` {
    private static func merchants(_ mode: EntryMode, key: RequestKey = "test:0100:2") -> AuthorizationRequest {
        var request = AuthorizationRequest.of(100, key: key)
        request.network = "test"
        request.initiator = .merchant
        request.entryMode = mode
        request.references.transactionID = "NTI-1"
        return request
    }

    @Test(
        arguments: [
            (EntryMode.credentialOnFile, false, DeclineReason.linkMissing), (.magneticStripe, false, .cardValueMissing),
            (.contactChip, false, .cryptogramMissing), (.credentialOnFile, true, .pinMissing),
            (.contactChip, true, .pinMissing),
        ] as [(EntryMode, Bool, DeclineReason)]
    )
    func `a merchant's word takes no proof away`(_ row: (mode: EntryMode, isCash: Bool, reason: DeclineReason)) {
        var world = World()
        var request = Self.merchants(row.mode)
        if row.isCash { request.kind = .atmWithdrawal }
        world.verify(&request)
        #expect(world.decision(on: .authorize(request)).declineReason == row.reason)
    }

    /// What the link leads to, and whether a merchant's payment follows from it.
    static let originals: [(name: String, arrange: @Sendable (inout World) -> Void, isLinked: Bool)] = [
        ("nothing", { _ in }, false),
        ("a payment that was approved", { $0.perform(.authorize(first(100))) }, true),
        ("one that was declined", { $0.perform(.authorize(first(1_000_000))) }, false),
        ("one that was declined, and reversed", { reverse(first(1_000_000), in: &$0) }, false),
        ("one that was approved, and reversed", { reverse(first(100), in: &$0) }, true),
        ("a refund", { $0.perform(.authorize(first(100, .refund))) }, false),
        ("an account verification", { $0.perform(.authorize(first(0, .accountVerification))) }, true),
        ("a payment of another network", { $0.perform(.authorize(first(100, network: "other"))) }, false),
    ]

    private static func reverse(_ first: AuthorizationRequest, in world: inout World) {
        world.perform(.authorize(first))
        let message = MessageIdentity(key: "test:0400:1", fingerprint: [2])
        world.perform(.reverse(Reversal(target: .message("test:0100:1"), message: message)))
    }

    private static func first(
        _ amount: Int64,
        _ kind: TransactionKind = .purchase,
        network: String = "test"
    ) -> AuthorizationRequest {
        var first = AuthorizationRequest.of(amount, .euro, kind, key: "test:0100:1")
        first.network = network
        first.references.transactionID = "NTI-1"
        return first
    }

    /// Where nobody reads a card, and where nobody knows whether somebody does.
    @Test(arguments: [EntryMode.manual, .ecommerce, .credentialOnFile, .unknown], originals.indices)
    func `a merchant's payment needs its link, and no CVV2`(_ mode: EntryMode, _ index: Int) {
        let original = Self.originals[index]
        for (initiator, purpose) in [(.merchant, .final), (.cardholder, .resubmission), (.cardholder, .noShow)]
            as [(Initiator, Purpose)]
        {
            for hasToken in [false, true] {
                var world = World()
                original.arrange(&world)
                var request = Self.merchants(mode)
                request.initiator = initiator
                request.purpose = purpose
                if hasToken { request.use(token: 1) }
                world.verify(&request) { policy, _ in policy.rules = ProofRule.ofUnknownEntry }
                let reason = world.decision(on: .authorize(request)).declineReason
                #expect(reason == (original.isLinked ? nil : .linkMissing), "\(original.name) \(initiator) \(purpose)")
            }
        }
    }

    @Test(arguments: [(100, nil), (1_000_000, DeclineReason.linkMissing)] as [(Int64, DeclineReason?)])
    func `a merchant's payment follows from one that was approved`(_ row: (first: Int64, reason: DeclineReason?)) {
        var world = World()
        var first = AuthorizationRequest.of(row.first, key: "test:0100:1")
        first.network = "test"
        first.references.transactionID = "NTI-1"
        world.perform(.authorize(first))
        var request = Self.merchants(.credentialOnFile)
        world.verify(&request)
        #expect(world.decision(on: .authorize(request)).declineReason == row.reason)
        request.references.transactionID = "NTI-2"
        #expect(world.decision(on: .authorize(request)).declineReason == .linkMissing)
    }

    @Test(
        arguments: [
            (true, ProofVerification.Result.notVerified, DeclineReason.notVerifiable), (true, nil, .cardValueMissing),
            (false, nil, nil),
        ] as [(Bool, ProofVerification.Result?, DeclineReason?)]
    )
    func `a program that verifies stripes takes none without contact that nobody can verify`(
        _ row: (hasKey: Bool, result: ProofVerification.Result?, reason: DeclineReason?)
    ) {
        var world = World()
        var request = AuthorizationRequest.of(100)
        request.entryMode = .contactlessMagneticStripe
        world.verify(&request) { policy, facts in
            policy = VerificationPolicy()
            policy.keys.pin = PINVerification(.ibm3624, key: .known("pvk"))
            if row.hasKey { policy.keys.cardVerification = .known("cvk") }
            facts.cardValue = row.result.map { CardValueFacts(.dynamic, $0) }
        }
        #expect(world.decision(on: .authorize(request)).declineReason == row.reason)
    }

    /// A chip's right cryptogram alone will do, but on a network that always tells track 2 a program may want the iCVV.
    @Test(
        arguments: [
            (nil, nil, nil), ("test", nil, .cardValueMissing), ("other", nil, nil),
            ("test", CardValueFacts(.chip, .match), nil),
            ("test", CardValueFacts(.chip, .noMatch), .cardValueIncorrect),
            ("test", CardValueFacts(.chip, .notVerified), .notVerifiable),
        ] as [(String?, CardValueFacts?, DeclineReason?)]
    )
    func `a chip's payment without track 2 is the program's to take`(
        _ row: (network: String?, value: CardValueFacts?, reason: DeclineReason?)
    ) {
        var world = World()
        var request = AuthorizationRequest.of(100)
        request.entryMode = .contactChip
        world.verify(&request) { policy, facts in
            if let network = row.network {
                var rule = ProofRule(.chipValue, .required)
                (rule.network, rule.entryMode) = (network, .contactChip)
                policy.rules.append(rule)
            }
            facts.chip = .proven(nil, counter: 1)
            facts.cardValue = row.value
        }
        #expect(world.decision(on: .authorize(request)).declineReason == row.reason)
    }

    @Test(
        arguments: [
            (nil, nil), (.match, nil), (.notVerified, nil), (.noMatch, .cryptogramIncorrect),
        ] as [(ProofVerification.Result?, DeclineReason?)]
    )
    func `of a token's cryptogram the network's word counts`(
        _ row: (result: ProofVerification.Result?, reason: DeclineReason?)
    ) {
        var world = World()
        for policy in [VerificationPolicy(), .withAllKeys] {
            var request = AuthorizationRequest.of(100)
            request.entryMode = .contactlessChip
            var token = TokenFacts()
            token.cryptogram = row.result
            token.reference = "T"
            request.credential = CredentialFacts()
            request.credential?.token = token
            world.verify(&request) {
                $0 = policy; $1.chip = CryptogramFacts(.notVerified)
            }
            #expect(world.decision(on: .authorize(request)).declineReason == row.reason)
        }
    }

    /// Whoever has copied the stripe may have watched the PIN, too.
    @Test(arguments: [EntryMode.fallback, .magneticStripe], [5_000, 5_001])
    func `a right PIN lifts no limit of a chip card's stripe`(_ mode: EntryMode, _ amount: Int64) {
        var world = World()
        world.state.pins[World.card] = PINState(reference: 1)
        world.state.cards[World.card]?.instances[0].serviceCode = 201
        var request = AuthorizationRequest.of(amount)
        request.entryMode = mode
        world.verify(&request) { policy, facts in
            policy.rules = [ProofRule(.pin, .required)]
            policy.limits = [UnprovedLimit(currency: .euro, fallback: 5_000)]
            facts.cardValue = CardValueFacts(.stripe, .match)
            facts.pin = .match(reference: 1)
        }
        let reason = world.decision(on: .authorize(request)).declineReason
        #expect(reason == (amount > 5_000 ? .fallbackLimitExceeded : nil))
    }

    @Test(arguments: [PINFacts.match(reference: 1), .noMatch(reference: 1), .notVerified(.unavailable)])
    func `a PIN that may not be there declines, right or wrong, and counts no try`(_ facts: PINFacts) {
        var world = World()
        world.state.pins[World.card] = PINState(reference: 1)
        var request = AuthorizationRequest.of(100)
        world.verify(&request) { policy, found in
            policy.rules = [ProofRule(.pin, .forbidden)]
            found.pin = facts
        }
        #expect(world.perform(.authorize(request)).declineReason == .proofNotAllowed)
        #expect(world.state.pins[World.card]?.tries == 0)
    }
}

import AuthorizationCore
import CardCryptography
import Synchronization
import Testing

@testable import AuthorizationEngine

@Suite struct `Verification of cards` {
    @Test func `a value on the stripe is the stripe's, one in the chip the chip's, and none stands for another`()
        async throws
    {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        #expect(try world.value("111") == "856")
        for (mode, right, wrong) in [(EntryMode.magneticStripe, "111", "999"), (.contactChip, "999", "111")] {
            world.request.entryMode = mode
            let kind: CardValueFacts.Kind = mode == .contactChip ? .chip : .stripe
            let good = try await world.facts(try world.proofs(track: try world.track(try world.value(right))))
            #expect(good.cardValue == CardValueFacts(kind, .match) && good.profileVersion == 7)
            let bad = try await world.facts(try world.proofs(track: try world.track(try world.value(wrong))))
            #expect(bad.cardValue == CardValueFacts(kind, .noMatch))
        }
    }

    /// Without a key for values that are made anew, and with one for values that the track is too short for.
    @Test(
        arguments: [
            (nil, CardValueFacts(.dynamic, .notVerified)), (.dcvv(value: 5, counter: 8), nil),
        ] as [(DynamicValueVerification.Layout?, CardValueFacts?)]
    )
    func `a stripe that is said to be read without contact tells nothing of its value`(
        _ row: (layout: DynamicValueVerification.Layout?, found: CardValueFacts?)
    ) async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.request.entryMode = .contactlessMagneticStripe
        let key = try #require(StoredKeyName("dn"))
        world.policy.keys.dynamicValue = row.layout.flatMap { DynamicValueVerification($0, key: key) }
        for serviceCode in ["111", "000"] {
            let track = try world.track(try world.value(serviceCode))
            #expect(try await world.facts(try world.proofs(track: track)).cardValue == row.found)
        }
        world.policy.rules = [ProofRule(.dynamicValue, .checked)]
        let copied = try await world.facts(try world.proofs(track: try world.track(try world.value("111"))))
        #expect(copied.cardValue == CardValueFacts(.stripe, .match))
    }

    @Test(arguments: ["999", "000", "221"])
    func `a stripe whose service code is not the card's is wrong, whatever its value`(_ code: String) async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.request.entryMode = .magneticStripe
        let track = try world.track(try world.value(code), serviceCode: code)
        #expect(try await world.facts(try world.proofs(track: track)).cardValue?.result == .noMatch)
    }

    /// The card's instances, which have the track's expiry 8701 or another, and whether its right value proves anything.
    static let instances: [(name: String, [(month: Int, serviceCode: UInt16, active: Bool)], isRight: Bool)] = [
        ("the only one", [(1, 111, true)], true), ("one that has ended", [(1, 111, false)], false),
        ("one that has ended, after another", [(1, 111, false), (2, 111, true)], false),
        ("one that a renewal stands beside", [(1, 111, true), (2, 111, true)], true),
        ("a renewal, beside the one before", [(2, 111, true), (1, 111, true)], true),
        ("one beside another that is not yet activated", [(1, 111, true), (2, 111, false)], true),
        ("one that has ended, of which another has the expiry", [(1, 111, false), (1, 111, true)], true),
        ("none", [(2, 111, true)], false),
    ]

    @Test(arguments: instances.indices, [EntryMode.magneticStripe, .contactChip])
    func `a right value is of an instance that has not ended, or wrong`(_ index: Int, _ mode: EntryMode) async throws {
        let row = Self.instances[index]
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.request.entryMode = mode
        var profile = try world.profile()
        profile.instances = try row.1.enumerated().map { number, told in
            var instance = Bench.instance
            instance.sequenceNumber = UInt8(number)
            instance.expiry = try #require(ExpiryMonth(year: 2087, month: told.month))
            (instance.serviceCode, instance.active) = (told.serviceCode, told.active)
            return instance
        }
        // The message names another one than the track does.
        world.request.expiry = profile.instances.last { $0.active }?.expiry
        let track = try world.track(try world.value(mode == .contactChip ? "999" : "111"))
        let facts = try #require(await world.verify(try world.proofs(track: track), .success(profile)).facts)
        let kind: CardValueFacts.Kind = mode == .contactChip ? .chip : .stripe
        #expect(facts.cardValue == CardValueFacts(kind, row.isRight ? .match : .noMatch), "\(row.name)")
    }

    @Test func `a stripe has the service code of the instance that it is of`() async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.request.entryMode = .magneticStripe
        var profile = try world.profile(serviceCode: 201)
        var other = profile.instances[0]
        (other.sequenceNumber, other.serviceCode) = (1, 111)
        other.expiry = try #require(ExpiryMonth(year: 2087, month: 2))
        profile.instances.append(other)
        let proofs = try world.proofs(track: try world.track(try world.value("111")))
        #expect(await world.verify(proofs, .success(profile)).facts?.cardValue?.result == .noMatch)
    }

    @Test func `a value that may not be there is found out, of a card that has ended too`() async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.request.entryMode = .contactChip
        world.policy.rules = [ProofRule(.chipValue, .ignored)]
        var profile = try world.profile()
        profile.instances[0].active = false
        let proofs = try world.proofs(track: try world.track(try world.value("111")))
        let facts = await world.verify(proofs, .success(profile)).facts
        #expect(facts?.cardValue == CardValueFacts(.stripe, .match))
        #expect(facts?.keys.cardValue == StoredKeyVersion("cvk.1"))
    }

    @Test func `a track without a value presents none`() async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.request.entryMode = .magneticStripe
        for value in ["", "85", "8A6"] {
            let proofs = try world.proofs(track: try world.track(value), cardCode: "123")
            #expect(try await world.facts(proofs).cardValue == nil)
        }
    }

    @Test(arguments: [
        (VerificationPolicy.ExpiryOrder.yearFirst, "8701", true), (.yearFirst, "0187", false),
        (.monthFirst, "0187", true), (.monthFirst, "8701", false),
    ])
    func `the printed code has its own service code, and the expiry in the program's order`(
        _ order: VerificationPolicy.ExpiryOrder,
        _ expiry: String,
        _ matches: Bool
    ) async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.policy.expiryOrder = order
        world.request.entryMode = .ecommerce
        let proofs = try world.proofs(cardCode: try world.value("000", expiry: expiry))
        #expect(try await world.facts(proofs).cardCode == (matches ? .match : .noMatch))
        world.request.expiry = nil
        #expect(try await world.facts(proofs).cardCode == (matches ? .match : .noMatch))
        for wrong in ["12", "1234", "ABC", ""] {
            #expect(try await world.facts(try world.proofs(cardCode: wrong)).cardCode == .noMatch)
        }
    }

    @Test func `a code that is demanded nowhere is not looked at`() async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.policy.rules = [ProofRule(.cardCode, .ignored)]
        #expect(try await world.facts(try world.proofs(cardCode: "123")).cardCode == nil)
    }

    @Test(arguments: [TransactionKind.refund, .originalCredit])
    func `of money that comes in, no code, CAVV or PIN is looked at`(_ kind: TransactionKind) async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.policy.keys.authentication = StoredKeyName("cvk")
        world.policy.keys.pin = StoredKeyName("pvk").map { PINVerification(.ibm3624, key: $0) }
        world.policy.rules = [Proof.cardCode, .authentication, .pin].map { ProofRule($0, .required) }
        world.request.kind = kind
        let facts = try await world.facts(try world.proofs(cardCode: "123", authentication: "0", pin: [1]))
        #expect(facts == VerificationFacts(profileVersion: 7))
    }

    /// The value is a CVV for tracking number 8701 and code 111, which published vectors have.
    static let authentications:
        [(mode: EntryMode, demand: ProofDemand?, data: String, result: ProofVerification.Result?)] =
            [
                (.ecommerce, nil, "01110108568701\(zeros)0", .match),
                (.ecommerce, nil, "01110108578701\(zeros)0", .noMatch),
                (.ecommerce, nil, "0111010856", .noMatch), (.ecommerce, nil, "01110108568701\(zeros)7", .notVerified),
                (.credentialOnFile, nil, "01110108568701\(zeros)1", .match), (.manual, nil, "0", nil),
                (.manual, .required, "01110108568701\(zeros)0", .match), (.manual, .forbidden, "0", .noMatch),
                (.ecommerce, .ignored, "0", nil), (.ecommerce, .byNetwork, "0", nil),
                (.ecommerce, nil, "0A0F0102B411C8\(zeros.dropLast(4))11080", .noMatch),
                (.ecommerce, nil, "0A0F0102B411C8\(zeros.dropLast(4))11087", .notVerified),
            ]
    private static let zeros = String(repeating: "0", count: 16)

    @Test(arguments: authentications)
    func `a value of 3-D Secure is looked at where it matters`(
        _ row: (mode: EntryMode, demand: ProofDemand?, data: String, result: ProofVerification.Result?)
    ) async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.policy.keys.authentication = StoredKeyName("cvk")
        world.policy.rules = row.demand.map { [ProofRule(.authentication, $0)] } ?? []
        world.request.entryMode = row.mode
        let data = row.data.count > 20 ? row.data + "100000000" : row.data
        let proofs = try world.proofs(authentication: data)
        let isVerified = row.result == .match || row.data.contains("857")
        let facts = try await world.facts(proofs)
        #expect(facts.authentication == row.result)
        #expect(facts.keys.authentication == (isVerified ? StoredKeyVersion("cvk.1") : nil))
        try world.stored((2, .active))
        let without = try await world.facts(proofs)
        #expect(without.authentication == (isVerified ? .notVerified : row.result))
        #expect(without.keys.isEmpty)
    }

    @Test func `cards of versions before are taken until these are retired, and no other program's key`() async throws {
        var world = try VerifierWorld()
        world.request.entryMode = .ecommerce
        let proofs = try world.proofs(cardCode: try world.value("000"))
        try world.hold("0123456789ABCDEF1032547698BADCFE", version: 2)
        try world.stored((1, .previous), (2, .active))
        #expect(try await world.facts(proofs).cardCode == .match)
        try world.stored((2, .active))
        #expect(try await world.facts(proofs).cardCode == .noMatch)
        // One of which nobody knows what it says of the code.
        try world.stored((2, .active), (3, .previous))
        #expect(try await world.facts(proofs).cardCode == .notVerified)
        // Else nobody would count the guesses before the right one.
        try world.stored((1, .active), (3, .previous))
        #expect(try await world.facts(proofs).cardCode == .notVerified)
        try world.stored((1, .active), owner: .installation)
        #expect(try await world.facts(proofs).cardCode == .notVerified)
        try world.stored((3, .active))
        #expect(try await world.facts(proofs).cardCode == .notVerified)
    }

    @Test func `without a policy there are no facts, and without a profile nothing is verified`() async throws {
        let world = try VerifierWorld()
        let proofs = try world.proofs(track: try world.track("856"), cardCode: "123")
        var profile = try world.profile()
        profile.policy = nil
        let without = await world.verify(proofs, .success(profile))
        #expect(without.facts == nil && without.profile == ProfileVersion(card: 7, status: .active, program: 4))
        let unknown = await world.verify(proofs, .success(nil))
        #expect(unknown.facts == nil && unknown.profile == nil)
        let failed = await world.verify(proofs, .failure(FixedProfiles.Failure()))
        #expect(failed.facts?.cardCode == .notVerified && failed.facts?.cardValue?.result == .notVerified)
        #expect(failed.profile == nil && failed.facts?.keys.isEmpty == true)
    }

    @Test(
        arguments: [(EntryMode.ecommerce, ProofVerification.Result.match), (.contactlessChip, nil)]
            as [(EntryMode, ProofVerification.Result?)]
    )
    func `with keys in memory it is over when the call returns, and so it is when nothing is wanted`(
        _ row: (mode: EntryMode, result: ProofVerification.Result?)
    ) throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.request.entryMode = row.mode
        let verifier = world.verifier(.success(try world.profile()))
        let proofs = try world.proofs(cardCode: try world.value("000"))
        let found = Mutex<VerifiedProofs?>(nil)
        verifier.verify(proofs, of: world.request, card: Bench.card(0), fresh: false, deadline: .now + .seconds(20)) {
            verified in
            found.withLock { $0 = verified }
        }
        let verified = try #require(found.withLock { $0 })
        #expect(verified.facts?.profileVersion == 7 && verified.facts?.cardCode == row.result)
    }

    @Test func `a module that hangs holds nobody up`() async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.request.entryMode = .ecommerce
        let module = HangingHSM(of: world.module)
        let proofs = try world.proofs(cardCode: "123")
        let verified = await world.verify(
            proofs,
            .success(try world.profile()),
            modules: module.modules,
            within: .milliseconds(400)
        )
        #expect(verified.facts?.cardCode == .notVerified && verified.profile != nil)
        #expect(module.isHanging)
        module.letGo()
    }
}

import AuthorizationCore
import CardCryptography
import Synchronization
import Testing

@testable import AuthorizationEngine

/// Profiles as a test says.
private struct FixedProfiles: CardProfiles {
    struct Failure: Error {}

    var result: Result<CardProfile?, any Error>

    func profile(
        of card: CardID,
        fresh: Bool,
        completion: @escaping @Sendable (Result<CardProfile?, any Error>) -> Void
    ) { completion(result) }
}

/// A program with a CVK that is known from published vectors, and a card of it.
private struct VerifierWorld {
    static let pan = "4123456789012345"
    let module = SoftwareHSM([:], quality: .test)
    let held = HeldKeys()
    let vault: PANVault
    var policy = VerificationPolicy()
    var request: AuthorizationRequest

    init() throws {
        let key = try #require(SecretKey(hexadecimal: Array(String(repeating: "1", count: 64).utf8)))
        vault = PANVault(encryptionKey: key, indexKey: key)
        policy.keys.cardVerification = StoredKeyName("cvk")
        guard case .authorize(var request) = Command.purchase(1) else { throw FixedProfiles.Failure() }
        request.network = "test"
        request.expiry = ExpiryMonth(year: 2087, month: 1)
        self.request = request
        try hold("0123456789ABCDEFFEDCBA9876543210", version: 1)
    }

    func hold(_ digits: String, version: Int32) throws {
        let bytes = try #require(SecretBytes(hexadecimal: Array(digits.utf8)))
        let key = try Key(bytes, .tripleDES, usage: .cardVerification, quality: .test)
        let name = try #require(KeyName("cvk"))
        let block = KeyBlock(key, .aes, mode: .computeAndVerify, exportability: .nonExportable)
        try module.hold(block, as: name.ofVersion(version))
    }

    func stored(_ versions: (Int32, KeyState)..., owner: KeyOwner = .program(Bench.program.id)) throws {
        let name = try #require(KeyName("cvk"))
        held.replace(
            by: versions.map { version, state in
                StoredKey(
                    name: name,
                    version: version,
                    terms: KeyTerms(usage: .cardVerification, direction: .both, owner: owner),
                    state: state,
                    algorithm: .tripleDES,
                    checkValue: [],
                    sealed: nil
                )
            }
        )
    }

    func profile(serviceCode: UInt16 = 111) throws -> CardProfile {
        var instance = Bench.instance
        instance.expiry = try #require(ExpiryMonth(year: 2087, month: 1))
        instance.serviceCode = serviceCode
        return CardProfile(
            card: Bench.card(0),
            instances: [instance],
            program: Bench.program.id,
            policy: policy,
            version: ProfileVersion(card: 7, status: .active, program: 4)
        )
    }

    /// The value as the vectors' algorithm has it.
    func value(_ serviceCode: String, expiry: String = "8701", key name: KeyName? = nil) throws -> String {
        let face = CardFace(
            pan: try #require(PAN(ascii: Array(Self.pan.utf8))),
            expiry: try #require(DecimalDigits(ascii: Array(expiry.utf8), count: 4)),
            serviceCode: try #require(DecimalDigits(ascii: Array(serviceCode.utf8), count: 3))
        )
        let name = try name ?? #require(KeyName("cvk")).ofVersion(1)
        let value = try module.cardVerificationValue(of: face, key: name)
        return value.withExposedDigits { String(decoding: $0, as: UTF8.self) }
    }

    func track(_ value: String, serviceCode: String = "111") throws -> TrackProof {
        TrackProof(
            expiry: try #require(DecimalDigits(ascii: Array("8701".utf8), count: 4)),
            serviceCode: try #require(DecimalDigits(ascii: Array(serviceCode.utf8), count: 3)),
            serviceCodeNumber: try #require(UInt16(serviceCode)),
            discretionary: SecretBytes(Array(("12345" + value).utf8))
        )
    }

    func proofs(track: TrackProof? = nil, cardCode: String? = nil) throws -> PresentedProofs {
        let pan = try #require(PAN(ascii: Array(Self.pan.utf8)))
        return try #require(
            PresentedProofs(of: pan, track: track, cardCode: cardCode.map { SecretBytes(Array($0.utf8)) })
        )
    }

    func verify(
        _ proofs: PresentedProofs,
        _ profile: Result<CardProfile?, any Error>,
        module other: (any PaymentHSM)? = nil,
        within limit: Duration = .seconds(20)
    ) async -> VerifiedProofs {
        let profiles = FixedProfiles(result: profile)
        let verifier = CardVerifier(module: other ?? module, keys: held, profiles: profiles, vault: vault)
        return await withCheckedContinuation { continuation in
            verifier.verify(proofs, of: request, card: Bench.card(0), fresh: false, deadline: .now + limit) {
                continuation.resume(returning: $0)
            }
        }
    }

    func facts(_ proofs: PresentedProofs, serviceCode: UInt16 = 111) async throws -> VerificationFacts {
        try #require(await verify(proofs, .success(try profile(serviceCode: serviceCode))).facts)
    }
}

@Suite struct `Codes of cards that are shown` {
    private static func code(
        _ world: VerifierWorld,
        _ profile: CardProfile?,
        module: (any PaymentHSM)? = nil
    ) async throws -> String? {
        let profiles = FixedProfiles(result: .success(profile))
        let codes = CardCodes(module: module ?? world.module, keys: world.held, profiles: profiles)
        let pan = try #require(PAN(ascii: Array(VerifierWorld.pan.utf8)))
        let expiry = try #require(ExpiryMonth(year: 2087, month: 1))
        let code = try await codes.code(of: Bench.card(0), pan, expiry: expiry, within: .milliseconds(200))
        return code.map { $0.withExposedDigits { String(decoding: $0, as: UTF8.self) } }
    }

    @Test(arguments: [(VerificationPolicy.ExpiryOrder.yearFirst, "8701"), (.monthFirst, "0187")])
    func `are made with the active key and the expiry in the program's order`(
        _ order: VerificationPolicy.ExpiryOrder,
        _ expiry: String
    ) async throws {
        var world = try VerifierWorld()
        try world.hold("0123456789ABCDEF1032547698BADCFE", version: 2)
        try world.stored((1, .previous), (2, .active))
        world.policy.expiryOrder = order
        let key = try #require(KeyName("cvk")).ofVersion(2)
        let expected = try world.value("000", expiry: expiry, key: key)
        #expect(try await Self.code(world, try world.profile()) == expected)
    }

    @Test func `are none without a key, and unknown without an answer of the module`() async throws {
        var world = try VerifierWorld()
        let profile = try world.profile()
        await #expect(throws: PaymentCryptographyError.unknownKey) { try await Self.code(world, profile) }
        try world.stored((1, .active))
        let module = HangingHSM(of: world.module)
        await #expect(throws: PaymentCryptographyError.unavailable) {
            try await Self.code(world, profile, module: module)
        }
        module.letGo()
        world.policy.keys.cardVerification = nil
        #expect(try await Self.code(world, try world.profile()) == nil)
        #expect(try await Self.code(world, nil) == nil)
    }
}

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

    @Test func `a stripe that is said to be read without contact is found out`() async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.request.entryMode = .contactlessMagneticStripe
        let copied = try await world.facts(try world.proofs(track: try world.track(try world.value("111"))))
        #expect(copied.cardValue == CardValueFacts(.stripe, .match))
        let dynamic = try await world.facts(try world.proofs(track: try world.track(try world.value("000"))))
        #expect(dynamic.cardValue == CardValueFacts(.dynamic, .notVerified))
    }

    @Test(arguments: ["999", "000", "221"])
    func `a stripe whose service code is not the card's is wrong, whatever its value`(_ code: String) async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.request.entryMode = .magneticStripe
        let track = try world.track(try world.value(code), serviceCode: code)
        #expect(try await world.facts(try world.proofs(track: track)).cardValue?.result == .noMatch)
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

    @Test func `cards of the version before are taken within its grace, and no other program's key`() async throws {
        var world = try VerifierWorld()
        world.request.entryMode = .ecommerce
        let proofs = try world.proofs(cardCode: try world.value("000"))
        try world.hold("0123456789ABCDEF1032547698BADCFE", version: 2)
        try world.stored((1, .previous), (2, .active))
        #expect(try await world.facts(proofs).cardCode == .match)
        try world.stored((2, .active))
        #expect(try await world.facts(proofs).cardCode == .noMatch)
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
        #expect(failed.profile == nil)
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
            module: module,
            within: .milliseconds(400)
        )
        #expect(verified.facts?.cardCode == .notVerified && verified.profile != nil)
        #expect(module.isHanging)
        module.letGo()
    }
}

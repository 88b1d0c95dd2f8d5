import AuthorizationCore
import CardCryptography
import Synchronization
import Testing

@testable import AuthorizationEngine

/// Profiles as a test says.
struct FixedProfiles: CardProfiles {
    struct Failure: Error {}

    var result: Result<CardProfile?, any Error>

    func profile(
        of card: CardID,
        fresh: Bool,
        completion: @escaping @Sendable (Result<CardProfile?, any Error>) -> Void
    ) { completion(result) }
}

/// Counts the readings of keys, and does in each what a test says.
final class PlayedKeys: KeySource {
    private let count = Atomic<Int>(0)
    private let isRead: Bool
    private let read: (@Sendable () -> Void)?

    /// - Parameters:
    ///   - isRead: whether what is stored could be read.
    ///   - read: nil where a reading does not end.
    init(isRead: Bool = true, read: (@Sendable () -> Void)? = {}) {
        self.isRead = isRead
        self.read = read
    }

    var readings: Int { count.load(ordering: .relaxed) }

    func readAgain(completion: @escaping @Sendable (KeyRefresh) -> Void) {
        count.add(1, ordering: .relaxed)
        guard let read else { return }
        read()
        completion(KeyRefresh(began: .now, isRead: isRead))
    }
}

/// A program with a CVK that is known from published vectors, and a card of it.
struct VerifierWorld {
    static let pan = "4123456789012345"
    let module = SoftwareHSM([:], quality: .test)
    let held = HeldKeys()
    var source = PlayedKeys()
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
        try stored(versions, owner: owner)
    }

    /// - Parameter missing: versions that the module could not be given.
    func stored(
        _ versions: [(Int32, KeyState)],
        owner: KeyOwner = .program(Bench.program.id),
        missing: [Int32] = []
    ) throws {
        let name = try #require(KeyName("cvk"))
        held.replace(
            by: versions.map { version, state in
                StoredKey(name, .cardVerification, of: owner, version: version, state)
            },
            missing: Set(missing.map(name.ofVersion))
        )
    }

    /// A master key of dynamic values, in the place of other keys.
    func holdDynamic(_ digits: String, version: Int32 = 1) throws {
        let bytes = try #require(SecretBytes(hexadecimal: Array(digits.utf8)))
        let name = try #require(KeyName("dn"))
        let key = try Key(bytes, .tripleDES, usage: .dynamicNumbers, quality: .test)
        let block = KeyBlock(key, .aes, mode: .derive, exportability: .nonExportable)
        try module.hold(block, as: name.ofVersion(version))
        held.replace(by: [StoredKey(name, .dynamicNumbers, of: .program(Bench.program.id), version: version)])
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

    func proofs(
        track: TrackProof? = nil,
        cardCode: String? = nil,
        authentication: String? = nil,
        pin: [UInt8]? = nil,
        chip: ChipProof? = nil
    ) throws -> PresentedProofs {
        let pan = try #require(PAN(ascii: Array(Self.pan.utf8)))
        return try #require(
            PresentedProofs(
                of: pan,
                track: track,
                cardCode: cardCode.map { SecretBytes(Array($0.utf8)) },
                authentication: authentication.map { SecretBytes(Array($0.utf8)) },
                pin: pin.map { PresentedPIN(block: SecretBytes($0), format: .format0, key: KeyName("zpk")) },
                chip: chip
            )
        )
    }

    func verify(
        _ proofs: PresentedProofs,
        _ profile: Result<CardProfile?, any Error>,
        modules: SecurityModules? = nil,
        within limit: Duration = .seconds(20)
    ) async -> VerifiedProofs {
        await verify(proofs, by: verifier(profile, modules: modules), within: limit)
    }

    func verifier(_ profile: Result<CardProfile?, any Error>, modules: SecurityModules? = nil) -> CardVerifier {
        let modules = modules ?? SecurityModules(module)
        let profiles = FixedProfiles(result: profile)
        return CardVerifier(modules: modules, keys: held, source: source, profiles: profiles, vault: vault)
    }

    func verify(
        _ proofs: PresentedProofs,
        by verifier: CardVerifier,
        within limit: Duration = .seconds(20)
    ) async -> VerifiedProofs {
        await withCheckedContinuation { continuation in
            verifier.verify(proofs, of: request, card: Bench.card(0), fresh: false, deadline: .now + limit) {
                continuation.resume(returning: $0)
            }
        }
    }

    func facts(_ proofs: PresentedProofs, serviceCode: UInt16 = 111) async throws -> VerificationFacts {
        try #require(await verify(proofs, .success(try profile(serviceCode: serviceCode))).facts)
    }
}

import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import TestSupport

/// What a program has of a key for its cards' codes.
enum KeptKey: Sendable {
    case held
    /// Its policy names one that the module does not have.
    case missing
    /// The card is made with a version that is not in use any more.
    case retired
    case none

    func codes(of card: CardID, program: ProgramID) throws -> CardCodes {
        let name = try TestPINs.some(KeyName("cvk"))
        let bytes = try TestPINs.some(SecretBytes(hexadecimal: "0123456789ABCDEFFEDCBA9876543210".utf8))
        let key = try Key(bytes, .tripleDES, usage: .cardVerification)
        let keys = HeldKeys()
        if case .held = self {
            let stored = StoredKey(
                name: name,
                version: 1,
                terms: KeyTerms(usage: .cardVerification, direction: .both, owner: .program(program)),
                state: .active,
                algorithm: .tripleDES,
                checkValue: [],
                sealed: nil
            )
            keys.replace(by: [stored])
        }
        var policy = VerificationPolicy()
        if case .none = self {} else { policy.keys.cardVerification = StoredKeyName("cvk") }
        var instances: [CardInstance] = []
        if case .retired = self {
            var instance = CardInstance(
                sequenceNumber: 0,
                expiry: try TestPINs.some(ExpiryMonth(year: 2029, month: 12)),
                validUntil: .distantFuture,
                serviceCode: 201,
                active: true
            )
            instance.keyVersions = [StoredKeyVersion(try TestPINs.some(StoredKeyName("cvk")), 1)]
            instances = [instance]
        }
        let profile = CardProfile(
            card: card,
            instances: instances,
            program: program,
            policy: policy,
            version: ProfileVersion(card: 0, status: .active, program: 1)
        )
        let modules = SecurityModules(SoftwareHSM([name.ofVersion(1): key]))
        return CardCodes(modules: modules, keys: keys, source: ReadKeys(), profiles: OneProfile(profile: profile))
    }
}

private struct OneProfile: CardProfiles {
    var profile: CardProfile

    func profile(
        of card: CardID,
        fresh: Bool,
        completion: @escaping @Sendable (Result<CardProfile?, any Error>) -> Void
    ) { completion(.success(card == profile.card ? profile : nil)) }
}

/// Keys that are as they are stored.
private struct ReadKeys: KeySource {
    func readAgain(completion: @escaping @Sendable (KeyRefresh) -> Void) {
        completion(KeyRefresh(began: .now, isRead: true))
    }
}

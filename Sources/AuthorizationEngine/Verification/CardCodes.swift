import AuthorizationCore
import CardCryptography
import Synchronization

/// The codes in print (CVV2, CVC 2). Each is computed when its card is shown, and none is kept.
package final class CardCodes: Sendable {
    private let modules: SecurityModules
    private let keys: HeldKeys
    private let source: any KeySource
    private let profiles: any CardProfiles
    private let inFlight = Atomic<Int>(0)

    /// - Parameter source: brings `keys`, and the modules, to what is stored.
    package init(modules: SecurityModules, keys: HeldKeys, source: any KeySource, profiles: any CardProfiles) {
        self.modules = modules
        self.keys = keys
        self.source = source
        self.profiles = profiles
    }

    /// Nil when the card's program has no key for codes.
    ///
    /// - Parameters:
    ///   - expiry: of the instance that is shown: of several with it, one in use, else the last one.
    ///   - limit: how long reading the keys and the module may take together.
    /// - Throws: `unavailable` when the module does not answer in time or has too many to compute, `unknownKey` when it
    ///   does not hold the key, ``KeyVersionGone`` when the instance's version of it is not in use any more, and what
    ///   reading the card's profile throws.
    package func code(
        of card: CardID,
        _ pan: PAN,
        expiry: ExpiryMonth,
        within limit: Duration
    ) async throws -> SecretDigits? {
        // As it is stored now: a program's new key counts from its first card on.
        guard let profile = try await profile(of: card), let policy = profile.policy,
            let key = policy.keys.cardVerification
        else { return nil }
        let instance = profile.instances.filter { $0.expiry == expiry }.max {
            ($0.active ? 1 : 0, $0.sequenceNumber) < ($1.active ? 1 : 0, $1.sequenceNumber)
        }
        let end = ContinuousClock.now + limit
        let name = try await version(of: key, profile.program, for: instance, until: end).moduleName
        guard let digits = DecimalDigits(expiry, policy.expiryOrder),
            let serviceCode = DecimalDigits(CardFace.printedServiceCode)
        else { throw PaymentCryptographyError.unknownKey }
        let face = CardFace(pan: pan, expiry: digits, serviceCode: serviceCode)
        guard inFlight.add(1, ordering: .relaxed).newValue <= Limits.verificationsInFlight else {
            inFlight.subtract(1, ordering: .relaxed)
            throw PaymentCryptographyError.unavailable
        }
        let found = await FirstOutcome.of(within: end - .now, late: .failure(.unavailable)) { [self] in
            // A module that hangs keeps its place until it answers, so that few wait for it.
            defer { inFlight.subtract(1, ordering: .relaxed) }
            return await made(face, name)
        }
        return try found.get()
    }

    private func version(
        of key: StoredKeyName,
        _ program: ProgramID,
        for instance: CardInstance?,
        until end: ContinuousClock.Instant
    ) async throws -> StoredKey {
        do {
            return try keys.version(key, .cardVerification, of: program, for: instance, areRead: false)
        } catch PaymentCryptographyError.unknownKey {
            let areRead = await FirstOutcome.of(within: end - .now, late: false) { [source] in
                await source.readAgain().isRead
            }
            return try keys.version(key, .cardVerification, of: program, for: instance, areRead: areRead)
        }
    }

    private func made(_ face: CardFace, _ key: KeyName) async -> Result<SecretDigits, PaymentCryptographyError> {
        do throws(PaymentCryptographyError) {
            return .success(try await modules.holder(of: key).cardVerificationValue(of: face, key: key))
        } catch {
            return .failure(error)
        }
    }

    private func profile(of card: CardID) async throws -> CardProfile? {
        try await withCheckedThrowingContinuation { continuation in
            profiles.profile(of: card, fresh: true) { continuation.resume(with: $0) }
        }
    }
}

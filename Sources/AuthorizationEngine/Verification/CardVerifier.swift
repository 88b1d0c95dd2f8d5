import AuthorizationCore
import CardCryptography
import Synchronization

/// What verification found, and which profile it was found with.
package struct VerifiedProofs: Sendable {
    /// Nil where the program verifies nothing.
    package var facts: VerificationFacts?
    /// What the chip may be told; nil unless its cryptogram is right.
    package var chipAnswers: ChipAnswers?
    /// What a new PIN is verified with, once the request to change it is approved.
    package var pinReference: SealedPINReference?
    /// Nil when the profile could not be read.
    package var profile: ProfileVersion?
    /// Whether a key of its sender's, as they are stored now, opens the PIN; nil where nobody knows, or there is none.
    package var isPINOpened: Bool?

    fileprivate mutating func add(_ pin: VerifiedPIN?) {
        facts?.pin = pin?.facts
        facts?.keys.pin = pin?.key
        facts?.newPIN = pin?.newFacts
        facts?.keys.newPIN = pin?.reference?.key
        pinReference = pin?.reference
        isPINOpened = pin?.isOpened
    }

    fileprivate mutating func add(_ chip: VerifiedChip?) {
        facts?.chip = chip?.facts
        facts?.keys.chip = chip?.key
        chipAnswers = chip?.answers
        // Host and chip would have different PINs.
        guard chip?.lacksNewPIN == true else { return }
        facts?.newPIN = .notMade(.keyNotUsable)
        facts?.keys.newPIN = nil
        pinReference = nil
    }
}

/// Verifies what messages present, before they go to their lanes: nothing waits for a security module while rows are
/// locked. What the module does not say in time is not verified, and the policy says what follows.
package final class CardVerifier: Sendable {
    let modules: SecurityModules
    let keys: HeldKeys
    let pins: PINModule
    package let metrics = VerificationMetrics()
    private let source: any KeySource
    private let profiles: any CardProfiles
    private let inFlight = Atomic<Int>(0)

    /// With what kept the security module from looking at any proof; nil when it was asked.
    private typealias Finding = (proofs: VerifiedProofs, obstacle: VerificationObstacle?)

    /// - Parameters:
    ///   - source: brings `keys`, and the modules, to what is stored.
    ///   - vault: opens what PINs are verified with.
    package init(
        modules: SecurityModules,
        keys: HeldKeys,
        source: any KeySource,
        profiles: any CardProfiles,
        vault: PANVault
    ) {
        self.modules = modules
        self.keys = keys
        self.source = source
        self.profiles = profiles
        pins = PINModule(module: modules.payment, keys: keys, vault: vault)
    }

    /// - Parameters:
    ///   - responseCodes: each that the answer may have in ISO 8583 element 39; empty where terminals make the response
    ///     code for the chip of something else.
    ///   - fresh: with the profile as it is stored now.
    ///   - deadline: of the request; half of the time until then is the module's.
    ///   - completion: called once, on any thread.
    package func verify(
        _ proofs: PresentedProofs,
        of request: AuthorizationRequest,
        card: CardID,
        responseCodes: [String] = [],
        fresh: Bool,
        deadline: ContinuousClock.Instant,
        completion: @escaping @Sendable (VerifiedProofs) -> Void
    ) {
        profiles.profile(of: card, fresh: fresh) { [self] found in
            switch found {
            case .success(let profile?) where profile.policy == nil:
                completion(VerifiedProofs(facts: nil, profile: profile.version))
            case .success(let profile?) where !fresh && (lacksKey(of: profile, proofs) || lacks(proofs.chip, profile)):
                // The PIN may have been set anew since the profile was read, or the card. Nobody verifies an advice again
                // once its lane sees that.
                verify(
                    proofs,
                    of: request,
                    card: card,
                    responseCodes: responseCodes,
                    fresh: true,
                    deadline: deadline,
                    completion: completion
                )
            case .success(let profile?):
                let job = VerificationJob(proofs, of: request, profile, responseCodes)
                run(job, within: (deadline - .now) / 2, completion: completion)
            // The lane finds out that the card has gone.
            case .success(nil): completion(VerifiedProofs(facts: nil, profile: nil))
            case .failure:
                metrics.record(proofs.obstacles(.noProfile))
                completion(VerifiedProofs(facts: proofs.unverified(profileVersion: 0), profile: nil))
            }
        }
    }

    private func run(
        _ job: VerificationJob,
        within limit: Duration,
        completion: @escaping @Sendable (VerifiedProofs) -> Void
    ) {
        let version = job.profile.version
        guard job.wantsAnything else {
            let facts = VerificationFacts(profileVersion: version.card)
            return completion(VerifiedProofs(facts: facts, profile: version))
        }
        let end = ContinuousClock.now + limit
        let facts = job.proofs.unverified(profileVersion: version.card)
        let unverified = VerifiedProofs(facts: facts, profile: version)
        let outcome = FirstOutcome<Finding> { [metrics, keys] in
            metrics.record(job.obstacles(to: $0.proofs.facts, keys, $0.obstacle))
            completion($0.proofs)
        }
        guard takesPlace() else { return outcome.give((unverified, .busy)) }
        let known = Mutex<Finding>((unverified, .late))
        // With keys in memory it is over when this returns: no other thread takes part, and no timer.
        let verification = Task.immediate { @Sendable [self] in
            var verified = await verified(job)
            // Few wait for a module that hangs: each keeps its place until it answers, or heeds that it came too late.
            leavePlace()
            if verified.isPINOpened == false {
                // Another process may have been sent a new key.
                verified.isPINOpened = nil
                known.withLock { [verified] in $0 = (verified, nil) }
                if await areKeysRead(until: end), takesPlace() {
                    await verifyPINAgain(of: job, into: &verified)
                    leavePlace()
                }
            }
            outcome.give((verified, nil))
        }
        guard !outcome.isGiven else { return }
        let timeout = Task {
            try await Task.sleep(until: end, clock: .continuous)
            outcome.give(known.withLock { $0 })
            verification.cancel()
        }
        Task {
            await verification.value
            timeout.cancel()
        }
    }

    private func takesPlace() -> Bool {
        let isFree = inFlight.add(1, ordering: .relaxed).newValue <= Limits.verificationsInFlight
        if !isFree { leavePlace() }
        return isFree
    }

    private func leavePlace() { inFlight.subtract(1, ordering: .relaxed) }

    /// Whether the keys are as they are stored. Nobody waits longer, and nothing of a request is kept for a reading that
    /// goes on.
    private func areKeysRead(until end: ContinuousClock.Instant) async -> Bool {
        await FirstOutcome.of(within: end - .now, late: false) { [source] in await source.readAgain().isRead }
    }

    private func verified(_ job: VerificationJob) async -> VerifiedProofs {
        var facts = VerificationFacts(profileVersion: job.profile.version.card)
        await verifyTrack(of: job, into: &facts)
        let cardCode = await cardCode(of: job)
        (facts.cardCode, facts.keys.cardCode) = (cardCode?.result, cardCode?.key)
        let authentication = await authentication(of: job)
        (facts.authentication, facts.keys.authentication) = (authentication?.result, authentication?.key)
        var verified = VerifiedProofs(facts: facts, profile: job.profile.version)
        let pin = await pin(of: job)
        verified.add(pin)
        verified.add(await chip(of: job, newPIN: pin?.new))
        return verified
    }

    private func verifyPINAgain(of job: VerificationJob, into verified: inout VerifiedProofs) async {
        let pin = await pin(of: job)
        verified.add(pin)
        // The chip is told of it.
        if let new = pin?.new { verified.add(await chip(of: job, newPIN: new)) }
    }
}

/// What is verified, and with what.
struct VerificationJob: Sendable {
    let proofs: PresentedProofs
    let request: AuthorizationRequest
    let profile: CardProfile
    let situation: PaymentSituation
    /// Each that the answer may have.
    let responseCodes: [String]

    init(
        _ proofs: PresentedProofs,
        of request: AuthorizationRequest,
        _ profile: CardProfile,
        _ responseCodes: [String]
    ) {
        self.proofs = proofs
        self.request = request
        self.profile = profile
        situation = request.situation(with: profile.instances)
        self.responseCodes = responseCodes
    }

    /// Whether anything that is presented is looked at.
    var wantsAnything: Bool {
        let values = profile.policy?.cardValues([.required, .checked, .forbidden], in: situation) ?? []
        return proofs.track != nil && !values.isEmpty || proofs.cardCode != nil && wants(.cardCode)
            || proofs.authentication != nil && wants(.authentication) || proofs.pin != nil && wants(.pin)
            || proofs.chip.map { $0.isOfToken || profile.policy?.keys.chip != nil } ?? false
    }

    /// Whether it matters what becomes of a proof, or that it is there. Of money that comes in nothing is demanded.
    func wants(_ proof: Proof) -> Bool {
        if proof == .pin, request.kind == .pinChange { return true }
        guard request.kind.flow != .credit else { return false }
        return switch profile.policy?.demand(proof, in: situation) {
        case .required?, .checked?, .forbidden?: true
        case .byNetwork?, .ignored?, nil: false
        }
    }
}

extension PresentedProofs {
    /// The facts when nobody can look at anything.
    fileprivate func unverified(profileVersion: Int64) -> VerificationFacts {
        var facts = VerificationFacts(profileVersion: profileVersion)
        facts.cardValue = track.map { _ in CardValueFacts(.stripe, .notVerified) }
        facts.cardCode = cardCode.map { _ in .notVerified }
        facts.authentication = authentication.map { _ in .notVerified }
        facts.pin = pin.map { _ in .notVerified(.unavailable) }
        facts.chip = chip.map { CryptogramFacts($0).failing($0.unreadable ?? .noAnswer) }
        return facts
    }
}

import AuthorizationCore
import CardCryptography

extension CardVerifier {
    /// Whether a PIN is presented, and the version of the key that the profile's was set under is not in use.
    func lacksKey(of profile: CardProfile, _ proofs: PresentedProofs) -> Bool {
        guard proofs.pin != nil, let reference = profile.pin?.reference else { return false }
        let (verification, version) = (reference.verification, reference.keyVersion)
        let usage = verification.method.usage
        return keys.versions(verification.key, usage, of: profile.program, only: [version]).keys.isEmpty
    }

    /// Nil when no PIN was presented, or it does not matter here whether it is right.
    func pin(of job: VerificationJob) async -> VerifiedPIN? {
        guard let presented = job.proofs.pin, job.wants(.pin) else { return nil }
        let finding = await pins.finding(of: job.arrival(of: presented), stored: job.profile.pin)
        var verified = VerifiedPIN(finding)
        guard job.request.kind == .pinChange, let new = job.proofs.newPIN, case .match(let present) = finding.facts,
            case .known(let key)? = finding.zoneKey
        else { return verified }
        let (version, overflow) = present.addingReportingOverflow(1)
        guard !overflow else {
            verified.newFacts = .notMade(.notSet)
            return verified
        }
        let (newFacts, made) = await pins.renewal(
            to: job.arrival(of: new),
            under: key,
            by: job.profile.policy?.keys.pin,
            version: version
        )
        verified.newFacts = newFacts
        verified.reference = made?.reference
        verified.new = made?.pin
        return verified
    }
}

/// What was found out about a PIN and, where it is to be changed, about the new one.
struct VerifiedPIN: Sendable {
    var facts: PINFacts
    /// As ``ProofKeys`` has it.
    var key: StoredKeyVersion?
    /// Whether a key of its sender's opens it; nil where nobody knows.
    var isOpened: Bool?
    var newFacts: NewPINFacts?
    /// What the new PIN is verified with, once it is in force.
    var reference: SealedPINReference?
    /// The new PIN, for the card's chip; nil like the reference.
    var new: EncryptedPIN?

    init(_ finding: PINFinding) {
        facts = finding.facts
        key = finding.key
        isOpened =
            switch finding.zoneKey {
            case .known: true
            case .missing: false
            case nil: nil
            }
    }
}

extension VerificationJob {
    func arrival(of pin: PresentedPIN) -> PINModule.Arrival {
        PINModule.Arrival(
            pin,
            pan: proofs.pan,
            from: .network(request.network),
            to: profile.card,
            of: profile.program
        )
    }
}

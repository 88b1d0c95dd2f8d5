import AuthorizationCore
import CardCryptography

// What a chip has signed, and what it may be answered.
extension CardVerifier {
    /// Nil when there is no chip data, or the program has no key for it. What a token's chip says is looked at without
    /// one, too: only its network has the key.
    ///
    /// - Parameter newPIN: what the chip is told, too, once the request to change its PIN is approved.
    func chip(of job: VerificationJob, newPIN: EncryptedPIN?) async -> VerifiedChip? {
        guard let proof = job.proofs.chip else { return nil }
        let policy = job.profile.policy?.keys.chip
        guard proof.isOfToken || policy != nil else { return nil }
        var facts = CryptogramFacts(proof)
        // Of two cards the older one is about to go: it is sent no script, and ends none. A token has none of ours.
        if proof.isOfToken || !job.isNewest(facts.sequenceNumber) { facts.scriptReport = nil }
        switch proof.content {
        case .unreadable(let problem): return VerifiedChip(facts.failing(problem))
        case .data(let data):
            guard !proof.isOfToken, let policy else { return VerifiedChip(facts.failing(.ofToken)) }
            guard let instance = job.profile.active(facts.sequenceNumber) else {
                return VerifiedChip(facts.failing(.unknownInstance))
            }
            guard let issuerData = try? IssuerApplicationData(data.issuerApplicationData, policy.scheme.chipScheme)
            else {
                return VerifiedChip(facts.failing(.unknownVersion))
            }
            facts.cardResults = issuerData.cardVerificationResults.rawValue
            // Tag 9F27 is not signed: a cryptogram that declines must not pass for one that asks.
            guard proof.cryptogram != .authorizationRequest || issuerData.isRequest else {
                return VerifiedChip(facts.failing(.notARequest))
            }
            let verified = await verify(data, issuerData.version, of: instance, facts, policy, job)
            return await addingScripts(to: verified, of: instance, data, issuerData.version, newPIN, policy, job)
        }
    }

    /// Whether the chip is verified, and none that the card is known to have.
    func lacks(_ chip: ChipProof?, _ profile: CardProfile) -> Bool {
        guard let chip, !chip.isOfToken, chip.unreadable == nil, profile.policy?.keys.chip != nil else { return false }
        return profile.active(chip.sequenceNumber) == nil
    }

    private func verify(
        _ data: ChipData,
        _ version: CryptogramVersion,
        of instance: CardInstance,
        _ facts: CryptogramFacts,
        _ policy: ChipVerification,
        _ job: VerificationJob
    ) async -> VerifiedChip {
        guard let card = ChipCard(job.proofs.pan, facts.sequenceNumber, policy.derivation) else {
            return VerifiedChip(facts.failing(.incomplete))
        }
        let seals = job.seals(for: version)
        let responses = seals.map { ChipResponse($0, for: version) }
        let versions = keys.versions(policy.cryptograms, .applicationCryptograms, of: job.profile.program, [instance])
        var found = facts
        if versions.lacksSome { found = facts.failing(.noAnswer) } else { found.result = .noMatch }
        var compared: StoredKeyVersion?
        for held in versions.keys {
            do throws(PaymentCryptographyError) {
                let sealed = try await modules.holder(of: held.name).verify(
                    data,
                    policy.scheme.chipScheme,
                    of: card,
                    key: held.name,
                    responses: responses
                )
                compared = StoredKeyVersion(policy.cryptograms, held.version)
                guard let sealed, sealed.count == responses.count else { continue }
                var right = facts
                right.result = .match
                let answers = ChipAnswers(Dictionary(zip(seals, sealed)) { $1 })
                return VerifiedChip(right, by: compared, answers, of: card, under: held.name)
            } catch {
                // The version that says nothing may be the card's; what is wrong with a message is wrong by all.
                guard found.problem != .unknownVersion else { continue }
                found = facts.failing(error == .issuerApplicationData ? .unknownVersion : .noAnswer)
            }
        }
        return VerifiedChip(found, by: compared)
    }
}

/// What was found out about a chip.
struct VerifiedChip: Sendable {
    var facts: CryptogramFacts
    /// As ``ProofKeys`` has it.
    var key: StoredKeyVersion?
    /// Nil unless the cryptogram is right.
    var answers: ChipAnswers?
    /// Nil like the answers: the card, and what the module calls the version of its master key that was right.
    var card: (card: ChipCard, key: KeyName)?
    /// Whether the chip is to have the new PIN, and the script with it could not be made.
    var lacksNewPIN = false

    init(_ facts: CryptogramFacts, by key: StoredKeyVersion? = nil) {
        self.facts = facts
        self.key = key
    }

    init(
        _ facts: CryptogramFacts,
        by key: StoredKeyVersion?,
        _ answers: ChipAnswers,
        of card: ChipCard,
        under name: KeyName
    ) {
        self.init(facts, by: key)
        self.answers = answers
        self.card = (card, name)
    }
}

extension CardProfile {
    fileprivate func active(_ sequenceNumber: UInt8) -> CardInstance? {
        instances.first { $0.active && $0.sequenceNumber == sequenceNumber }
    }
}

extension VerificationJob {
    /// What an answer may say: one ARPC does for a decision unless cards of the version look at the response code.
    fileprivate func seals(for version: CryptogramVersion) -> [ChipSeal] {
        let codes = responseCodes.compactMap { ChipSeal(responseCode: $0) }
        return version.sealsResponseCode && !codes.isEmpty ? codes : ChipDecision.allCases.map { .decision($0) }
    }

    /// Whether the card's active instance with the highest PAN sequence number has this one.
    func isNewest(_ sequenceNumber: UInt8) -> Bool {
        profile.instances.filter(\.active).map(\.sequenceNumber).max() == sequenceNumber
    }
}

extension CryptogramFacts {
    /// What is known before anything is verified.
    init(_ proof: ChipProof) {
        self.init(.notVerified)
        kind = proof.cryptogram
        sequenceNumber = proof.sequenceNumber
        differences = proof.differences
        declinedDifferences = proof.declined
        scriptReport = proof.scriptReport
        if case .data(let data) = proof.content { counter = data.counter }
    }

    /// A message that is to blame has a wrong cryptogram: whoever can damage it could else do without one.
    func failing(_ problem: ChipProblem) -> CryptogramFacts {
        var facts = self
        facts.result = problem.isOfMessage ? .noMatch : .notVerified
        facts.problem = problem
        return facts
    }
}

extension ChipVerification.Scheme {
    var chipScheme: ChipScheme {
        switch self {
        case .visa: .visa
        case .mastercard: .mastercard
        }
    }
}

extension ChipCard {
    init?(_ pan: PAN, _ sequenceNumber: UInt8, _ option: ChipVerification.Derivation) {
        let digits = [sequenceNumber / 10, sequenceNumber % 10].map { UInt8(ascii: "0") + $0 }
        guard let number = DecimalDigits(ascii: digits, count: 2) else { return nil }
        let derivation: CardKeyDerivation =
            switch option {
            case .optionA: .optionA
            case .optionB: .optionB
            }
        self.init(pan: pan, sequenceNumber: number, derivation: derivation)
    }
}

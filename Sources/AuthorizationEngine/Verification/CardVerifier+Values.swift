import AuthorizationCore
import CardCryptography

// The values of ``CardVerification``: on the stripe, in the chip, in print.
extension CardVerifier {
    /// Puts what is found of the track among the facts: nothing when the program demands no value here, or the track has
    /// none. Of a value that may not be there, it only matters that it is.
    func verifyTrack(of job: VerificationJob, into facts: inout VerificationFacts) async {
        guard let policy = job.profile.policy, let track = job.proofs.track else { return }
        for kind in policy.cardValues([.required, .checked], in: job.situation) {
            guard let verified = await verify(kind, track, of: job.instances(of: track), policy, job) else {
                continue
            }
            if verified.result == .match || facts.cardValue == nil || verified.result == .noMatch {
                // What could be verified says more than what could not.
                facts.cardValue = CardValueFacts(kind, verified.result)
                facts.keys.cardValue = verified.key
            }
            facts.trackCounter = verified.counter
            if verified.result == .match { return }
        }
        // The answer would tell a right guess from a wrong one, where neither is counted.
        guard facts.cardValue?.result != .noMatch, policy.cardValues([.required], in: job.situation).isEmpty else {
            return
        }
        // The value of a card that has ended may not be there either.
        let instances = job.allInstances(of: track)
        for kind in policy.cardValues([.forbidden], in: job.situation) {
            let verified = await verify(kind, track, of: instances, policy, job)
            guard let verified, verified.result == .match else { continue }
            facts.cardValue = CardValueFacts(kind, .match)
            facts.keys.cardValue = verified.key
            return
        }
    }

    /// Nil when the track has no value of the kind.
    ///
    /// - Parameter instances: those that may have it.
    private func verify(
        _ kind: CardValueFacts.Kind,
        _ track: TrackProof,
        of instances: [CardInstance],
        _ policy: VerificationPolicy,
        _ job: VerificationJob
    ) async -> Comparison? {
        guard !track.isOfTrack1 else { return Comparison(.notVerified) }
        if kind == .dynamic, let verification = policy.keys.dynamicValue {
            return await dynamicValue(in: track, verification, of: job)
        }
        guard let value = track.value(behind: Int(policy.cardValueOffset)) else { return nil }
        return await verify(value, kind, track, of: instances, job)
    }

    private func verify(
        _ value: SecretDigits,
        _ kind: CardValueFacts.Kind,
        _ track: TrackProof,
        of instances: [CardInstance],
        _ job: VerificationJob
    ) async -> Comparison {
        switch kind {
        case .stripe:
            // Else a value that was computed with another service code, such as the one in print, would do.
            guard instances.contains(where: { $0.serviceCode == track.serviceCodeNumber }) else {
                return Comparison(.noMatch)
            }
            return await verify(value, of: instances, expiry: track.expiry, track.serviceCode, job)
        case .chip:
            guard !instances.isEmpty else { return Comparison(.noMatch) }
            let serviceCode = DecimalDigits(CardFace.chipServiceCode)
            return await verify(value, of: instances, expiry: track.expiry, serviceCode, job)
        case .dynamic: return Comparison(.notVerified)
        }
    }

    /// Nil when the program does not demand it here, or there is none.
    func cardCode(of job: VerificationJob) async -> Comparison? {
        guard let presented = job.proofs.cardCode, job.wants(.cardCode), let policy = job.profile.policy else {
            return nil
        }
        guard let value = presented.withExposedBytes({ SecretDigits(ascii: $0, counts: 3...3) }) else {
            return Comparison(.noMatch)
        }
        var found: [Comparison] = []
        for expiry in job.printedExpiries {
            let digits = DecimalDigits(expiry, policy.expiryOrder)
            let serviceCode = DecimalDigits(CardFace.printedServiceCode)
            found.append(await verify(value, of: job.instances(with: expiry), expiry: digits, serviceCode, job))
        }
        return Comparison(ofAll: found)
    }

    /// - Parameter instances: those with the expiry.
    private func verify(
        _ value: SecretDigits,
        of instances: [CardInstance],
        expiry: DecimalDigits?,
        _ serviceCode: DecimalDigits?,
        _ job: VerificationJob
    ) async -> Comparison {
        guard let expiry, let serviceCode else { return Comparison(.noMatch) }
        let face = CardFace(pan: job.proofs.pan, expiry: expiry, serviceCode: serviceCode)
        let key = job.profile.policy?.keys.cardVerification
        return await compare(with: key, .cardVerification, instances, job) {
            [modules] name throws(PaymentCryptographyError) in
            try await modules.holder(of: name).verify(value, of: face, key: name)
        }
    }

    /// Tries a key's versions. Where one says nothing that the value may be of, it is not verified, even if another
    /// calls it right: else nobody would count the wrong guesses before the right one.
    ///
    /// - Parameters:
    ///   - instances: those that may have what is compared; none for what is not made for an instance.
    ///   - isRight: whether it is, by the version with that name in the security module.
    func compare(
        with key: StoredKeyName?,
        _ usage: KeyUsage,
        _ instances: [CardInstance],
        _ job: VerificationJob,
        _ isRight: (KeyName) async throws(PaymentCryptographyError) -> Bool
    ) async -> Comparison {
        guard let key else { return Comparison(.notVerified) }
        let versions = keys.versions(key, usage, of: job.profile.program, instances)
        guard !versions.lacksSome else { return Comparison(.notVerified) }
        var comparison = Comparison(.noMatch)
        for held in versions.keys {
            do throws(PaymentCryptographyError) {
                let isMatch = try await isRight(held.name)
                guard comparison.result != .match else { continue }
                comparison.key = StoredKeyVersion(key, held.version)
                if isMatch { comparison.result = .match }
            } catch {
                comparison.result = .notVerified
                break
            }
        }
        return comparison
    }
}

/// What came of looking at a proof.
struct Comparison: Sendable {
    var result: ProofVerification.Result
    /// As ``ProofKeys`` has it.
    var key: StoredKeyVersion?
    /// Of a dynamic value that is right.
    var counter: TrackCounterFacts?

    init(_ result: ProofVerification.Result) { self.result = result }

    /// Of what may be one of several instances': as with versions of a key, all have to say.
    init(ofAll found: [Comparison]) {
        self =
            found.first { $0.result == .notVerified } ?? found.first { $0.result == .match } ?? found.last
            ?? Comparison(.noMatch)
    }
}

extension VerificationJob {
    /// What a code in print may have been made with: the request's date, unless the program ignores it.
    var printedExpiries: [ExpiryMonth] {
        let told = profile.policy?.demand(.expiry, in: situation) == .ignored ? nil : request.expiry
        return told.map { [$0] } ?? profile.instances.filter(\.active).map(\.expiry)
    }

    /// Those in use; else those that have ended, whose code is right beside a date that is not.
    func instances(with expiry: ExpiryMonth) -> [CardInstance] {
        let all = profile.instances.filter { $0.expiry == expiry }
        let active = all.filter(\.active)
        return active.isEmpty ? all : active
    }
}

extension TrackProof {
    /// Three digits; nil when the issuer's data ends before them, or has something else there.
    fileprivate func value(behind offset: Int) -> SecretDigits? {
        discretionary.withExposedBytes { bytes in
            SecretDigits(ascii: bytes.dropFirst(offset).prefix(CardVerification.length), counts: 3...3)
        }
    }
}

extension CardFace {
    /// In place of the card's service code: of what is in print (CVV2), and of what is in the chip (iCVV).
    static let printedServiceCode = "000"
    static let chipServiceCode = "999"
}

extension DecimalDigits {
    init?(_ digits: String) { self.init(ascii: Array(digits.utf8), count: digits.utf8.count) }

    init?(_ expiry: ExpiryMonth, _ order: VerificationPolicy.ExpiryOrder) {
        let (year, month) = (expiry.year % 100, expiry.month)
        let number =
            switch order {
            case .yearFirst: year * 100 + month
            case .monthFirst: month * 100 + year
            }
        self.init(ascii: [1_000, 100, 10, 1].map { UInt8(ascii: "0") + UInt8(number / $0 % 10) }, count: 4)
    }
}

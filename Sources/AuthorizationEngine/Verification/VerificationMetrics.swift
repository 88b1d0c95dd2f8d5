import AuthorizationCore
import CardCryptography
import Synchronization

/// Why a proof that was presented could not be verified. Raw values are the metric's label `cause`.
enum VerificationObstacle: String, CaseIterable, Sendable {
    /// The program's key is not at hand, or not the version that the proof may be of.
    case noKey = "no_key"
    /// The security module is away, or refused.
    case module
    /// The security module did not answer within half of the request's time.
    case late
    /// ``Limits/verificationsInFlight`` others were waiting for the security module.
    case busy
    /// The card's profile could not be read.
    case noProfile = "no_profile"
    /// Element 55 is cut or lacks something, or a PIN block does not open under its key.
    case malformed
    /// A version or layout that is not known, or track 1 alone.
    case unsupported
    /// The chip's cryptogram asks for nothing.
    case notARequest = "not_a_request"
    /// The card has no such active instance, or no PIN.
    case unknownInstance = "unknown_instance"
    case noPIN = "no_pin"
}

/// The proofs that could not be verified, in numbers that are never reset. Whoever looks after keys and the security
/// module sees it here; what each program does without is its policy's business.
package final class VerificationMetrics: Sendable {
    private struct Labels: Hashable {
        var proof: Proof
        var obstacle: VerificationObstacle
    }

    private let counts = Mutex<[Labels: UInt64]>([:])

    func record(_ found: [(proof: Proof, obstacle: VerificationObstacle)]) {
        guard !found.isEmpty else { return }
        counts.withLock { counts in
            for (proof, obstacle) in found { counts[Labels(proof: proof, obstacle: obstacle), default: 0] += 1 }
        }
    }

    /// Prometheus text, exposition format 0.0.4.
    package var text: String {
        let name = "aval_proofs_not_verified_total"
        let lines = counts.withLock { $0 }.map { labels, count in
            "\(name){proof=\"\(labels.proof.name)\",cause=\"\(labels.obstacle.rawValue)\"} \(count)\n"
        }
        return """
            # HELP \(name) Proofs that were presented and could not be verified, by cause.
            # TYPE \(name) counter
            \(lines.sorted().joined())
            """
    }
}

extension PresentedProofs {
    /// All that is presented, as far as it is known whether it matters: a value in a track is taken for the stripe's.
    func obstacles(_ obstacle: VerificationObstacle) -> [(proof: Proof, obstacle: VerificationObstacle)] {
        let presented: [(Bool, Proof)] = [
            (track != nil, .stripeValue), (cardCode != nil, .cardCode), (authentication != nil, .authentication),
            (pin != nil, .pin), (chip != nil, .cryptogram),
        ]
        return presented.filter(\.0).map { ($0.1, obstacle) }
    }
}

extension VerificationJob {
    /// The proofs that matter here and that nobody could verify.
    ///
    /// - Parameter common: what kept the security module from looking at any of them; nil when it was asked.
    func obstacles(
        to facts: VerificationFacts?,
        _ keys: HeldKeys,
        _ common: VerificationObstacle?
    ) -> [(proof: Proof, obstacle: VerificationObstacle)] {
        guard let facts, let policy = profile.policy else { return [] }
        func module(
            _ name: StoredKeyName?,
            _ usage: KeyUsage,
            _ instances: [CardInstance]
        ) -> VerificationObstacle {
            if let common { return common }
            return keys.versions(name, usage, of: profile.program, instances).lacksSome ? .noKey : .module
        }
        func ofChip() -> [CardInstance] {
            profile.instances.filter { $0.sequenceNumber == facts.chip?.sequenceNumber }
        }
        var found: [(proof: Proof, obstacle: VerificationObstacle)] = []
        let kinds = policy.cardValues([.required, .checked], in: situation)
        if let value = facts.cardValue, value.result == .notVerified, let first = kinds.first {
            // Where nobody has looked at it, what it is told to be is a guess.
            let kind = common == nil ? value.kind : first
            let ofTrack = proofs.track.map(instances) ?? []
            let obstacle =
                switch kind {
                case .stripe, .chip: module(policy.keys.cardVerification, .cardVerification, ofTrack)
                case .dynamic: module(policy.keys.dynamicValue?.key, .dynamicNumbers, ofTrack)
                }
            found.append((kind.proof, proofs.track?.isOfTrack1 == true ? .unsupported : obstacle))
        }
        if facts.cardCode == .notVerified, wants(.cardCode) {
            let printed = printedExpiries.flatMap(instances(with:))
            found.append((.cardCode, module(policy.keys.cardVerification, .cardVerification, printed)))
        }
        if facts.authentication == .notVerified, wants(.authentication) {
            let isOther = proofs.authentication.map(CAVV.isOfOtherVersion) ?? false
            let obstacle = module(policy.keys.authentication, .cardVerification, [])
            found.append((.authentication, isOther ? .unsupported : obstacle))
        }
        if case .notVerified(let obstacle)? = facts.pin, wants(.pin) {
            found.append((.pin, VerificationObstacle(obstacle, common)))
        }
        if let chip = policy.keys.chip, let problem = facts.chip?.problem,
            let obstacle = VerificationObstacle(problem, module(chip.cryptograms, .applicationCryptograms, ofChip()))
        {
            found.append((.cryptogram, obstacle))
        }
        return found
    }
}

extension VerificationObstacle {
    /// - Parameter common: what kept the security module from looking.
    fileprivate init(_ obstacle: PINFacts.Obstacle, _ common: VerificationObstacle?) {
        switch obstacle {
        case .notSet: self = .noPIN
        case .blockNotOpened: self = .malformed
        case .keyNotUsable: self = .noKey
        case .unavailable: self = common ?? .module
        }
    }

    /// Nil of a token's: only its network can verify that.
    ///
    /// - Parameter module: why the security module has said nothing.
    fileprivate init?(_ problem: ChipProblem, _ module: VerificationObstacle) {
        switch problem {
        case .malformed, .incomplete: self = .malformed
        case .unknownVersion: self = .unsupported
        case .notARequest: self = .notARequest
        case .unknownInstance: self = .unknownInstance
        case .noAnswer: self = module
        case .ofToken: return nil
        }
    }
}

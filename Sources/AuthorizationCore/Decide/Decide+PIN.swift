extension DecisionContext {
    func set(_ command: SetPIN) -> Decision {
        if let refusal = refusal(of: command.card) { return .refused(refusal) }
        let pin = state.pins[command.card]
        guard command.reference - 1 == pin?.reference ?? 0 else { return .refused(.pinChanged) }
        guard let facts = command.current else { return renewed(command) }
        let (verdict, after) = pin.judging(facts, limit: pinTryLimit)
        guard let reason = verdict.reason else { return renewed(command) }
        return Decision(.declined(reason, nil), changes: change(of: command.card, to: after))
    }

    func unblock(_ command: UnblockPIN) -> Decision {
        if let refusal = refusal(of: command.card) { return .refused(refusal) }
        guard var pin = state.pins[command.card] else { return .refused(.transitionNotAllowed) }
        pin.tries = 0
        return Decision(.done, changes: [.pin(command.card, pin)])
    }

    /// A PIN that is there declines unless it is right, also where it may be left out: the acceptor takes an approval for
    /// the issuer's word that the cardholder has typed it.
    func pinVerdict(of request: AuthorizationRequest, _ demand: ProofDemand) -> CheckResult.Verdict {
        guard demand.countsPINs else { return .notApplicable }
        guard let judged = judgedPIN(of: request) else {
            return demand == .checked ? .notApplicable : .failed(.pinMissing)
        }
        return judged.verdict.reason.map { .failed($0) } ?? .passed
    }

    /// Counts the PIN that a check has looked at, whatever else the request is declined for. Where none has, nobody learns
    /// anything from guessing, and nothing is counted.
    func countPIN(of request: AuthorizationRequest, in decision: inout Decision) {
        guard let card = request.card, let verdict = decision.verdict(of: .pin), verdict != .notApplicable,
            let judged = judgedPIN(of: request)
        else { return }
        decision.changes += change(of: card, to: judged.after)
    }

    /// Nil without a PIN.
    private func judgedPIN(of request: AuthorizationRequest) -> (verdict: PINVerdict, after: PINState?)? {
        guard let facts = request.verification?.pin, let card = request.card else { return nil }
        return state.pins[card].judging(facts, limit: pinTryLimit)
    }

    /// Nobody sets a PIN of a card that is not to be used again.
    private func refusal(of card: CardID) -> Refusal? {
        switch state.cards[card]?.status {
        case nil: .cardNotFound
        case .inactive, .active, .frozen, .blocked: nil
        case .lost, .stolen, .closed: .transitionNotAllowed
        }
    }

    private func renewed(_ command: SetPIN) -> Decision {
        var pin = PINState(reference: command.reference)
        pin.version = state.pins[command.card]?.version ?? 0
        return Decision(.done, changes: [.pin(command.card, pin)])
    }

    /// Nothing where the tries stay as they are, as they do after most right PINs.
    private func change(of card: CardID, to after: PINState?) -> [Change] {
        guard let after, after != state.pins[card] else { return [] }
        return [.pin(card, after)]
    }

    private var pinTryLimit: UInt8 { (program.verification ?? VerificationPolicy()).pinTryLimit }
}

extension ProofDemand {
    /// No network verifies PINs in the issuer's stead, so that one demanded of it is demanded here.
    fileprivate var countsPINs: Bool {
        switch self {
        case .required, .checked, .byNetwork: true
        case .forbidden, .ignored: false
        }
    }
}

extension PINVerdict {
    /// Nil when the PIN is right.
    package var reason: DeclineReason? {
        switch self {
        case .correct: nil
        case .incorrect: .pinIncorrect
        case .triesExceeded: .pinTriesExceeded
        case .notVerified: .pinNotVerified
        }
    }
}

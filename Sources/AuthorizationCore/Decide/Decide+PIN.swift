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
        if command.tellsChip { pin.script = PINScript(askedFor: moment.now) }
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

    /// The new PIN of a request to change it; not applicable while the present one is not proven.
    func newPINVerdict(
        of request: AuthorizationRequest,
        present: CheckResult.Verdict
    ) -> CheckResult.Verdict {
        guard present == .passed, let card = request.card, let pin = state.pins[card] else { return .notApplicable }
        switch request.verification?.newPIN {
        case .made(let reference)? where reference - 1 == pin.reference: return .passed
        // Made for another version than the next.
        case .made?, .notMade?: return .failed(.newPinNotUsable)
        case nil: return .failed(.newPinMissing)
        }
    }

    /// Counts the PIN that a check has looked at, whatever else the request is declined for, and puts a new one in force.
    /// Where none has, nobody learns anything from guessing, and nothing is counted.
    func countPIN(of request: AuthorizationRequest, in decision: inout Decision) {
        guard let card = request.card, let verdict = decision.verdict(of: .pin), verdict != .notApplicable,
            let judged = judgedPIN(of: request)
        else { return }
        var after = judged.after
        if case .approved = decision.outcome, request.kind == .pinChange,
            case .made(let reference)? = request.verification?.newPIN
        {
            after?.reference = reference
        }
        decision.changes += change(of: card, to: after)
    }

    /// Nil without a PIN.
    private func judgedPIN(of request: AuthorizationRequest) -> (verdict: PINVerdict, after: PINState?)? {
        guard let facts = request.verification?.pin, let card = request.card else { return nil }
        return state.pins[card].judging(facts, limit: pinTryLimit)
    }

    private func refusal(of card: CardID) -> Refusal? {
        guard let status = state.cards[card]?.status else { return .cardNotFound }
        return status.takesPIN ? nil : .transitionNotAllowed
    }

    private func renewed(_ command: SetPIN) -> Decision {
        var pin = state.pins[command.card] ?? PINState(reference: command.reference)
        pin.reference = command.reference
        pin.tries = 0
        return Decision(.done, changes: [.pin(command.card, pin)])
    }

    /// Nothing where the tries stay as they are, as they do after most right PINs.
    private func change(of card: CardID, to after: PINState?) -> [Change] {
        guard let after, after != state.pins[card] else { return [] }
        return [.pin(card, after)]
    }

    private var pinTryLimit: UInt8 { (program.verification ?? VerificationPolicy()).pinTryLimit }
}

extension CardStatus {
    /// Nobody sets a PIN of a card that is not to be used again.
    package var takesPIN: Bool {
        switch self {
        case .inactive, .active, .frozen, .blocked: true
        case .lost, .stolen, .closed: false
        }
    }
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

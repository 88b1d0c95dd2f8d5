extension DecisionContext {
    /// What waits for the card's chip goes with the answer where it was made ready, and is done when the chip's results
    /// say so.
    func followScript(of request: AuthorizationRequest, in decision: inout Decision) {
        guard let facts = request.verification?.chip, let card = request.card,
            var pin = decision.pin(of: card) ?? state.pins[card], var script = pin.script
        else { return }
        if script.sends > 0,
            facts.scriptReport == ScriptReport(identifier: script.identifier, result: .successful)
        {
            pin.script = nil
        } else {
            guard decision.isTold, facts.script == KnownScript(identifier: script.identifier, isReady: true),
                decision.verdict(of: .counter) == .passed, let counter = facts.counter
            else { return }
            // The same cryptogram comes again with the PIN: still one request of the chip's.
            if script.counter != counter {
                guard script.sends < scriptLimit else { return }
                script.sends += 1
                script.counter = counter
                pin.script = script
            }
        }
        decision.changes.removeAll { if case .pin(card, _) = $0 { true } else { false } }
        decision.changes.append(.pin(card, pin))
    }

    private var scriptLimit: UInt8 { program.verification?.keys.chip?.scripts.sends ?? 0 }
}

extension DeclineReason {
    /// Whether the card itself was found to be hot, under the lock.
    package var isOfHotCard: Bool { self == .cardBlocked || self == .cardLost || self == .cardStolen }
}

extension Decision {
    package func pin(of card: CardID) -> PINState? {
        changes.lazy.compactMap { if case .pin(card, let pin) = $0 { pin } else { nil } }.last
    }

    /// Whether an answer goes back that a chip can be told something with: advices were decided elsewhere.
    fileprivate var isTold: Bool {
        switch outcome {
        case .approved: true
        // Its application is blocked instead.
        case .declined(let reason, _): !reason.isOfHotCard
        case .acknowledged, .done, .refused: false
        }
    }
}

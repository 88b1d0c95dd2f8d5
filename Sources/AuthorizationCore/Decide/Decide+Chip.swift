/// A counter that the chip's cryptogram has proven.
struct ProvenCounter {
    var key: ChipCounterKey
    var value: UInt16

    /// Nil without one: what nobody has proven must not use counters up.
    init?(_ request: AuthorizationRequest) {
        guard let card = request.card, let facts = request.verification?.chip, let value = facts.counter else {
            return nil
        }
        key = ChipCounterKey(card: card, sequenceNumber: facts.sequenceNumber)
        self.value = value
        guard let token = request.credential?.token else {
            guard facts.result == .match else { return nil }
            return
        }
        // Only the network has the keys of tokens.
        guard let index = token.index, token.cryptogram == .match else { return nil }
        key.token = index
    }
}

extension DecisionContext {
    /// The checks of what a chip says beside its cryptogram; none without a chip, or where it counts for nothing.
    func checkChip(_ request: AuthorizationRequest, _ demand: ProofDemand) -> [CheckResult] {
        guard let facts = request.verification?.chip else { return [] }
        switch demand {
        case .ignored, .forbidden: return []
        case .required, .checked, .byNetwork: break
        }
        let isAgreed = facts.declinedDifferences.isEmpty
        return [
            checkCounter(request),
            CheckResult(.chipData, isAgreed ? .passed : .failed(.chipDataDiffers)),
        ]
    }

    private func checkCounter(_ request: AuthorizationRequest) -> CheckResult {
        guard let proven = ProvenCounter(request) else { return CheckResult(.counter, .notApplicable) }
        let known = state.chipCounters[proven.key]
        let verdict: CheckResult.Verdict
        switch known?.standing(of: proven.value, in: program.verification?.keys.chip?.counters ?? .standard) {
        case .unused?, nil: verdict = .passed
        case .used?, .tooLow?, .tooHigh?: verdict = .failed(.counterReplayed)
        }
        return CheckResult(.counter, verdict, observed: Int64(proven.value), limit: Int64(known?.highest ?? 0))
    }

    /// Whatever is decided, a counter that was proven counts as used: also one too far ahead, for the card goes on from
    /// there. Only a request that is to come again with the PIN comes with the same cryptogram.
    func useCounter(of request: AuthorizationRequest, in decision: inout Decision) {
        switch decision.outcome {
        case .declined(.pinNeededContactless, _), .declined(.pinMissing, _): return
        case .approved, .declined, .acknowledged, .done, .refused: break
        }
        guard let proven = ProvenCounter(request), state.cards[proven.key.card] != nil else { return }
        let known = state.chipCounters[proven.key]
        var counter = known ?? ChipCounter(highest: proven.value)
        counter.use(proven.value)
        if counter != known { decision.changes.append(.chipCounter(proven.key, counter)) }
    }
}

/// A counter that the chip's cryptogram has proven, or the dynamic value in its track data.
struct ProvenCounter {
    var key: ChipCounterKey
    /// In ascending order. More than one where only a counter's last digits are known.
    var candidates: [UInt16]
    /// Whether the track has told it.
    private var isOfTrack = false

    /// Nil without one: what nobody has proven must not use counters up.
    init?(_ request: AuthorizationRequest) {
        guard let card = request.card, let facts = request.verification else { return nil }
        guard let chip = Self.ofChip(facts.chip, request.credential?.token, card) else {
            guard request.credential?.token == nil, facts.cardValue == CardValueFacts(.dynamic, .match),
                let track = facts.trackCounter
            else { return nil }
            key = ChipCounterKey(card: card, sequenceNumber: track.sequenceNumber)
            candidates = track.counters
            isOfTrack = true
            return
        }
        (key, candidates) = chip
    }

    private static func ofChip(
        _ facts: CryptogramFacts?,
        _ token: TokenFacts?,
        _ card: CardID
    ) -> (ChipCounterKey, [UInt16])? {
        guard let facts, let value = facts.counter else { return nil }
        let key = ChipCounterKey(card: card, sequenceNumber: facts.sequenceNumber)
        guard let token else { return facts.result == .match ? (key, [value]) : nil }
        // Only the network has the keys of tokens.
        guard let index = token.index, token.cryptogram == .match else { return nil }
        return (ChipCounterKey(card: card, token: index, sequenceNumber: facts.sequenceNumber), [value])
    }

    func window(of program: Program) -> CounterWindow {
        let keys = program.verification?.keys
        return (isOfTrack ? keys?.dynamicValue?.counters : keys?.chip?.counters) ?? .standard
    }

    /// Nil for a chip that was not seen, which may have any. But a guessed CVC3 may be right by each of those with the
    /// same last digits: there such a chip is a new one, so that only one of them counts.
    func known(in state: AccountState, of program: Program) -> ChipCounter? {
        state.chipCounters[key] ?? (isGuessable(in: program) ? ChipCounter(highest: 0) : nil)
    }

    /// Whether a value that is right proves no certain counter, as it was tried with many.
    func isGuessable(in program: Program) -> Bool {
        isOfTrack && program.verification?.keys.dynamicValue?.layout.isOfManyCounters == true
    }

    /// The one that is meant: the one in the program's window, else the nearest. Of a new chip the lowest.
    func value(after known: ChipCounter?, in window: CounterWindow) -> UInt16 {
        guard let known else { return candidates[0] }
        let nearest = candidates.min { distance($0, known) < distance($1, known) } ?? candidates[0]
        return candidates.first { known.standing(of: $0, in: window).isInWindow } ?? nearest
    }

    private func distance(_ counter: UInt16, _ known: ChipCounter) -> Int { abs(Int(counter) - Int(known.highest)) }
}

extension ChipCounter.Standing {
    fileprivate var isInWindow: Bool {
        switch self {
        case .unused, .used: true
        case .tooLow, .tooHigh: false
        }
    }
}

extension DecisionContext {
    /// The checks of what a chip says beside its proof; none without a chip, or where that counts for nothing.
    func checkChip(_ request: AuthorizationRequest, _ demands: ProofDemands) -> [CheckResult] {
        guard let facts = request.verification else { return [] }
        if let chip = facts.chip, demands[.cryptogram].counts {
            let isAgreed = chip.declinedDifferences.isEmpty
            return [
                checkCounter(request),
                CheckResult(.chipData, isAgreed ? .passed : .failed(.chipDataDiffers)),
            ]
        }
        return facts.trackCounter != nil && demands[.dynamicValue].counts ? [checkCounter(request)] : []
    }

    /// Whether a counter that was proven counts no more, whatever is demanded here of the chip.
    func isReplayed(_ request: AuthorizationRequest) -> Bool { checkCounter(request).verdict.reason != nil }

    private func checkCounter(_ request: AuthorizationRequest) -> CheckResult {
        guard let proven = ProvenCounter(request) else { return CheckResult(.counter, .notApplicable) }
        let (known, window) = (proven.known(in: state, of: program), proven.window(of: program))
        let value = proven.value(after: known, in: window)
        let verdict: CheckResult.Verdict
        switch known?.standing(of: value, in: window) {
        case .unused?, nil: verdict = .passed
        case .used?, .tooLow?, .tooHigh?: verdict = .failed(.counterReplayed)
        }
        return CheckResult(.counter, verdict, observed: Int64(value), limit: Int64(known?.highest ?? 0))
    }

    /// Whatever is decided, a counter that was proven counts as used: also one too far ahead, for the card goes on from
    /// there. Only a request that is to come again with the PIN comes with the same cryptogram: not one with a wrong
    /// proof, or one cryptogram would do for many guesses.
    func useCounter(of request: AuthorizationRequest, in decision: inout Decision) {
        switch decision.outcome {
        case .declined(.pinNeededContactless, _), .declined(.pinMissing, _):
            guard request.hasWrongProof(by: decision.checks) else { return }
        case .approved, .declined, .acknowledged, .done, .refused: break
        }
        guard let proven = ProvenCounter(request), state.cards[proven.key.card] != nil else { return }
        let (known, window) = (proven.known(in: state, of: program), proven.window(of: program))
        let value = proven.value(after: known, in: window)
        // Too far ahead and known by its last digits alone, it may be an old one that is played again, or a guess: after
        // it the card's own would be too low.
        let isCertain = proven.candidates.count == 1 && !proven.isGuessable(in: program)
        guard isCertain || known?.standing(of: value, in: window) != .tooHigh else { return }
        var counter = known ?? ChipCounter(highest: value)
        counter.use(value)
        if counter != known { decision.changes.append(.chipCounter(proven.key, counter)) }
    }
}

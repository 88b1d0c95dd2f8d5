/// Wrong proofs, so that nobody finds out a right one by trying.
extension DecisionContext {
    /// Nil where the program does not count them. From the limit on a right proof is declined like a wrong one: the answer
    /// would tell which it was. But for a chip's right cryptogram, which nobody guesses, the first time: else five
    /// wrong codes from anywhere would take the card itself from its holder.
    func checkFailures(_ request: AuthorizationRequest) -> CheckResult? {
        guard let key = FailureKey(request), let limit = program.verification?.failures else { return nil }
        let count = state.failureCounters[key]?.count(at: moment.now, limit) ?? 0
        let isOver = count >= limit.count && (request.verification?.chip?.result != .match || isReplayed(request))
        return CheckResult(
            .failureCount,
            isOver ? .failed(.tooManyFailures) : .passed,
            observed: Int64(count),
            limit: Int64(limit.count)
        )
    }

    /// Counts a request with wrong proofs once, whatever else it is declined for. Where the limit is reached nothing is
    /// counted, so that the cardholder's time without a card ends.
    func countFailure(of request: AuthorizationRequest, in decision: inout Decision) {
        guard decision.verdict(of: .failureCount) == .passed, let limit = program.verification?.failures,
            let key = FailureKey(request), request.hasWrongProof(by: decision.checks)
        else { return }
        let known = state.failureCounters[key] ?? FailureCounter([], version: 0)
        decision.changes.append(.failures(key, known.adding(moment.now, limit)))
    }
}

extension FailureKey {
    fileprivate init?(_ request: AuthorizationRequest) {
        guard let card = request.card else { return nil }
        self.init(card: card, token: request.credential?.token?.index)
    }
}

extension AuthorizationRequest {
    /// Nil unless there are too many failures at the merchant.
    ///
    /// - Parameters:
    ///   - isOfKnownPayment: whether it follows from a payment of the account, so that it tries no number out.
    ///   - isReplayed: whether its cryptogram has come before.
    func merchantCheck(isOfKnownPayment: Bool = false, isReplayed: @autoclosure () -> Bool = false) -> CheckResult? {
        guard let failures = verification?.merchantFailures else { return nil }
        let passes = isOfKnownPayment || isCredit || hasRightCryptogram && !isReplayed()
        return CheckResult(
            .merchantFailures,
            passes ? .passed : .failed(.tooManyFailuresAtMerchant),
            observed: Int64(failures.count),
            limit: Int64(failures.limit)
        )
    }

    /// Nobody guesses a right cryptogram, of a chip or, as the network says, of a token. Whoever gives money back has taken
    /// it before.
    package var triesNothingOut: Bool { isCredit || hasRightCryptogram }

    private var isCredit: Bool { kind.flow == .credit }

    private var hasRightCryptogram: Bool {
        verification?.chip?.result == .match || credential?.token?.cryptogram == .match
    }

    /// What was compared and is wrong. A PIN has tries of its own, and what is missing tells nothing.
    private static let wrongProofs: Set<DeclineReason> = [
        .cardValueIncorrect, .cardCodeIncorrect, .cryptogramIncorrect, .authenticationIncorrect,
    ]

    package func hasWrongProof(by checks: [CheckResult]) -> Bool {
        checks.contains { check in
            guard let reason = check.verdict.reason else { return false }
            return Self.wrongProofs.contains(reason) || reason == .expiryMismatch && expiry != nil
        }
    }
}

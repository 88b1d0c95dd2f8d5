/// The limits of payments that are proved by less than a chip and a PIN.
extension DecisionContext {
    /// None where the program has none. An increment is limited together with what of its payment is counted as
    /// contactless without a PIN: it is one payment.
    func checkUnproved(
        _ request: AuthorizationRequest,
        _ billing: Billing?,
        _ demands: ProofDemands,
        _ proofs: [CheckResult],
        onTopOf original: Authorization?
    ) -> [CheckResult] {
        guard let billing, request.kind.flow == .debit, let limits = demands.limit(in: billing.key.currency)
        else { return [] }
        switch demands.entryMode {
        case .contactlessChip, .contactlessMagneticStripe:
            let isProved = request.provesCardholder(by: proofs)
            let total = Self.unproved(billing, onTopOf: original) ?? .max
            let ofOne = limits.contactless.map { limit in
                let verdict = Self.verdict(isProved || total <= limit, .pinNeededContactless)
                return CheckResult(.contactlessLimit, verdict, observed: total, limit: limit)
            }
            return (ofOne.map { [$0] } ?? []) + checkContactless(request, billing, limits, isProved, original)
        case .fallback:
            guard let limit = limits.fallback else { return [] }
            let verdict = Self.verdict(billing.amount <= limit, .fallbackLimitExceeded)
            return [CheckResult(.fallbackLimit, verdict, observed: billing.amount, limit: limit)]
        case .unknown, .manual, .magneticStripe, .contactChip, .ecommerce, .credentialOnFile: return []
        }
    }

    /// With what was added before without a PIN, as far as it stands; nil when out of range.
    private static func unproved(_ billing: Billing, onTopOf original: Authorization?) -> Int64? {
        guard let original, let share = original.contactless else { return billing.amount }
        guard let whole = billing.total(onTopOf: original) else { return nil }
        let (sum, overflow) = billing.amount.addingReportingOverflow(share.amount)
        return overflow ? whole : min(sum, whole)
    }

    private static func verdict(_ passes: Bool, _ reason: DeclineReason) -> CheckResult.Verdict {
        passes ? .passed : .failed(reason)
    }

    /// The limits of all contactless payments since the last PIN, this one included.
    private func checkContactless(
        _ request: AuthorizationRequest,
        _ billing: Billing,
        _ limits: UnprovedLimit,
        _ isProved: Bool,
        _ original: Authorization?
    ) -> [CheckResult] {
        guard let card = request.card else { return [] }
        let known = state.contactlessCounters[ContactlessKey(card: card, currency: billing.key.currency)]
        let after = (known ?? ContactlessCounter()).adding(billing.amount, to: original?.contactless)?.counter
        func check(_ check: Check, _ observed: Int64?, _ limit: Int64?) -> CheckResult? {
            guard let limit else { return nil }
            let passes = isProved || observed.map { $0 <= limit } ?? false
            let verdict = Self.verdict(passes, .pinNeededContactless)
            return CheckResult(check, verdict, observed: observed ?? .max, limit: limit)
        }
        return [
            check(.contactlessAmount, after?.amount, limits.cumulativeAmount),
            check(.contactlessCount, after?.count, limits.cumulativeCount),
        ].compactMap { $0 }
    }
}

// MARK: - Counting

extension DecisionContext {
    /// Nil where the checks have not looked at the card's contactless payments, or the cardholder is proved.
    func contactlessShare(
        of request: AuthorizationRequest,
        _ checks: [CheckResult]
    ) -> ContactlessShare? {
        let isLimited = checks.contains { $0.check == .contactlessAmount || $0.check == .contactlessCount }
        return isLimited && !request.provesCardholder(by: checks) ? ContactlessShare() : nil
    }

    /// Velocity and contactless payments, with one more that is approved. Nil when out of range.
    func countPayment(_ amount: Int64, of authorization: inout Authorization, on key: BalanceKey) -> [Change]? {
        guard let velocity = count(amount, payments: 1, of: authorization, on: key) else { return nil }
        guard authorization.contactless != nil else { return velocity }
        return countContactless(amount, of: &authorization, on: key).map { velocity + $0 }
    }

    /// What a contactless payment without a PIN comes to, or what an increment without one adds to a payment: one payment
    /// more, unless it is counted already. Nil when out of range.
    func countContactless(_ amount: Int64, of authorization: inout Authorization, on key: BalanceKey) -> [Change]? {
        guard amount > 0 else { return [] }
        let contactlessKey = ContactlessKey(card: authorization.card, currency: key.currency)
        let known = state.contactlessCounters[contactlessKey] ?? ContactlessCounter()
        guard let counted = known.adding(amount, to: authorization.contactless) else { return nil }
        authorization.contactless = counted.share
        return [.contactless(contactlessKey, counted.counter)]
    }

    /// What an advice adds to a payment that is counted, beyond the most that it has come to before. Nil when out of
    /// range.
    func countContactless(
        _ updated: inout Authorization,
        insteadOf original: Authorization,
        on key: BalanceKey
    ) -> [Change]? {
        guard let share = original.contactless else { return [] }
        return countContactless(updated.billed - max(original.billed, share.amount), of: &updated, on: key)
    }

    /// Once nothing of the payment stands. Whatever the day: the limit knows none.
    func giveBackContactless(of authorization: inout Authorization) -> [Change] {
        guard let share = authorization.contactless, let balance = authorization.balance else { return [] }
        authorization.contactless?.amount = 0
        let key = ContactlessKey(card: authorization.card, currency: balance.currency)
        guard let counter = state.contactlessCounters[key]?.givingBack(share) else { return [] }
        return [.contactless(key, counter)]
    }

    /// A right PIN begins the count anew, whatever else the request is declined for. An advice's does not: it may come
    /// long after the payment.
    func setBackContactless(for request: AuthorizationRequest, in decision: inout Decision) {
        guard let card = request.card, request.provesCardholder(by: decision.checks) else { return }
        let counters = state.contactlessCounters.filter { $0.key.card == card && !$0.value.isEmpty }
        for (key, counter) in counters.sorted(by: { $0.key < $1.key }) {
            decision.changes.append(.contactless(key, counter.setBack()))
        }
    }
}

extension AuthorizationRequest {
    /// Whether a PIN was right: one that came with the request, or one that its chip compared, with a cryptogram that is
    /// new and right.
    fileprivate func provesCardholder(by checks: [CheckResult]) -> Bool {
        func passed(_ check: Check) -> Bool { checks.contains { $0.check == check && $0.verdict == .passed } }
        return passed(.pin) || verification?.chip?.provesPIN == true && passed(.cryptogram) && passed(.counter)
    }
}

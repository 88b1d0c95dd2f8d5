/// The amount that is held, on the balance that holds it.
struct Billing {
    var key: BalanceKey
    var lines: Lines

    init(_ key: BalanceKey, _ principal: Int64) {
        self.key = key
        lines = Lines(principal: principal)
    }

    var amount: Int64 { lines.total }
}

extension DecisionContext {
    /// The network's billing amount; else the transaction amount when a balance has its currency; else the
    /// program's own rate; else nil. Nil too for an amount that no transfer can move.
    func billing(of request: AuthorizationRequest) -> Billing? {
        let least: Int64 = request.kind.flow == .none ? 0 : 1
        guard request.transaction.minorUnits >= least, var billing = convertedBilling(of: request),
            billing.amount >= least
        else { return nil }
        if let amount = statusCheckAmount(of: request, on: billing.key) {
            billing.lines.principal = amount
            return billing
        }
        guard let fee = fee(of: request, billing.amount), !billing.amount.addingReportingOverflow(fee).overflow else {
            return nil
        }
        billing.lines.fee = fee
        return billing
    }

    /// What a fuel status check holds instead of its own amount; nil for other requests, or when the program has none.
    /// A single message posts what it says.
    func statusCheckAmount(of request: AuthorizationRequest, on key: BalanceKey) -> Int64? {
        guard request.purpose == .statusCheck, !request.isSingleMessage, request.kind.flow == .debit else { return nil }
        return program.policy(for: key.currency)?.statusCheckAmount.flatMap { $0 > 0 ? $0 : nil }
    }

    /// The acquirer's fee in the balance's currency, at the rate of the amount: 0 without one, nil when out of range.
    private func fee(of request: AuthorizationRequest, _ billed: Int64) -> Int64? {
        guard let fee = request.acquirerFee, !fee.isIncluded, fee.amount > 0, request.kind.flow == .debit else {
            return 0
        }
        return fee.amount.scaled(by: billed, over: request.transaction.minorUnits).map { max($0, 1) }
    }

    private func convertedBilling(of request: AuthorizationRequest) -> Billing? {
        if let billing = request.billing {
            return held(billing.money)
        }
        if let same = held(request.transaction) {
            return same
        }
        for (key, _) in state.balancesInOrder where key.kind == .main {
            let rate = program.rates.first { $0.from == request.transaction.currency && $0.to == key.currency }
            if let converted = rate?.convert(request.transaction, markUp: program.markUp) {
                return Billing(key, max(converted.minorUnits, min(1, request.transaction.minorUnits)))
            }
        }
        return nil
    }

    private func held(_ money: Money) -> Billing? {
        let key = BalanceKey(money.currency)
        return state.balances[key] == nil ? nil : Billing(key, money.minorUnits)
    }
}

/// The amount that is held, on the balance that holds it.
struct Billing {
    var key: BalanceKey
    var lines: Lines
    /// What is approved for it, in the transaction's currency.
    var transaction: Money
    /// What the program charges on it.
    var charges: [Charge] = []
    /// Whether that is in range; else it has no charges.
    var isChargeable = true

    init(_ key: BalanceKey, _ principal: Int64, for transaction: Money) {
        self.key = key
        lines = Lines(principal: principal)
        self.transaction = transaction
    }

    var amount: Int64 { lines.total }

    /// Nil when out of range.
    func charging(_ fee: Int64) -> Billing? {
        guard !lines.principal.addingReportingOverflow(fee).overflow else { return nil }
        var billing = self
        billing.lines.fee = fee
        return billing
    }
}

extension DecisionContext {
    /// The network's billing amount; else the transaction amount when a balance has its currency; else the
    /// program's own rate; else nil. Nil too for an amount that no transfer can move.
    func billing(of request: AuthorizationRequest) -> Billing? {
        uncharged(of: request).map { charged($0, request) }
    }

    /// The same before the program charges anything on it.
    func uncharged(of request: AuthorizationRequest) -> Billing? {
        let least: Int64 = request.kind.flow == .none ? 0 : 1
        let amount = request.transaction.minorUnits
        guard amount >= least, let billing = convertedBilling(of: request), billing.amount >= least else { return nil }
        if let hold = statusCheckAmount(of: request, on: billing.key) {
            return worth(of: Money(hold, billing.key.currency), request, billing).map {
                Billing(billing.key, hold, for: $0)
            }
        }
        guard let fee = request.acquirerFee else { return billing }
        return fee.charged(of: request.kind, at: billing.amount, over: amount).flatMap(billing.charging)
    }

    /// What a fuel status check holds instead of its own amount; nil for other requests, or when the program has none.
    /// A single message posts what it says.
    func statusCheckAmount(of request: AuthorizationRequest, on key: BalanceKey) -> Int64? {
        guard request.purpose == .statusCheck, !request.isSingleMessage, request.kind.flow == .debit else { return nil }
        return program.policy(for: key.currency)?.statusCheckAmount.flatMap { $0 > 0 ? $0 : nil }
    }

    /// What a status check's hold is worth in the transaction's currency, 1 or more. By the rate: the amount that such a
    /// check asks for is too small to tell it. Nil when out of range.
    private func worth(of hold: Money, _ request: AuthorizationRequest, _ own: Billing) -> Money? {
        let transaction = request.transaction
        if transaction.currency == hold.currency, own.amount == transaction.minorUnits { return hold }
        let (rate, markUp) =
            request.billing.map { ($0.rate(from: transaction), 0) }
            ?? (self.rate(from: transaction.currency, to: hold.currency), program.markUp)
        let amount =
            rate.map { $0.amount(worth: hold, markUp: markUp)?.minorUnits }
            ?? transaction.minorUnits.scaled(by: hold.minorUnits, over: own.amount)
        guard let amount, amount <= largestAmount else { return nil }
        return Money(max(amount, 1), transaction.currency)
    }

    private func rate(from: Currency, to: Currency) -> ExchangeRate? {
        program.rates.first { $0.from == from && $0.to == to }
    }

    private func convertedBilling(of request: AuthorizationRequest) -> Billing? {
        let transaction = request.transaction
        if let billing = request.billing { return held(billing.money, for: transaction) }
        if let same = held(transaction, for: transaction) { return same }
        for (key, _) in state.balancesInOrder where key.kind == .main {
            let rate = rate(from: transaction.currency, to: key.currency)
            if let converted = rate?.convert(transaction, markUp: program.markUp) {
                return Billing(key, max(converted.minorUnits, min(1, transaction.minorUnits)), for: transaction)
            }
        }
        return nil
    }

    private func held(_ money: Money, for transaction: Money) -> Billing? {
        let key = BalanceKey(money.currency)
        return state.balances[key] == nil ? nil : Billing(key, money.minorUnits, for: transaction)
    }
}

extension AcquirerFee {
    /// The fee in the balance's currency, at the rate of the amount that it comes with: 0 when the amount contains it or
    /// it is in the cardholder's favour. Nil when out of range.
    ///
    /// - Parameters:
    ///   - billed: the amount in the balance's currency.
    ///   - amount: the same in the transaction's currency, above 0.
    func charged(of kind: TransactionKind, at billed: Int64, over amount: Int64) -> Int64? {
        guard !isIncluded, self.amount > 0, kind.flow == .debit else { return 0 }
        return self.amount.scaled(by: billed, over: amount).map { max($0, 1) }
    }
}

extension ConvertedAmount {
    /// The network's rate, as long as it explains the converted amount: networks differ in what they apply it to.
    fileprivate func rate(from transaction: Money) -> ExchangeRate? {
        let decimals = Int(rate / 10_000_000)
        var billionths = Int64(rate % 10_000_000)
        for _ in 0..<max(0, 9 - decimals) { billionths *= 10 }
        let rate = ExchangeRate(from: transaction.currency, to: money.currency, billionths: billionths)
        guard let converted = rate.convert(transaction, markUp: 0),
            (-1...1).contains(converted.minorUnits - money.minorUnits)
        else { return nil }
        return rate
    }
}

extension DecisionContext {
    /// What is done with an amount of an authorization.
    enum Movement {
        case hold
        case release
        case post
        /// Takes back what was posted.
        case unpost
    }

    /// One transfer for each line that moves something. A line below 0 goes the other way.
    ///
    /// - Parameter authorization: has the charges that the lines are of.
    mutating func transfers(
        _ movement: Movement,
        _ lines: Lines,
        of authorization: Authorization,
        on key: BalanceKey
    ) -> [Transfer] {
        var transfers: [Transfer] = []
        if lines.principal != 0 {
            transfers.append(transfer(movement, lines.principal, line: 0, of: authorization, on: key))
        }
        if lines.fee != 0 { transfers.append(transfer(movement, lines.fee, line: 1, of: authorization, on: key)) }
        var line: UInt8 = 2
        for (charge, amount) in zip(authorization.charges, lines.charges) {
            if amount != 0 {
                let account = charge.counterAccount
                transfers.append(
                    transfer(movement, amount, line: line, of: authorization, on: key, against: account)
                )
            }
            line += 1
        }
        return transfers
    }

    private mutating func transfer(
        _ movement: Movement,
        _ amount: Int64,
        line: UInt8,
        of authorization: Authorization,
        on key: BalanceKey,
        against counterparty: InternalAccount = .networkSettlement
    ) -> Transfer {
        let isDebit = authorization.kind.flow == .debit
        let pending: Layer = isDebit ? .pendingDebit : .pendingCredit
        let (isForward, layer): (Bool, Layer) =
            switch movement {
            case .hold: (amount > 0, pending)
            case .release: (amount < 0, pending)
            case .post: (amount > 0, .posted)
            case .unpost: (amount < 0, .posted)
            }
        return Transfer(
            id: identifiers.next(),
            isForward == isDebit ? .debit : .credit,
            layer,
            of: abs(amount),
            on: key,
            against: counterparty,
            line: line,
            authorization: authorization.id
        )
    }

    /// The balance's movement under transfers; nil when one of them leaves the range.
    func movement(of key: BalanceKey, by transfers: [Transfer]) -> BalanceMovement? {
        guard let before = state.balances[key] else { return nil }
        var after = before
        for transfer in transfers {
            guard let next = after.after(transfer) else { return nil }
            after = next
        }
        return BalanceMovement(key: key, before: before, after: after)
    }
}

// MARK: - Velocity

extension DecisionContext {
    /// The velocity of a payment that is approved today; none for credits. Nil when out of range.
    func count(_ amount: Int64, payments: Int64, of authorization: Authorization, on key: BalanceKey) -> [Change]? {
        guard authorization.kind.flow == .debit else { return [] }
        var changes: [Change] = []
        for key in counterKeys(of: authorization, in: key.currency) {
            var counter = state.counters[key] ?? Counter()
            let (sum, overflow) = counter.amount.addingReportingOverflow(amount)
            guard !overflow, sum >= 0 else { return nil }
            counter.amount = sum
            counter.count += payments
            changes.append(.counter(key, counter))
        }
        return changes
    }

    /// What a token adds to a payment that was begun without one. Its day keeps it: how much of what is given back later
    /// was the token's is not known. Nil when out of range.
    func count(
        _ amount: Int64,
        byToken token: [UInt8]?,
        addingTo authorization: Authorization,
        on key: BalanceKey
    ) -> [Change]? {
        guard let token, authorization.token == nil, authorization.kind.flow == .debit else { return [] }
        let key = CounterKey(
            card: authorization.card,
            currency: key.currency,
            dayStart: moment.dayStart,
            token: token
        )
        var counter = state.counters[key] ?? Counter()
        let (sum, overflow) = counter.amount.addingReportingOverflow(amount)
        guard !overflow, sum >= 0 else { return nil }
        counter.amount = sum
        return [.counter(key, counter)]
    }

    /// Today's: of the card, and of the token where there is one.
    private func counterKeys(of authorization: Authorization, in currency: Currency) -> [CounterKey] {
        let key = CounterKey(card: authorization.card, currency: currency, dayStart: moment.dayStart)
        guard let token = authorization.token else { return [key] }
        var ofToken = key
        ofToken.token = token
        return [key, ofToken]
    }

    /// Counts a change of an authorization: more today, or less of what today counted. Nil when out of range.
    func recount(_ difference: Int64, of authorization: inout Authorization, on key: BalanceKey) -> [Change]? {
        guard authorization.kind.flow == .debit else { return [] }
        // Nothing more is nothing of today's.
        if difference == 0, authorization.countedOn != moment.dayStart { return [] }
        if difference < 0 {
            // The smallest number has no positive counterpart, and no authorization holds as much.
            return giveBack(Int64(clamping: difference.magnitude), of: &authorization, isAll: false)
        }
        if authorization.countedOn != moment.dayStart {
            authorization.countedOn = moment.dayStart
            authorization.countedPart = 0
        }
        if let part = authorization.countedPart {
            let (sum, overflow) = part.addingReportingOverflow(difference)
            guard !overflow else { return nil }
            authorization.countedPart = sum
        }
        // It is one payment still.
        return count(difference, payments: 0, of: authorization, on: key)
    }

    /// Velocity goes back to the day that counted it, the last amount first, as long as that day lasts: a closed day
    /// limits nothing.
    func giveBack(_ amount: Int64, of authorization: inout Authorization, isAll: Bool) -> [Change] {
        guard amount > 0 || isAll, authorization.kind.flow == .debit, authorization.countedOn == moment.dayStart,
            let balance = authorization.balance
        else { return [] }
        let part = authorization.countedPart
        let back = part.map { min(amount, $0) } ?? amount
        authorization.countedPart = part.map { $0 - back }
        return counterKeys(of: authorization, in: balance.currency).compactMap { key in
            guard var counter = state.counters[key] else { return nil }
            counter.amount -= back
            counter.count -= part == nil && isAll ? 1 : 0
            return .counter(key, counter)
        }
    }
}

extension DecisionContext {
    mutating func reverse(_ reversal: Reversal) -> Decision {
        if let message = reversal.message, let known = state.keys[message.key],
            known.fingerprint != message.fingerprint
        {
            return Decision(.acknowledged(.exception(.keyReusedWithOtherContent), known.authorization))
        }
        switch reversal.target {
        case .authorization(let id):
            guard let original = state.authorizations[id] else { return .refused(.authorizationNotFound) }
            return reverse(original, to: reversal.newTotal ?? 0)
        case .message(let key, aliases: _):
            if case .acknowledged(_, let id)? = state.keys[key]?.answer {
                return Decision(.acknowledged(.exception(.originalIsReversal), id))
            }
            if let id = state.keys[key]?.authorization, let original = state.authorizations[id] {
                return reverse(original, to: reversal.newTotal ?? 0)
            }
            guard state.keys[key] == nil else { return Decision(.acknowledged(.nothingLeft, nil)) }
            let waiting = KeyRecord(fingerprint: [], authorization: nil, answer: nil)
            return Decision(.acknowledged(.waitsForOriginal, nil), changes: [.key(key, waiting)])
        }
    }

    /// - Parameter newTotal: what the transaction shall amount to, in its own currency.
    private mutating func reverse(_ original: Authorization, to newTotal: Int64) -> Decision {
        func acknowledged(_ acknowledgement: Acknowledgement) -> Decision {
            Decision(.acknowledged(acknowledgement, original.id))
        }
        if original.status == .declined { return acknowledged(.nothingLeft) }
        if newTotal > original.approved.minorUnits { return acknowledged(.exception(.reversalAboveApproved)) }
        if original.remaining == 0 {
            return acknowledged(original.cleared > 0 ? .exception(.reversalAfterClearing) : .nothingLeft)
        }
        let newRemaining = min(original.remaining, max(0, newTotal - original.cleared))
        if newRemaining == original.remaining { return acknowledged(.nothingLeft) }

        let (reduced, transfers) = release(of: original, to: newRemaining)
        guard let key = original.balance, let movement = movement(of: key, by: transfers) else {
            return acknowledged(.exception(.amountOutOfRange))
        }
        var changes = transfers.map(Change.transfer)
        changes += giveBack(
            original.held - reduced.held,
            of: original,
            isAll: newRemaining == 0 && original.cleared == 0
        )
        changes.append(.authorization(reduced))
        // A total below what was cleared asks for money that has been posted: the rest is released, the wish kept.
        let asksForCleared = newTotal > 0 && newTotal < original.cleared
        return Decision(
            .acknowledged(asksForCleared ? .exception(.reversalAfterClearing) : .applied, original.id),
            changes: changes,
            balance: movement
        )
    }

    /// The authorization with less remaining, and the transfer that gives the difference of the hold back.
    private mutating func release(
        of original: Authorization,
        to newRemaining: Int64
    ) -> (Authorization, [Transfer]) {
        var reduced = original
        reduced.held = original.held(for: newRemaining)
        reduced.remaining = newRemaining
        reduced.uncertain = false
        if newRemaining == 0 {
            reduced.status = original.cleared > 0 ? .cleared : .reversed
        }
        return (reduced, releasing(original.held - reduced.held, of: original))
    }

    /// The transfer that takes `amount` off the hold of an authorization; none when there is nothing to take.
    private mutating func releasing(_ amount: Int64, of authorization: Authorization) -> [Transfer] {
        guard amount > 0, let key = authorization.balance else { return [] }
        let isDebit = authorization.kind.flow == .debit
        let transfer = Transfer(
            id: identifiers.next(),
            isDebit ? .credit : .debit,
            isDebit ? .pendingDebit : .pendingCredit,
            of: amount,
            on: key,
            against: .networkSettlement,
            authorization: authorization.id
        )
        return [transfer]
    }

    /// Velocity goes back to the day that counted it, as long as that day lasts: a closed day limits nothing.
    private func giveBack(_ amount: Int64, of original: Authorization, isAll: Bool) -> [Change] {
        guard original.kind.flow == .debit, original.countedOn == moment.dayStart, let balance = original.balance
        else { return [] }
        let key = CounterKey(card: original.card, currency: balance.currency, dayStart: original.countedOn)
        guard var counter = state.counters[key] else { return [] }
        counter.amount -= amount
        counter.count -= isAll ? 1 : 0
        return [.counter(key, counter)]
    }

    /// Posts what the acceptor collects, whatever the state of card and account, and lowers the hold by its share.
    mutating func clear(_ clearing: Clearing) -> Decision {
        guard let original = state.authorizations[clearing.authorization] else {
            return .refused(.authorizationNotFound)
        }
        guard original.approved.currency == clearing.amount.currency else { return .refused(.currencyMismatch) }
        guard let key = original.balance else { return .refused(.transitionNotAllowed) }
        guard clearing.billing == nil || clearing.billing?.currency == key.currency else {
            return .refused(.currencyMismatch)
        }
        let amount = clearing.amount.minorUnits
        let cleared = original.cleared.addingReportingOverflow(amount)
        guard !cleared.overflow,
            let posting = clearing.billing?.minorUnits ?? share(of: original, upTo: cleared.partialValue),
            case let posted = original.posted.addingReportingOverflow(posting), !posted.overflow
        else { return .refused(.balanceOutOfRange) }

        var reduced = original
        reduced.cleared = cleared.partialValue
        reduced.posted = posted.partialValue
        reduced.uncertain = false
        let newRemaining = clearing.isFinal ? 0 : max(0, original.remaining - amount)
        reduced.held = original.held(for: newRemaining)
        reduced.remaining = newRemaining
        if newRemaining == 0 { reduced.status = .cleared }
        let transfers =
            releasing(original.held - reduced.held, of: original) + self.posting(posting, of: original, on: key)
        guard let movement = movement(of: key, by: transfers) else { return .refused(.balanceOutOfRange) }
        return Decision(
            .acknowledged(.applied, original.id),
            changes: transfers.map(Change.transfer) + [.authorization(reduced)],
            balance: movement
        )
    }

    /// What is posted when the cleared sum grows to `cleared`: the difference of the shares of both sums, so that many
    /// small clearings post as much as one. May be 0 for a part below one minor unit. Nil when out of range.
    private func share(of original: Authorization, upTo cleared: Int64) -> Int64? {
        let approved = original.approved.minorUnits
        guard let after = cleared.scaled(by: original.billed, over: approved),
            let before = original.cleared.scaled(by: original.billed, over: approved)
        else { return nil }
        return after - before
    }

    private mutating func posting(_ amount: Int64, of original: Authorization, on key: BalanceKey) -> [Transfer] {
        guard amount > 0 else { return [] }
        let transfer = Transfer(
            id: identifiers.next(),
            original.kind.flow == .debit ? .debit : .credit,
            .posted,
            of: amount,
            on: key,
            against: .networkSettlement,
            authorization: original.id
        )
        return [transfer]
    }
}

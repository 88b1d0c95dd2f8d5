extension DecisionContext {
    /// Posts what the acceptor collects, whatever the state of card and account, and lowers the hold by its share.
    mutating func clear(_ clearing: Clearing) -> Decision {
        guard let original = state.authorizations[clearing.authorization] else {
            return .refused(.authorizationNotFound)
        }
        guard original.approved.currency == clearing.amount.currency else { return .refused(.currencyMismatch) }
        // What was posted at once has no clearing to come.
        guard let key = original.balance, !original.isSingleMessage else { return .refused(.transitionNotAllowed) }
        guard clearing.billing == nil || clearing.billing?.currency == key.currency else {
            return .refused(.currencyMismatch)
        }
        let billing = clearing.billing?.minorUnits
        guard
            let settled = settle(original, clearing.amount.minorUnits, billing, isFinal: clearing.isFinal, on: key)
        else { return .refused(.balanceOutOfRange) }
        return Decision(
            .acknowledged(.applied, original.id),
            changes: settled.changes,
            balance: settled.balance
        )
    }

    /// - Parameter billing: what the network converted; else the amount's share of what was billed.
    /// - Returns: nil when out of range.
    mutating func settle(
        _ original: Authorization,
        _ amount: Int64,
        _ billing: Int64?,
        isFinal: Bool,
        on key: BalanceKey
    ) -> (changes: [Change], balance: BalanceMovement)? {
        let cleared = original.cleared.addingReportingOverflow(amount)
        guard !cleared.overflow, let posting = posting(of: original, upTo: cleared.partialValue, billing),
            case let posted = original.posted.addingReportingOverflow(posting.total), !posted.overflow
        else { return nil }
        var reduced = original
        reduced.cleared = cleared.partialValue
        reduced.posted = posted.partialValue
        reduced.uncertain = false
        let released = reduced.lower(to: isFinal ? 0 : max(0, original.remaining - amount))
        if reduced.remaining == 0 { reduced.status = .cleared }
        let transfers =
            transfers(.release, released, of: original, on: key) + transfers(.post, posting, of: original, on: key)
        guard let moved = movement(of: key, by: transfers) else { return nil }
        return (transfers.map(Change.transfer) + [.authorization(reduced)], moved)
    }

    /// What is posted when the cleared sum grows to `cleared`: the difference of the shares of both sums, so that many
    /// small clearings post as much as one. May be 0 for a part below one minor unit. Nil when out of range.
    private func posting(of original: Authorization, upTo cleared: Int64, _ billing: Int64?) -> Lines? {
        if let billing {
            guard billing >= 0 else { return nil }
            if original.fee == 0 { return Lines(principal: billing) }
        }
        guard let after = original.share(of: cleared), let before = original.share(of: original.cleared) else {
            return nil
        }
        var lines = after - before
        if let billing { lines.principal = billing }
        return lines.principal.addingReportingOverflow(lines.fee).overflow ? nil : lines
    }
}

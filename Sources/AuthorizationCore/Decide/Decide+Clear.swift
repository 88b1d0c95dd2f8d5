extension DecisionContext {
    /// Posts what the acceptor collects, whatever the state of card and account, and lowers the hold by its share.
    ///
    /// - Parameter fee: what the acquirer charges, when an operator says it.
    mutating func clear(_ clearing: Clearing, fee: AcquirerFee? = nil) -> Decision {
        guard let original = state.authorizations[clearing.authorization] else {
            return .refused(.authorizationNotFound)
        }
        guard original.approved.currency == clearing.amount.currency else { return .refused(.currencyMismatch) }
        // What was posted at once has no clearing to come.
        guard let key = original.balance, !original.isSingleMessage else { return .refused(.transitionNotAllowed) }
        guard clearing.billing == nil || clearing.billing?.currency == key.currency else {
            return .refused(.currencyMismatch)
        }
        let collected = Collected(
            amount: clearing.amount.minorUnits,
            billing: clearing.billing?.minorUnits,
            fee: fee,
            isFinal: clearing.isFinal
        )
        guard let settled = settle(original, collected, on: key) else { return .refused(.balanceOutOfRange) }
        return Decision(
            .acknowledged(.applied, original.id),
            changes: settled.changes,
            balance: settled.balance
        )
    }

    /// What the acceptor collects of an authorization.
    struct Collected {
        /// In the transaction's currency, above 0.
        var amount: Int64
        /// What the network converted; else the amount's share of what was billed.
        var billing: Int64?
        /// What the acquirer says that it charges; else the amount's share of the fee that was approved.
        var fee: AcquirerFee?
        /// Whether nothing more will be collected. Of a payment in instalments, the last of them decides.
        var isFinal: Bool
    }

    /// - Returns: nil when out of range.
    mutating func settle(
        _ original: Authorization,
        _ collected: Collected,
        on key: BalanceKey
    ) -> (changes: [Change], balance: BalanceMovement)? {
        let cleared = original.cleared.addingReportingOverflow(collected.amount)
        guard !cleared.overflow, let posting = posting(of: original, upTo: cleared.partialValue, collected),
            case let posted = original.posted.addingReportingOverflow(posting.total), !posted.overflow
        else { return nil }
        var reduced = original
        reduced.cleared = cleared.partialValue
        reduced.posted = posted.partialValue
        reduced.post(posting.charges)
        reduced.uncertain = false
        reduced.instalments?.clearOne()
        let isFinal = reduced.instalments?.isDone ?? collected.isFinal
        let used = reduced.lower(to: max(0, original.remaining - collected.amount))
        let unused = isFinal ? reduced.lower(to: 0) : Lines(principal: 0)
        // Of what has expired, more parts may come.
        if reduced.remaining == 0, isFinal || original.status != .expired { reduced.status = .cleared }
        let counted = giveBack(unused.total, of: &reduced, isAll: false)
        let transfers =
            transfers(.release, used + unused, of: original, on: key)
            + transfers(.post, posting, of: original, on: key)
        guard let moved = movement(of: key, by: transfers) else { return nil }
        return (transfers.map(Change.transfer) + counted + [.authorization(reduced)], moved)
    }

    /// What is posted when the cleared sum grows to `cleared`: the difference of the shares of both sums, so that many
    /// small clearings post as much as one. May be 0 for a part below one minor unit. Nil when out of range.
    private func posting(of original: Authorization, upTo cleared: Int64, _ collected: Collected) -> Lines? {
        var lines: Lines
        if let billing = collected.billing, original.fee == 0 || collected.fee != nil {
            lines = Lines(principal: billing)
        } else {
            guard let after = original.share(of: cleared), let before = original.share(of: original.cleared) else {
                return nil
            }
            lines = after - before
            lines.principal = collected.billing ?? lines.principal
        }
        guard lines.principal >= 0, let charges = original.chargesToPost(upTo: cleared, billing: collected.billing)
        else { return nil }
        lines.charges = charges
        if let fee = collected.fee {
            guard let charged = fee.charged(of: original.kind, at: lines.principal, over: collected.amount) else {
                return nil
            }
            lines.fee = charged
        }
        return lines.isInRange ? lines : nil
    }
}

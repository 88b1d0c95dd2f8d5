/// What an advice says in the place of what is known.
extension DecisionContext {
    /// What an approved advice says takes the place of what was held or posted for an authorization that is known.
    mutating func replace(
        _ original: Authorization,
        by advice: Advice,
        _ card: Card
    ) -> Decision {
        let request = advice.request
        if original.status == .reversed { return exception(.adviceAfterReversal, original.id) }
        guard original.kind.flow == request.kind.flow else { return exception(.originalDiffers, original.id) }
        if request.kind.flow == .none {
            var approved = original.advised
            approved.status = .cleared
            return Decision(.acknowledged(.recorded, original.id), changes: [.authorization(approved)])
        }
        if request.transaction.minorUnits == 0 { return takeBack(original) }
        guard let billing = billing(of: request) else { return exception(.currencyNotConvertible, original.id) }
        guard original.balance == nil ? original.card == card.id : isSameMoney(original, request, billing) else {
            return exception(.originalDiffers, original.id)
        }
        guard let billing = keepingFee(of: original, advice, billing).map({ keepingCharges(of: original, $0) }),
            billing.isChargeable
        else { return exception(.amountOutOfRange, original.id) }
        if original.isSingleMessage || original.status == .declined && request.isSingleMessage {
            return repost(original, request.transaction, billing)
        }
        if request.isSingleMessage { return complete(original, request, billing.key) }
        return rehold(original, request, billing)
    }

    /// A final amount that tells no fee keeps its part of the one before. Nil when out of range.
    private func keepingFee(of original: Authorization, _ advice: Advice, _ billing: Billing) -> Billing? {
        guard advice.request.acquirerFee == nil, advice.reason.isCompletion, original.fee > 0 else { return billing }
        return original.share(of: advice.request.transaction.minorUnits).flatMap { billing.charging($0.fee) }
    }

    private func keepingCharges(of original: Authorization, _ billing: Billing) -> Billing {
        original.balance == nil ? billing : billing.keepingCharges(of: original)
    }

    func isSameMoney(
        _ original: Authorization,
        _ request: AuthorizationRequest,
        _ billing: Billing
    ) -> Bool {
        original.balance == billing.key && original.approved.currency == request.transaction.currency
    }

    /// Posts the final amount; what it leaves of the hold is given back.
    private mutating func complete(
        _ original: Authorization,
        _ request: AuthorizationRequest,
        _ key: BalanceKey
    ) -> Decision {
        if original.status == .cleared { return exception(.adviceAfterClearing, original.id) }
        let collected = Collected(
            amount: request.transaction.minorUnits,
            billing: request.billing?.money.minorUnits,
            fee: request.acquirerFee,
            isFinal: true
        )
        guard let settled = settle(original.advised, collected, on: key) else {
            return exception(.amountOutOfRange, original.id)
        }
        return Decision(
            .acknowledged(.recorded, original.id),
            changes: settled.changes,
            balance: settled.balance
        )
    }

    /// Holds the advised amount instead of what was held, less what was cleared.
    private mutating func rehold(
        _ original: Authorization,
        _ request: AuthorizationRequest,
        _ billing: Billing
    ) -> Decision {
        let approved = request.transaction
        let newRemaining = max(0, approved.minorUnits - original.cleared)
        if newRemaining == 0 {
            if original.remaining > 0 { return release(original.advised, to: 0, .recorded) }
            return Decision(.acknowledged(.recorded, original.id), changes: [.authorization(original.advised)])
        }
        if original.status == .cleared { return exception(.adviceAfterClearing, original.id) }
        var updated = original.advised
        updated.approved = approved
        updated.billed = billing.amount
        updated.fee = billing.lines.fee
        updated.charges = billing.charges
        guard var lines = updated.holdShare(of: newRemaining) else { return exception(.amountOutOfRange, original.id) }
        lines.principal = max(lines.principal, 1)
        updated.balance = billing.key
        updated.status = .pending
        updated.remaining = newRemaining
        updated.held = lines.total
        updated.heldFee = lines.fee
        for (index, held) in lines.charges.enumerated() { updated.charges[index].held = held }
        // A debit's day changes with its velocity.
        if original.status == .expired, original.kind.flow == .credit { updated.countedOn = moment.dayStart }
        if original.status == .declined {
            // What was declined had none: increments and instalments may follow now.
            updated.acceptor = request.acceptor
            updated.instalments = request.instalmentsToClear
        }
        return changeover(original, updated, .hold, lines - original.heldLines, on: billing.key)
    }

    /// Posts the difference between the advised amount and what was posted.
    private mutating func repost(_ original: Authorization, _ approved: Money, _ billing: Billing) -> Decision {
        var postedBefore: Lines? = Lines(principal: 0)
        if original.isSingleMessage { postedBefore = original.share(of: original.cleared) }
        guard let postedBefore else { return exception(.amountOutOfRange, original.id) }
        var updated = original.advised
        updated.balance = billing.key
        updated.status = .cleared
        updated.isSingleMessage = true
        updated.approved = approved
        updated.cleared = approved.minorUnits
        updated.billed = billing.amount
        updated.fee = billing.lines.fee
        updated.charges = billing.charges
        updated.posted = billing.amount
        for index in updated.charges.indices { updated.charges[index].posted = updated.charges[index].amount }
        return changeover(original, updated, .post, billing.lines - postedBefore, on: billing.key)
    }

    private mutating func changeover(
        _ original: Authorization,
        _ updated: Authorization,
        _ movement: Movement,
        _ difference: Lines,
        on key: BalanceKey
    ) -> Decision {
        var updated = updated
        let isNew = original.status == .declined
        if isNew { updated.countedOn = moment.dayStart }
        let transfers = transfers(movement, difference, of: updated, on: key)
        let counted =
            isNew
            ? countPayment(difference.total, of: &updated, on: key)
            : recount(difference.total, of: &updated, on: key).flatMap { velocity in
                countContactless(&updated, insteadOf: original, on: key).map { velocity + $0 }
            }
        guard let moved = self.movement(of: key, by: transfers), let counted else {
            return exception(.amountOutOfRange, original.id)
        }
        return Decision(
            .acknowledged(.recorded, original.id),
            changes: transfers.map(Change.transfer) + counted + [.authorization(updated)],
            balance: moved
        )
    }
}

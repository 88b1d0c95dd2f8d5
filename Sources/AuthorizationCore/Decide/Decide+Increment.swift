extension DecisionContext {
    /// An increment is checked like a request for what it adds. A declined one leaves what it adds to as it was.
    mutating func increase(
        by request: AuthorizationRequest,
        _ increment: Increment,
        _ id: AuthorizationID,
        _ card: Card
    ) -> Decision {
        let original = find(increment.original)?.authorization
        let addition = addition(of: request, increment, to: original)
        let assessment = assess(addition, card, original: original)
        if let reason = assessment.declineReason { return decline(addition, assessment, id, reason) }
        guard let original, let billing = assessment.billing else {
            preconditionFailure("an increment of nothing was declined")
        }
        let code = approvalCode()
        let added = addition.transaction
        guard let growth = grow(original, by: added.minorUnits, billing) else {
            return decline(addition, assessment.outOfRange, id, .insufficientFunds, isBalanceTold: false)
        }
        let amounts = ApprovedAmounts(transaction: added, billing: Money(billing.amount, billing.key.currency))
        var approval = Approval(authorization: original.id, code: code, extent: .added(amounts))
        if request.wantsBalance { approval.balance = told(growth.balance) }
        return Decision(
            .approved(approval),
            checks: assessment.checks,
            changes: growth.changes,
            balance: growth.balance
        )
    }

    /// The request for what comes on top of what stands: in cumulative mode, the network's amounts are totals.
    func addition(
        of request: AuthorizationRequest,
        _ increment: Increment,
        to original: Authorization?
    ) -> AuthorizationRequest {
        guard increment.mode == .cumulative, let original else { return request }
        let total = request.transaction.minorUnits
        let (standing, isTooLarge) = original.remaining.addingReportingOverflow(original.cleared)
        var addition = request
        addition.transaction.minorUnits = isTooLarge || total <= standing ? 0 : total - standing
        if let billed = request.billing?.money.minorUnits, billed >= 0, total > 0 {
            addition.billing?.money.minorUnits = billed.scaled(by: addition.transaction.minorUnits, over: total) ?? 0
        }
        return addition
    }

    /// More approved, held and counted; nil when out of range.
    mutating func grow(
        _ original: Authorization,
        by amount: Int64,
        _ billing: Billing
    ) -> (changes: [Change], balance: BalanceMovement)? {
        let approved = original.approved.minorUnits.addingReportingOverflow(amount)
        let billed = original.billed.addingReportingOverflow(billing.amount)
        guard !approved.overflow, !billed.overflow else { return nil }
        var grown = original
        grown.approved.minorUnits = approved.partialValue
        grown.remaining += amount
        grown.billed = billed.partialValue
        grown.held += billing.amount
        grown.fee += billing.lines.fee
        grown.heldFee += billing.lines.fee
        let transfers = transfers(.hold, billing.lines, of: original, on: billing.key)
        guard let moved = movement(of: billing.key, by: transfers),
            // It is one payment still.
            let counted = count(billing.amount, payments: 0, of: original.card, on: billing.key, original.kind)
        else { return nil }
        return (transfers.map(Change.transfer) + counted + [.authorization(grown)], moved)
    }
}

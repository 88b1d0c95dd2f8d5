extension DecisionContext {
    /// An increment is checked like a request for what it adds. A declined one leaves what it adds to as it was.
    mutating func increase(
        by request: AuthorizationRequest,
        _ increment: Increment,
        _ id: AuthorizationID,
        _ card: Card
    ) -> Decision {
        let addition = addition(of: request, increment, to: find(increment.original)?.authorization)
        let assessment = assess(request, card, addition)
        if let reason = assessment.declineReason { return decline(request, assessment, id, reason) }
        guard let original = addition.original, let billing = addition.billing else {
            preconditionFailure("an increment of nothing was declined")
        }
        guard let growth = grow(original, by: addition.amount, billing, request, assessment) else {
            return decline(request, assessment.outOfRange, id, .insufficientFunds, isBalanceTold: false)
        }
        let extent = Approval.Extent.added(billing.approvedAmounts)
        let approval = Approval(authorization: original.id, code: approvalCode(), extent: extent)
        return Decision(
            .approved(approval),
            checks: assessment.checks,
            changes: growth.changes,
            balance: growth.balance
        )
    }

    /// What an increment comes to.
    struct Addition {
        /// What it adds to; nil when nothing is known by the name.
        var original: Authorization?
        /// What comes on top, in minor units of the transaction's currency. 0 or less adds nothing.
        var amount: Int64
        var billing: Billing?
    }

    /// What comes on top of what stands: in cumulative mode, the network's amounts and the acquirer's fee are totals.
    func addition(of request: AuthorizationRequest, _ increment: Increment, to original: Authorization?) -> Addition {
        let total = request.transaction.minorUnits
        guard increment.mode == .cumulative, let original, original.status == .pending else {
            let billing = uncharged(of: request).map { charged($0, request, onTopOf: original) }
            return Addition(original: original, amount: total, billing: billing)
        }
        let (standing, isTooLarge) = original.remaining.addingReportingOverflow(original.cleared)
        var part = request
        part.acquirerFee = nil
        part.transaction.minorUnits = isTooLarge || total <= standing ? 0 : total - standing
        if let billed = request.billing?.money.minorUnits, billed >= 0, total > 0 {
            part.billing?.money.minorUnits = billed.scaled(by: part.transaction.minorUnits, over: total) ?? 0
        }
        let postedFee = original.share(of: original.cleared)?.fee ?? 0
        let addedFee = uncharged(of: request).map { max(0, $0.lines.fee - original.heldFee - postedFee) }
        let billing = uncharged(of: part).flatMap { part in addedFee.flatMap(part.charging) }
        return Addition(
            original: original,
            amount: part.transaction.minorUnits,
            billing: billing.map { charged($0, request, onTopOf: original) }
        )
    }

    /// More approved, held and counted; nil when out of range.
    mutating func grow(
        _ original: Authorization,
        by amount: Int64,
        _ billing: Billing,
        _ request: AuthorizationRequest,
        _ assessment: Assessment
    ) -> (changes: [Change], balance: BalanceMovement)? {
        let approved = original.approved.minorUnits.addingReportingOverflow(amount)
        let billed = original.billed.addingReportingOverflow(billing.amount)
        guard !approved.overflow, !billed.overflow, billing.isChargeable,
            let charges = original.charges(adding: billing.charges)
        else { return nil }
        var grown = original
        grown.approved.minorUnits = approved.partialValue
        grown.remaining += amount
        grown.billed = billed.partialValue
        grown.held += billing.amount
        grown.fee += billing.lines.fee
        grown.heldFee += billing.lines.fee
        grown.charges = charges
        let transfers = transfers(.hold, grown.heldLines - original.heldLines, of: grown, on: billing.key)
        guard let moved = movement(of: billing.key, by: transfers),
            let counted = recount(billing.amount, of: &grown, on: billing.key),
            let countedByToken = count(
                billing.amount,
                byToken: countedToken(of: request),
                addingTo: original,
                on: billing.key
            ),
            let countedContactless = assessment.contactless == nil
                ? [] : countContactless(billing.amount, of: &grown, on: billing.key)
        else { return nil }
        let counters = counted + countedByToken + countedContactless
        return (transfers.map(Change.transfer) + counters + [.authorization(grown)], moved)
    }
}

extension Billing {
    /// With what stands of the payment that it adds to; nil when out of range.
    func total(onTopOf original: Authorization?) -> Int64? {
        let (standing, isTooLarge) = (original?.held ?? 0).addingReportingOverflow(original?.posted ?? 0)
        let (sum, overflow) = amount.addingReportingOverflow(standing)
        return isTooLarge || overflow ? nil : sum
    }

    var approvedAmounts: ApprovedAmounts {
        // The program's charges are between issuer and cardholder.
        ApprovedAmounts(transaction: transaction, billing: Money(lines.principal + lines.fee, key.currency))
    }
}

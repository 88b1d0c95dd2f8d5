extension DecisionContext {
    mutating func authorize(_ request: AuthorizationRequest) -> Decision {
        let id: AuthorizationID = identifiers.next()
        guard let card = request.card.flatMap({ state.cards[$0] }) else { return .withoutCard(request) }
        if let increment = request.increment { return increase(by: request, increment, id, card) }
        let assessment = assess(request, card)
        guard let reason = assessment.declineReason else { return approve(request, assessment, id) }
        return partialApproval(of: request, assessment, reason, id) ?? decline(request, assessment, id, reason)
    }

    private mutating func approve(
        _ request: AuthorizationRequest,
        _ assessment: Assessment,
        _ id: AuthorizationID,
        extent: Approval.Extent = .asRequested
    ) -> Decision {
        guard let billing = assessment.billing else { preconditionFailure("an amount without a balance was declined") }
        let code = approvalCode()
        var authorization = authorization(id, request, assessment.card, billing)
        var approval = Approval(authorization: id, code: code, extent: extent)
        guard request.kind.flow != .none else {
            let balance = request.wantsBalance ? movement(of: billing.key, by: []) : nil
            approval.balance = balance.flatMap(told)
            return Decision(
                .approved(approval),
                checks: assessment.checks,
                changes: [.authorization(authorization)],
                balance: balance
            )
        }
        authorization.contactless = assessment.contactless
        let movement: Movement = request.isSingleMessage ? .post : .hold
        let transfers = transfers(movement, billing.lines, of: authorization, on: billing.key)
        guard let moved = self.movement(of: billing.key, by: transfers),
            let counted = countPayment(billing.amount, of: &authorization, on: billing.key)
        else { return decline(request, assessment.outOfRange, id, .insufficientFunds, isBalanceTold: false) }
        // After a partial approval without credit, what is left on the card is what its holder wants to know.
        if request.wantsBalance, extent != .asRequested, moved.after.creditLimit == 0 { approval.balance = told(moved) }
        return Decision(
            .approved(approval),
            checks: assessment.checks,
            changes: transfers.map(Change.transfer) + counted + [.authorization(authorization)],
            balance: moved
        )
    }

    /// Nil when the sum leaves `Int64`.
    func told(_ movement: BalanceMovement) -> ToldBalance? {
        guard let available = movement.after.available(countingCredits: program.spendsPendingCredits) else {
            return nil
        }
        let currency = movement.key.currency
        return ToldBalance(available: Money(available, currency), ledger: Money(movement.after.posted, currency))
    }

    mutating func approvalCode() -> UInt32 { identifiers.approvalCode() }

    /// The authorization as it stands once it is approved: held, or posted at once.
    func authorization(
        _ id: AuthorizationID,
        _ request: AuthorizationRequest,
        _ card: CardID,
        _ billing: Billing
    ) -> Authorization {
        guard request.kind.flow != .none else {
            var authorization = nothing(id, request, card)
            authorization.status = .cleared
            return authorization
        }
        var authorization = Authorization(
            id: id,
            card: card,
            status: request.isSingleMessage ? .cleared : .pending,
            kind: request.kind,
            balance: billing.key,
            approved: billing.transaction,
            billed: billing.amount,
            countedOn: moment.dayStart,
            createdAt: moment.now
        )
        authorization.fee = billing.lines.fee
        authorization.charges = billing.charges
        if request.isSingleMessage {
            authorization.isSingleMessage = true
            authorization.held = 0
            authorization.cleared = authorization.approved.minorUnits
            authorization.posted = billing.amount
            authorization.post(billing.lines.charges)
        } else {
            authorization.heldFee = billing.lines.fee
            for (index, held) in billing.lines.charges.enumerated() { authorization.charges[index].held = held }
        }
        authorization.acceptor = request.acceptor
        authorization.instalments = request.instalmentsToClear
        authorization.token = countedToken(of: request)
        return authorization
    }

    /// The token whose velocity the program limits; nil without one.
    func countedToken(of request: AuthorizationRequest) -> [UInt8]? {
        request.kind.flow == .debit && program.limitsTokens ? request.credential?.token?.index : nil
    }

    /// One that holds nothing: declined, unless its status is changed. It keeps its token, as an advice may approve it.
    func nothing(_ id: AuthorizationID, _ request: AuthorizationRequest, _ card: CardID) -> Authorization {
        var authorization = Authorization(
            id: id,
            card: card,
            status: .declined,
            kind: request.kind,
            balance: nil,
            approved: Money(0, request.transaction.currency),
            billed: 0,
            countedOn: moment.dayStart,
            createdAt: moment.now
        )
        authorization.token = countedToken(of: request)
        return authorization
    }

    func decline(
        _ request: AuthorizationRequest,
        _ assessment: Assessment,
        _ id: AuthorizationID,
        _ reason: DeclineReason,
        isBalanceTold: Bool = true
    ) -> Decision {
        var declined = nothing(id, request, assessment.card)
        declined.contactless = assessment.contactless
        return Decision(
            .declined(reason, id),
            checks: assessment.checks,
            changes: [.authorization(declined)],
            balance: isBalanceTold ? assessment.billing.flatMap { movement(of: $0.key, by: []) } : nil
        )
    }
}

extension Assessment {
    /// With the checks as they are when the ledger's range cannot take the amount: no customer's balance comes near it,
    /// so the funds check says no.
    var outOfRange: Assessment {
        var assessment = self
        for index in checks.indices where checks[index].check == .availableBalance {
            assessment.checks[index].verdict = .failed(.insufficientFunds)
        }
        return assessment
    }
}

// MARK: - Partial approval

extension DecisionContext {
    /// Approves what is available when that is the only thing short, the acceptor can go on with less, and it is a
    /// plain purchase. Limits are those of the whole amount: only funds may fail. Nil otherwise.
    private mutating func partialApproval(
        of request: AuthorizationRequest,
        _ assessment: Assessment,
        _ reason: DeclineReason,
        _ id: AuthorizationID
    ) -> Decision? {
        guard reason == .insufficientFunds, request.allowsPartialApproval, request.kind == .purchase,
            request.cashback == 0, request.purpose != .statusCheck, let billing = assessment.billing,
            billing.lines.fee == 0, request.instalments == nil,
            let available = assessment.checks.first(where: { $0.check == .availableBalance })?.limit, available > 0
        else { return nil }
        guard let part = part(of: billing, request, within: available) else { return nil }
        var partial = assessment
        partial.billing = part
        let decision = approve(request, partial, id, extent: .partial(part.approvedAmounts))
        return decision.outcome.isApproved ? decision : nil
    }

    /// The largest part of the payment that is available together with its charges; nil when there is none. Charges grow
    /// with what they are on.
    private func part(of whole: Billing, _ request: AuthorizationRequest, within available: Int64) -> Billing? {
        let asked = request.transaction
        let schedules = schedules(of: request, in: whole.key.currency)
        func affordable(_ amount: Int64) -> Billing? {
            guard let billed = whole.lines.principal.scaled(by: amount, over: asked.minorUnits) else { return nil }
            let uncharged = Billing(whole.key, max(billed, 1), for: Money(amount, asked.currency))
            let part = charged(uncharged, request, by: schedules)
            return part.amount <= available ? part : nil
        }
        guard let share = asked.minorUnits.scaled(by: available, over: whole.lines.principal), share > 0 else {
            return nil
        }
        let most = min(share, asked.minorUnits)
        if let part = affordable(most) { return part }
        var (fitting, tooMuch) = (Int64(0), most)
        while tooMuch - fitting > 1 {
            let middle = fitting + (tooMuch - fitting) / 2
            if affordable(middle) == nil { tooMuch = middle } else { fitting = middle }
        }
        return fitting > 0 ? affordable(fitting) : nil
    }
}

extension Outcome {
    fileprivate var isApproved: Bool { if case .approved = self { true } else { false } }
}

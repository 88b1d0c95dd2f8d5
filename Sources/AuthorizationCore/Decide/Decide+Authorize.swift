extension DecisionContext {
    mutating func authorize(_ request: AuthorizationRequest) -> Decision {
        let authorizationID: AuthorizationID = identifiers.next()
        guard let cardID = request.card, let card = state.cards[cardID] else { return .cardNotFound }
        let billing = billing(of: request)
        let counterKey = billing.map { CounterKey(card: cardID, currency: $0.key.currency, dayStart: moment.dayStart) }
        let counter = counterKey.flatMap { state.counters[$0] } ?? Counter()

        let checks = [
            CheckResult(.cardFound, .passed),
            checkNotReversed(request),
            checkStatus(of: card, request.kind.flow),
            checkExpiry(of: card, request),
            checkAccount(request.kind.flow),
            checkKind(request),
            CheckResult(.currencyConvertible, billing == nil ? .failed(.currencyNotConvertible) : .passed),
            checkTransactionLimit(billing, request.kind.flow),
            checkDailyLimit(billing, counter, request.kind.flow),
            checkFunds(billing, request.kind.flow),
        ]
        let failed = checks.lazy.compactMap { result -> DeclineReason? in
            if case .failed(let reason) = result.verdict { reason } else { nil }
        }
        if let reason = failed.min(by: { $0.precedence < $1.precedence }) {
            return decline(
                authorizationID,
                cardID,
                request,
                reason,
                checks,
                balance: billing.flatMap { movement(of: $0.key, by: []) }
            )
        }
        guard let billing, let counterKey else { preconditionFailure("an amount without a balance was declined") }
        return approve(request, authorizationID, cardID, billing, counterKey, counter, checks)
    }

    private mutating func approve(
        _ request: AuthorizationRequest,
        _ id: AuthorizationID,
        _ card: CardID,
        _ billing: Billing,
        _ counterKey: CounterKey,
        _ counter: Counter,
        _ checks: [CheckResult]
    ) -> Decision {
        let code = UInt32(truncatingIfNeeded: identifiers.word() % 1_000_000)
        var authorization = Authorization(
            id: id,
            card: card,
            status: .pending,
            kind: request.kind,
            balance: billing.key,
            approved: request.transaction,
            billed: billing.amount,
            countedOn: moment.dayStart,
            createdAt: moment.now
        )
        var changes: [Change] = []
        var movement: BalanceMovement?
        switch request.kind.flow {
        case .none:
            authorization.balance = nil
            authorization.approved.minorUnits = 0
            authorization.remaining = 0
            authorization.billed = 0
            authorization.held = 0
            authorization.status = .cleared
        case .debit, .credit:
            let isDebit = request.kind.flow == .debit
            let hold = Transfer(
                id: identifiers.next(),
                isDebit ? .debit : .credit,
                isDebit ? .pendingDebit : .pendingCredit,
                of: billing.amount,
                on: billing.key,
                against: .networkSettlement,
                authorization: id
            )
            guard let moved = self.movement(of: billing.key, by: [hold]) else {
                return decline(id, card, request, .insufficientFunds, outOfRange(checks), balance: nil)
            }
            movement = moved
            changes.append(.transfer(hold))
            if isDebit {
                var counted = counter
                counted.amount += billing.amount
                counted.count += 1
                changes.append(.counter(counterKey, counted))
            }
        }
        changes.append(.authorization(authorization))
        let approval = Approval(authorization: id, code: code)
        return Decision(.approved(approval), checks: checks, changes: changes, balance: movement)
    }

    private func decline(
        _ id: AuthorizationID,
        _ card: CardID,
        _ request: AuthorizationRequest,
        _ reason: DeclineReason,
        _ checks: [CheckResult],
        balance: BalanceMovement?
    ) -> Decision {
        let authorization = Authorization(
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
        return Decision(
            .declined(reason, id),
            checks: checks,
            changes: [.authorization(authorization)],
            balance: balance
        )
    }

    /// The checks when the pending layer cannot take the amount: no customer's balance comes near it, so the funds
    /// check says no.
    private func outOfRange(_ checks: [CheckResult]) -> [CheckResult] {
        checks.map { result in
            var result = result
            if result.check == .availableBalance { result.verdict = .failed(.insufficientFunds) }
            return result
        }
    }
}

/// The amount that is held, on the balance that holds it.
struct Billing {
    var key: BalanceKey
    var amount: Int64
}

extension DecisionContext {
    /// The network's billing amount; else the transaction amount when a balance has its currency; else the
    /// program's own rate; else nil. Nil too for an amount that no transfer can move.
    private func billing(of request: AuthorizationRequest) -> Billing? {
        let least: Int64 = request.kind.flow == .none ? 0 : 1
        guard request.transaction.minorUnits >= least else { return nil }
        return convertedBilling(of: request).flatMap { $0.amount < least ? nil : $0 }
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
                return Billing(key: key, amount: max(converted.minorUnits, min(1, request.transaction.minorUnits)))
            }
        }
        return nil
    }

    private func held(_ money: Money) -> Billing? {
        let key = BalanceKey(money.currency)
        return state.balances[key] == nil ? nil : Billing(key: key, amount: money.minorUnits)
    }

    private func checkNotReversed(_ request: AuthorizationRequest) -> CheckResult {
        let record = request.message.flatMap { state.keys[$0.key] }
        let isReversed = record != nil && record?.answer == nil
        return CheckResult(.notReversed, isReversed ? .failed(.reversedBeforeArrival) : .passed)
    }

    /// Credits reach a card that may not spend, as long as it is not closed or not yet active.
    private func checkStatus(of card: Card, _ flow: TransactionKind.Flow) -> CheckResult {
        let verdict: CheckResult.Verdict
        switch (card.status, flow) {
        case (.active, _): verdict = .passed
        case (.frozen, .credit), (.blocked, .credit), (.lost, .credit), (.stolen, .credit): verdict = .passed
        case (.inactive, _): verdict = .failed(.cardInactive)
        case (.frozen, .debit), (.frozen, .none): verdict = .failed(.cardFrozen)
        case (.blocked, .debit), (.blocked, .none): verdict = .failed(.cardBlocked)
        case (.lost, .debit), (.lost, .none): verdict = .failed(.cardLost)
        case (.stolen, .debit), (.stolen, .none): verdict = .failed(.cardStolen)
        case (.closed, _): verdict = .failed(.cardClosed)
        }
        return CheckResult(.cardStatus, verdict)
    }

    private func checkExpiry(of card: Card, _ request: AuthorizationRequest) -> CheckResult {
        let active = card.instances.filter(\.active)
        let presented = request.expiry.map { expiry in active.filter { $0.expiry == expiry } } ?? active
        if presented.isEmpty {
            return CheckResult(.instanceExpiry, .failed(.expiryMismatch))
        }
        let isValid = presented.contains { moment.now < $0.validUntil }
        return CheckResult(.instanceExpiry, isValid ? .passed : .failed(.cardExpired))
    }

    private func checkAccount(_ flow: TransactionKind.Flow) -> CheckResult {
        let verdict: CheckResult.Verdict
        switch (account.status, flow) {
        case (.open, _), (.frozen, .credit): verdict = .passed
        case (.frozen, .debit), (.frozen, .none): verdict = .failed(.accountFrozen)
        case (.closed, _): verdict = .failed(.accountClosed)
        }
        return CheckResult(.accountStatus, verdict)
    }

    /// Increments and fuel status checks need their link to an earlier authorization, which this version does not
    /// take; they are declined instead of being held twice.
    private func checkKind(_ request: AuthorizationRequest) -> CheckResult {
        let hasPurpose: Bool
        switch request.purpose {
        case .final, .preAuthorization, .estimated, .noShow, .delayedCharge, .resubmission, .deferred: hasPurpose = true
        case .increment, .statusCheck: hasPurpose = false
        }
        let isAllowed = hasPurpose && program.kinds.contains(request.kind)
        return CheckResult(.kindAllowed, isAllowed ? .passed : .failed(.kindNotAllowed))
    }

    private func checkTransactionLimit(_ billing: Billing?, _ flow: TransactionKind.Flow) -> CheckResult {
        guard let billing, flow == .debit else { return CheckResult(.transactionLimit, .notApplicable) }
        let limit = program.policy(for: billing.key.currency)?.transactionLimit ?? 0
        let verdict: CheckResult.Verdict = billing.amount <= limit ? .passed : .failed(.transactionLimitExceeded)
        return CheckResult(.transactionLimit, verdict, observed: billing.amount, limit: limit)
    }

    private func checkDailyLimit(_ billing: Billing?, _ counter: Counter, _ flow: TransactionKind.Flow) -> CheckResult {
        guard let billing, flow == .debit else { return CheckResult(.dailyLimit, .notApplicable) }
        let limit = program.policy(for: billing.key.currency)?.dailyLimit ?? 0
        let (sum, overflow) = counter.amount.addingReportingOverflow(billing.amount)
        let verdict: CheckResult.Verdict = !overflow && sum <= limit ? .passed : .failed(.dailyLimitExceeded)
        return CheckResult(.dailyLimit, verdict, observed: overflow ? .max : sum, limit: limit)
    }

    private func checkFunds(_ billing: Billing?, _ flow: TransactionKind.Flow) -> CheckResult {
        guard let billing, flow == .debit, let balance = state.balances[billing.key] else {
            return CheckResult(.availableBalance, .notApplicable)
        }
        guard let available = balance.available(countingCredits: program.spendsPendingCredits) else {
            return CheckResult(.availableBalance, .failed(.insufficientFunds), observed: billing.amount)
        }
        let verdict: CheckResult.Verdict = billing.amount <= available ? .passed : .failed(.insufficientFunds)
        return CheckResult(.availableBalance, verdict, observed: billing.amount, limit: available)
    }
}

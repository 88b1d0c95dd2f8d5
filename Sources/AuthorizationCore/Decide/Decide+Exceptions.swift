/// What operators do about exceptions. Unlike the messages themselves, these may be refused.
extension DecisionContext {
    mutating func apply(_ apply: ApplyException) -> Decision {
        if let amount = apply.amount, !(1...largestAmount).contains(amount.minorUnits) {
            return .refused(.balanceOutOfRange)
        }
        var decision: Decision
        switch apply.message {
        case .advice(let advice):
            decision = self.apply(advice, as: apply)
            if isFree(advice.request.message) { remember(advice, in: &decision) }
        case .reversal(let reversal):
            decision = self.apply(reversal, as: apply)
            if isFree(reversal.message) { remember(reversal.message, in: &decision) }
        case .clearing(let clearing):
            decision = self.apply(clearing, as: apply)
        }
        guard case .acknowledged(.exception(let reason), _) = decision.outcome else { return decision }
        return .refused(reason.refusal)
    }

    /// Whether what names the message later may be led to what was applied: not when its key is another message's, nor
    /// when the ledger's text cannot hold it.
    private func isFree(_ message: MessageIdentity?) -> Bool {
        guard let message, !message.key.utf8.contains(0) else { return false }
        return state.keys[message.key].map { $0.fingerprint == message.fingerprint } ?? true
    }

    private mutating func apply(_ advice: Advice, as apply: ApplyException) -> Decision {
        let id: AuthorizationID = identifiers.next()
        var advice = advice
        if advice.request.purpose == .statusCheck { advice.request.purpose = .estimated }
        if let amount = apply.amount { advice.request.take(amount) }
        guard let card = (apply.card ?? advice.request.card).flatMap({ state.cards[$0] }) else {
            return .refused(.cardNotFound)
        }
        var found = original(of: advice)
        if let id = apply.authorization {
            guard let named = find(.authorization(id)) else { return .refused(.authorizationNotFound) }
            found = named
            advice.original = .authorization(id)
            advice.request.increment?.original = .authorization(id)
        }
        if advice.verdict == .declined || advice.request.transaction.minorUnits == 0, advice.request.kind.flow != .none
        {
            guard let found, found.added == nil, let original = found.authorization else {
                return .refused(.authorizationNotFound)
            }
            return takeBack(original.standing, of: original)
        }
        let decision = takeApproval(advice, id, card, found)
        guard case .acknowledged(.exception, _) = decision.outcome, apply.authorization == nil, found != nil else {
            return decision
        }
        // It does not fit what it names, and the operator knows that.
        advice.original = nil
        return takeApproval(advice, id, card, nil)
    }

    private mutating func apply(_ reversal: Reversal, as apply: ApplyException) -> Decision {
        let named = apply.authorization.map { AuthorizationLink.authorization($0) } ?? reversal.target
        guard let found = find(named), let original = found.authorization else {
            return .refused(.authorizationNotFound)
        }
        if apply.amount.map({ $0.currency != original.approved.currency }) ?? false {
            return .refused(.currencyMismatch)
        }
        // Which part is taken back is told by the message, or else by the operator.
        if reversal.isUnclear && apply.amount == nil { return .refused(.transitionNotAllowed) }
        let whole = found.added?.amounts.transaction.minorUnits ?? original.standing
        let back = apply.amount?.minorUnits ?? min(whole - max(reversal.newTotal ?? 0, 0), original.standing)
        var decision = takeBack(back, of: original)
        if let added = found.added, whole > 0, case .acknowledged(.applied, _) = decision.outcome {
            decision.changes.append(.key(added.key, added.record(leaving: max(0, whole - back))))
        }
        return decision
    }

    private mutating func apply(_ clearing: Clearing, as apply: ApplyException) -> Decision {
        var clearing = clearing
        if let id = apply.authorization { clearing.authorization = id }
        if let amount = apply.amount { clearing.billing = amount }
        return clear(clearing)
    }

    /// Takes back what an authorization holds, then what it has posted.
    ///
    /// - Parameter back: in the transaction's currency.
    private mutating func takeBack(_ back: Int64, of original: Authorization) -> Decision {
        guard back > 0, back <= original.standing else { return .refused(.transitionNotAllowed) }
        if original.isSingleMessage { return payBack(original, to: original.cleared - back) }
        if back <= original.remaining { return release(original, to: original.remaining - back, .applied) }
        let fromPosted = back - original.remaining
        guard let key = original.balance,
            let unposted = original.posted.scaled(by: fromPosted, over: original.cleared)
        else { return .refused(.balanceOutOfRange) }
        var reduced = original
        let released = reduced.lower(to: 0)
        reduced.cleared -= fromPosted
        reduced.posted -= unposted
        reduced.uncertain = false
        reduced.status = reduced.cleared > 0 ? .cleared : .reversed
        let transfers =
            transfers(.release, released, of: original, on: key)
            + transfers(.unpost, Lines(principal: unposted), of: original, on: key)
        guard let moved = movement(of: key, by: transfers) else { return .refused(.balanceOutOfRange) }
        // What was posted once was paid: only the hold's part goes back to the day's velocity.
        let counted = giveBack(released.total, of: &reduced, isAll: original.cleared == 0)
        return Decision(
            .acknowledged(.applied, original.id),
            changes: transfers.map(Change.transfer) + counted + [.authorization(reduced)],
            balance: moved
        )
    }
}

extension AuthorizationRequest {
    /// An operator's amount is all that is moved: it contains the fee.
    fileprivate mutating func take(_ amount: Money) {
        acquirerFee = nil
        if transaction.currency == amount.currency || transaction.currency == .none {
            transaction = amount
            billing = nil
        } else {
            billing = ConvertedAmount(amount)
        }
    }
}

extension Authorization {
    /// Neither given back nor taken back, in the transaction's currency.
    var standing: Int64 {
        let (sum, overflow) = remaining.addingReportingOverflow(cleared)
        return overflow ? .max : sum
    }
}

extension ExceptionReason {
    fileprivate var refusal: Refusal {
        switch self {
        case .cardNotFound: .cardNotFound
        case .originalNotFound: .authorizationNotFound
        case .amountOutOfRange: .balanceOutOfRange
        case .currencyNotConvertible: .currencyNotHeld
        case .originalDiffers: .currencyMismatch
        case .reversalAboveApproved, .reversalAfterClearing, .keyReusedWithOtherContent, .originalIsReversal,
            .adviceAfterReversal, .adviceAfterClearing, .verdictUnclear, .partUnclear:
            .transitionNotAllowed
        }
    }
}

/// Moves what was given up between two internal accounts. The first of a shard, program and currency opens its account,
/// which belongs to no tenant.
func decideWriteOff(_ writeOff: WriteOffException, _ state: AccountState, at moment: Moment, seed: UInt64) -> Decision {
    let terms = writeOff.terms
    guard writeOff.proposedBy != writeOff.confirmedBy, (0...largestAmount).contains(terms.amount.minorUnits) else {
        return .refused(.transitionNotAllowed)
    }
    let key = BalanceKey(terms.amount.currency)
    var changes: [Change] = []
    if state.account == nil {
        let nobody = TenantID(high: 0, low: 0)
        let account = Account(id: terms.account, tenant: nobody, program: writeOff.program, openedAt: moment.now)
        changes = [.account(account), .openBalance(key, creditLimit: 0)]
    } else if state.balances[key] == nil {
        return .refused(.currencyNotHeld)
    }
    guard terms.amount.minorUnits > 0 else { return Decision(.done, changes: changes) }
    var identifiers = IdentifierSource(seed: seed, instant: moment.now, shard: terms.account.shard)
    let transfer = Transfer(
        id: identifiers.next(),
        terms.direction,
        .posted,
        of: terms.amount.minorUnits,
        on: key,
        against: .networkSettlement
    )
    let before = state.balances[key] ?? Balance()
    guard let after = before.after(transfer) else { return .refused(.balanceOutOfRange) }
    changes.append(.transfer(transfer))
    return Decision(.done, changes: changes, balance: BalanceMovement(key: key, before: before, after: after))
}

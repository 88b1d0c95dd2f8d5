/// What operators do about exceptions. Unlike the messages themselves, these may be refused.
extension DecisionContext {
    mutating func apply(_ apply: ApplyException) -> Decision {
        if let amount = apply.amount, !(1...largestAmount).contains(amount.minorUnits) {
            return .refused(.balanceOutOfRange)
        }
        // Whose key and original another message may have had when it came: they are looked for as they are now.
        let message = apply.message.resolved(in: state)
        if isBooked(message.command) { return .refused(.transitionNotAllowed) }
        var decision: Decision
        switch message {
        case .advice(let advice):
            decision = self.apply(advice, as: apply)
            if isFree(advice.request.message) { remember(advice, in: &decision) }
        case .reversal(let reversal):
            decision = self.apply(reversal, as: apply)
            if isFree(reversal.message) { remember(reversal.message, in: &decision) }
        case .clearing(let clearing):
            decision = self.apply(clearing, as: apply)
        }
        if message.command.card == nil { decision.forgetContent(of: message.command.message) }
        guard case .acknowledged(.exception(let reason), _) = decision.outcome else { return decision }
        return .refused(reason.refusal)
    }

    /// Whether the message was taken after all when it was repeated, or as another exception.
    private func isBooked(_ command: Command) -> Bool {
        guard let message = command.message, let known = state.keys[message.key] else { return false }
        // An advice that named it stands for it.
        if known.answer == nil, known.authorization != nil { return true }
        // The number of a card that was not found may have been damaged: its repeat has another fingerprint.
        guard command.card == nil || known.fingerprint.isEmpty || message.hasContent(of: known) else { return false }
        switch known.answer {
        case .acknowledged(.exception, _), nil: return false
        case .acknowledged, .approved, .declined, .done, .refused: return true
        }
    }

    /// Whether what names the message later may be led to what was applied: not when its key is another message's, nor
    /// when the ledger's text cannot hold it.
    private func isFree(_ message: MessageIdentity?) -> Bool {
        guard let message, !message.key.utf8.contains(0) else { return false }
        return state.keys[message.key].map(message.hasContent) ?? true
    }

    private mutating func apply(_ advice: Advice, as apply: ApplyException) -> Decision {
        let id: AuthorizationID = identifiers.next()
        var advice = advice
        if advice.request.purpose == .statusCheck { advice.request.purpose = .estimated }
        guard let card = (apply.card ?? advice.request.card).flatMap({ state.cards[$0] }) else {
            return .refused(.cardNotFound)
        }
        let own = original(of: advice)
        if let id = apply.authorization, state.authorizations[id] == nil { return .refused(.authorizationNotFound) }
        if advice.request.kind.flow == .none {
            return advice.verdict == .declined
                ? takeDecline(advice, id, card, own) : takeApproval(advice, of: own, id, card, as: apply)
        }
        if advice.leavesNothing { return takeBack(own, to: 0, as: apply) }
        if let amount = apply.amount {
            let added = (apply.authorization.map { .authorization($0) } ?? advice.request.increment?.original)
                .flatMap(find)?.authorization
            advice.request.take(amount, over: added?.status == .pending ? added?.standing ?? 0 : 0)
        }
        // The message does not tell how much, or others have added it meanwhile: nothing would move.
        guard advice.request.transaction.minorUnits > 0, advice.request.transaction.currency != .none else {
            return .refused(.transitionNotAllowed)
        }
        return takeApproval(advice, of: own, id, card, as: apply)
    }

    private mutating func takeApproval(
        _ advice: Advice,
        of own: FoundOriginal?,
        _ id: AuthorizationID,
        _ card: Card,
        as apply: ApplyException
    ) -> Decision {
        var advice = advice
        if let named = apply.authorization {
            advice.original = .authorization(named)
            advice.request.increment?.original = .authorization(named)
            return takeApproval(advice, id, card, find(.authorization(named)))
        }
        let decision = takeApproval(advice, id, card, own)
        guard case .acknowledged(.exception, _) = decision.outcome, own != nil else { return decision }
        // It does not fit what it names, and the operator knows that.
        advice.original = nil
        return takeApproval(advice, id, card, nil)
    }

    private mutating func apply(_ reversal: Reversal, as apply: ApplyException) -> Decision {
        // Which part is taken back is told by the message, or else by the operator.
        if reversal.isUnclear && apply.amount == nil { return .refused(.transitionNotAllowed) }
        return takeBack(find(reversal.target), to: max(reversal.newTotal ?? 0, 0), as: apply)
    }

    private mutating func apply(_ clearing: Clearing, as apply: ApplyException) -> Decision {
        var clearing = clearing
        if let id = apply.authorization { clearing.authorization = id }
        guard let amount = apply.amount else { return clear(clearing) }
        clearing.billing = amount
        return clear(clearing, fee: .contained)
    }

    /// Takes back what the operator says, else all but a rest: of an increment what it added, otherwise of the
    /// authorization. What the message names tells which, unless the operator names another authorization.
    private mutating func takeBack(_ own: FoundOriginal?, to newTotal: Int64, as apply: ApplyException) -> Decision {
        let isNamed = apply.authorization.map { $0 == own?.authorization?.id } ?? true
        guard let found = isNamed ? own : apply.authorization.flatMap({ find(.authorization($0)) }),
            let original = found.authorization
        else { return .refused(.authorizationNotFound) }
        if let amount = apply.amount, amount.currency != original.approved.currency {
            return .refused(.currencyMismatch)
        }
        let whole = found.added?.amounts.transaction.minorUnits ?? original.standing
        let back = apply.amount?.minorUnits ?? min(whole - newTotal, original.standing)
        var decision = takeBack(back, of: original)
        if let added = found.added, whole > 0, case .acknowledged(.applied, _) = decision.outcome {
            decision.changes.append(.key(added.key, added.record(leaving: max(0, whole - back))))
        }
        return decision
    }

    /// Takes back what an authorization holds, then what it has posted.
    ///
    /// - Parameter back: in the transaction's currency.
    private mutating func takeBack(_ back: Int64, of original: Authorization) -> Decision {
        guard back > 0, back <= original.standing else { return .refused(.transitionNotAllowed) }
        if original.isSingleMessage { return payBack(original, to: original.cleared - back) }
        if back <= original.remaining { return release(original, to: original.remaining - back, .applied) }
        let fromPosted = back - original.remaining
        guard let key = original.balance, case let uncharged = original.posted - original.postedCharges, uncharged >= 0,
            let principal = uncharged.scaled(by: fromPosted, over: original.cleared),
            case let charges = original.charges.compactMap({ $0.posted.scaled(by: fromPosted, over: original.cleared) }),
            charges.count == original.charges.count
        else { return .refused(.balanceOutOfRange) }
        let unposted = Lines(principal: principal, charges: charges)
        var reduced = original
        let released = reduced.lower(to: 0)
        reduced.cleared -= fromPosted
        reduced.posted -= unposted.total
        reduced.post(charges.map { -$0 })
        reduced.uncertain = false
        reduced.status = reduced.cleared > 0 ? .cleared : .reversed
        let transfers =
            transfers(.release, released, of: original, on: key)
            + transfers(.unpost, unposted, of: original, on: key)
        guard let moved = movement(of: key, by: transfers) else { return .refused(.balanceOutOfRange) }
        // What was posted once was paid: only the hold's part goes back to the day's velocity.
        var counted = giveBack(released.total, of: &reduced, isAll: false)
        if reduced.status == .reversed { counted += giveBackContactless(of: &reduced) }
        return Decision(
            .acknowledged(.applied, original.id),
            changes: transfers.map(Change.transfer) + counted + [.authorization(reduced)],
            balance: moved
        )
    }
}

extension Advice {
    /// A decline, or an approval of nothing: what stands of the original goes. An amount that could not be read is none.
    fileprivate var leavesNothing: Bool {
        switch verdict {
        case .declined: true
        case .approved: request.transaction.minorUnits == 0 && request.transaction.currency != .none
        case .unclear: false
        }
    }
}

extension AuthorizationRequest {
    /// An operator's amount contains the acquirer's fee, and of an increment it is what comes on top. What the program
    /// charges is charged on it.
    ///
    /// - Parameter standing: of what an increment adds to, in the transaction's currency; 0 when it adds to nothing.
    fileprivate mutating func take(_ amount: Money, over standing: Int64) {
        acquirerFee = .contained
        if transaction.currency == amount.currency || transaction.currency == .none {
            transaction = amount
            billing = nil
        } else {
            billing = ConvertedAmount(amount)
            if increment?.mode == .cumulative {
                transaction.minorUnits = transaction.minorUnits > standing ? transaction.minorUnits - standing : 0
            }
        }
        increment?.mode = .delta
    }
}

extension Decision {
    /// A repeat of what came without its card has another content, and is the same for all that.
    fileprivate mutating func forgetContent(of message: MessageIdentity?) {
        for (index, change) in changes.enumerated() {
            guard case .key(let key, var record) = change, key == message?.key else { continue }
            record.fingerprint = []
            changes[index] = .key(key, record)
        }
    }
}

extension AcquirerFee {
    /// No more than what the amount contains.
    fileprivate static let contained = AcquirerFee(amount: 0, isIncluded: true)
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
func decideWriteOff(
    _ writeOff: WriteOffException,
    _ state: AccountState,
    _ program: Program?,
    at moment: Moment,
    seed: UInt64
) -> Decision {
    let terms = writeOff.terms
    guard writeOff.proposedBy != writeOff.confirmedBy, (0...largestAmount).contains(terms.amount.minorUnits),
        terms.amount.currency != .none
    else { return .refused(.transitionNotAllowed) }
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
    var identifiers = IdentifierSource(seed, moment, program, terms.account.shard)
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

/// Decisions that were taken elsewhere. Nothing here says no: what cannot be applied is an exception.
extension DecisionContext {
    mutating func advise(_ advice: Advice) -> Decision {
        let id: AuthorizationID = identifiers.next()
        var advice = advice
        // What was approved elsewhere is the advised amount, not the program's for a status check.
        if advice.request.purpose == .statusCheck { advice.request.purpose = .estimated }
        let request = advice.request
        if let own = request.message.flatMap({ state.keys[$0.key] }), own.answer == nil {
            // Named before it came: by a reversal, or by a later advice, whose decision stands.
            guard own.authorization == nil else { return Decision(.acknowledged(.nothingLeft, own.authorization)) }
            return exception(.adviceAfterReversal, nil)
        }
        if let reused = reuse(of: request.message) { return reused }
        guard let card = request.card.flatMap({ state.cards[$0] }), program.isReached(from: request.network) else {
            return exception(.cardNotFound, nil)
        }
        let found = original(of: advice)
        switch advice.verdict {
        case .declined: return takeDecline(advice, id, card, found)
        case .approved: return takeApproval(advice, id, card, found)
        case .unclear: return exception(.verdictUnclear, found?.authorization?.id)
        }
    }

    /// Several payments may share the network's transaction identifier: what is known under it alone is taken for the
    /// original only by a completion, and only when it was held. Then the worst is an exception.
    func original(of advice: Advice) -> FoundOriginal? {
        guard let link = advice.original, let found = find(link) else { return nil }
        guard let key = found.record?.key, key == advice.request.transactionKey, let shared = found.authorization else {
            return found
        }
        let wasHeld = !shared.isSingleMessage && shared.status != .declined
        return advice.reason.isCompletion && wasHeld ? found : find(among: link.keys.filter { $0 != key })
    }

    func exception(_ reason: ExceptionReason, _ id: AuthorizationID?) -> Decision {
        Decision(.acknowledged(.exception(reason), id))
    }

    mutating func takeApproval(
        _ advice: Advice,
        _ id: AuthorizationID,
        _ card: Card,
        _ found: FoundOriginal?
    ) -> Decision {
        let amounts = [advice.request.transaction.minorUnits, advice.request.billing?.money.minorUnits ?? 0]
        guard amounts.allSatisfy((0...largestAmount).contains) else { return exception(.amountOutOfRange, nil) }
        if let found, found.isReversedBeforeArrival {
            return exception(.adviceAfterReversal, found.authorization?.id)
        }
        if let increment = advice.request.increment {
            return takeIncrement(advice, increment, id, card, found)
        }
        guard let found, let original = found.authorization else {
            return force(advice, id, card, names: found == nil ? name(advice, id) : [])
        }
        // An advice that is none itself does not say what becomes of the rest.
        if found.added != nil { return exception(.originalDiffers, original.id) }
        return replace(original, by: advice, card)
    }

    /// The network's decline replaces an approval that came too late, and settles one that may not have been heard.
    /// Others say nothing of what came before.
    mutating func takeDecline(
        _ advice: Advice,
        _ id: AuthorizationID,
        _ card: Card,
        _ found: FoundOriginal?
    ) -> Decision {
        if let found, let original = found.authorization, advice.reason == .standIn || original.uncertain,
            found.record?.key != advice.request.transactionKey
        {
            guard let added = found.added else { return takeBack(original) }
            return takeBack(added, of: original.advised, to: 0, .recorded, orElse: .adviceAfterClearing)
        }
        let declined = nothing(id, advice.request, card.id).advised
        let names = advice.reason == .standIn && found == nil ? name(advice, id) : []
        return Decision(.acknowledged(.recorded, id), changes: [.authorization(declined)] + names)
    }

    /// Nothing of an approval remains.
    mutating func takeBack(_ original: Authorization) -> Decision {
        switch original.status {
        case .declined, .reversed: return Decision(.acknowledged(.nothingLeft, original.id))
        case .pending: return release(original.advised, to: 0, .recorded)
        case .cleared where original.isSingleMessage: return payBack(original.advised, to: 0, .recorded)
        case .cleared where original.kind.flow == .none:
            var declined = original.advised
            declined.status = .declined
            return Decision(.acknowledged(.recorded, original.id), changes: [.authorization(declined)])
        case .cleared: return exception(.adviceAfterClearing, original.id)
        case .expired:
            return original.cleared > 0
                ? exception(.adviceAfterClearing, original.id) : Decision(.acknowledged(.nothingLeft, original.id))
        }
    }

    /// An approval of which nothing is known: held or posted by force. The checks are recorded, and stop nothing.
    private mutating func force(
        _ advice: Advice,
        _ id: AuthorizationID,
        _ card: Card,
        names: [Change]
    ) -> Decision {
        let request = advice.request
        let assessment = assess(request, card)
        guard request.kind.flow != .none else {
            var approved = nothing(id, request, card.id).advised
            approved.status = .cleared
            let changes = [Change.authorization(approved)] + names
            return Decision(.acknowledged(.recorded, id), checks: assessment.checks, changes: changes)
        }
        if request.transaction.minorUnits == 0 { return Decision(.acknowledged(.nothingLeft, nil)) }
        guard let billing = assessment.billing else { return exception(.currencyNotConvertible, nil) }
        guard billing.isChargeable else { return exception(.amountOutOfRange, nil) }
        var authorization = authorization(id, request, card.id, billing).advised
        authorization.contactless = assessment.contactless
        let movement: Movement = request.isSingleMessage ? .post : .hold
        let transfers = transfers(movement, billing.lines, of: authorization, on: billing.key)
        guard let moved = self.movement(of: billing.key, by: transfers),
            let counted = countPayment(billing.amount, of: &authorization, on: billing.key)
        else { return exception(.amountOutOfRange, nil) }
        return Decision(
            .acknowledged(.recorded, id),
            checks: assessment.checks,
            changes: transfers.map(Change.transfer) + counted + [.authorization(authorization)] + names,
            balance: moved
        )
    }

    /// Keeps for a message that has not come, or that we declined, which authorization stands for it: what comes late
    /// is not held twice, and what names it finds the authorization. Where nothing but the transaction identifier tells
    /// which message that is, it is the next one with it; an acceptor that did not ask sends none.
    private func name(_ advice: Advice, _ id: AuthorizationID, _ answer: Outcome? = nil) -> [Change] {
        guard let link = advice.original, let awaited = link.awaited else { return [] }
        let shared = advice.request.transactionKey
        let isShared = advice.reason != .offlineApproval && link.keys.contains { $0 == shared }
        let keys = [awaited] + (isShared ? [shared] : []).compactMap { $0 }.filter { $0 != awaited }
        return keys.compactMap { key in
            let known = state.keys[key]
            guard known == nil || known?.isDecline == true else { return nil }
            var record = KeyRecord(fingerprint: [], authorization: id, answer: answer)
            record.version = known?.version ?? 0
            return .key(key, record)
        }
    }

    /// An increment that was approved elsewhere. Without anything pending to add to, it is a hold of its own.
    private mutating func takeIncrement(
        _ advice: Advice,
        _ increment: Increment,
        _ id: AuthorizationID,
        _ card: Card,
        _ found: FoundOriginal?
    ) -> Decision {
        if let original = found?.authorization, let added = found?.added {
            return confirm(added, of: original, advice.request, increment)
        }
        let isNew = found?.isDeclined ?? true
        guard let original = find(increment.original)?.authorization, original.status == .pending else {
            return force(advice, id, card, names: isNew ? name(advice, id) : [])
        }
        let addition = addition(of: advice.request, increment, to: original)
        if addition.amount <= 0 { return Decision(.acknowledged(.nothingLeft, original.id)) }
        guard let billing = addition.billing else { return exception(.currencyNotConvertible, original.id) }
        guard original.card == card.id, original.kind.flow == advice.request.kind.flow,
            isSameMoney(original, advice.request, billing)
        else { return exception(.originalDiffers, original.id) }
        let assessment = assess(advice.request, card, addition)
        guard let growth = grow(original.advised, by: addition.amount, billing, advice.request, assessment) else {
            return exception(.amountOutOfRange, original.id)
        }
        let outcome = Outcome.acknowledged(.recordedIncrement(billing.approvedAmounts), original.id)
        // Given back once: what was added is kept under one name, the one that the network knows it by.
        let applied = Outcome.acknowledged(.applied, original.id)
        let isStandIn = advice.reason == .standIn || found != nil
        let names = isNew ? name(advice, original.id, isStandIn ? outcome : applied) : []
        return Decision(
            names.isEmpty || !isStandIn ? outcome : applied,
            changes: growth.changes + names,
            balance: growth.balance
        )
    }

    /// An increment that is on the books: the advice makes it certain, unless it tells another amount.
    private func confirm(
        _ added: FoundOriginal.Added,
        of original: Authorization,
        _ request: AuthorizationRequest,
        _ increment: Increment
    ) -> Decision {
        let known: Int64
        switch increment.mode {
        case .cumulative: known = original.approved.minorUnits
        case .delta: known = added.amounts.transaction.minorUnits
        }
        guard request.transaction == Money(known, original.approved.currency) else {
            return exception(.originalDiffers, original.id)
        }
        return Decision(.acknowledged(.nothingLeft, original.id), changes: [.authorization(original.advised)])
    }
}

extension Authorization {
    /// Whose decision is now one that was taken elsewhere: nothing about it is uncertain.
    var advised: Authorization {
        var advised = self
        advised.isAdvised = true
        advised.uncertain = false
        return advised
    }
}

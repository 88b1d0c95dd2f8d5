extension DecisionContext {
    mutating func reverse(_ reversal: Reversal) -> Decision {
        if let reused = reuse(of: reversal.message) { return reused }
        let newTotal = reversal.newTotal ?? 0
        let found = find(reversal.target)
        if reversal.isUnclear {
            return Decision(.acknowledged(.exception(.partUnclear), found?.authorization?.id))
        }
        switch reversal.target {
        case .authorization:
            guard let original = found?.authorization else { return .refused(.authorizationNotFound) }
            return reversal.isAbout(original) ? reverse(original, to: newTotal) : differs(from: original)
        case .message, .references:
            guard let found else {
                guard let key = reversal.target.awaited else {
                    return Decision(.acknowledged(.exception(.originalNotFound), nil))
                }
                let waiting = KeyRecord(fingerprint: [], authorization: nil, answer: nil)
                return Decision(.acknowledged(.waitsForOriginal, nil), changes: [.key(key, waiting)])
            }
            if found.isUnapplied {
                return Decision(.acknowledged(.exception(.originalIsReversal), found.record?.value.authorization))
            }
            guard let original = found.authorization else { return Decision(.acknowledged(.nothingLeft, nil)) }
            guard reversal.isAbout(original) else { return differs(from: original) }
            if original.status == .declined, !original.isAdvised, newTotal == 0 { return reverseDecline(original) }
            guard let added = found.added else { return reverse(original, to: newTotal) }
            return takeBack(added, of: original, to: newTotal, .applied, orElse: .reversalAfterClearing)
        }
    }

    private func differs(from original: Authorization) -> Decision {
        Decision(.acknowledged(.exception(.originalDiffers), original.id))
    }

    /// Our decline: nothing is to be given back. An approval in our stead that comes later is reversed with it.
    private func reverseDecline(_ original: Authorization) -> Decision {
        var reversed = original
        reversed.status = .reversed
        return Decision(.acknowledged(.nothingLeft, original.id), changes: [.authorization(reversed)])
    }

    /// The answer when a message's key came with other content before; nil when it did not.
    func reuse(of message: MessageIdentity?) -> Decision? {
        guard let message, let known = state.keys[message.key], !message.hasContent(of: known) else {
            return nil
        }
        return Decision(.acknowledged(.exception(.keyReusedWithOtherContent), known.authorization))
    }

    /// - Parameter newTotal: what the transaction shall amount to, in its own currency.
    mutating func reverse(_ original: Authorization, to newTotal: Int64) -> Decision {
        func acknowledged(_ acknowledgement: Acknowledgement) -> Decision {
            Decision(.acknowledged(acknowledgement, original.id))
        }
        if original.status == .declined { return acknowledged(.nothingLeft) }
        if newTotal > original.approved.minorUnits { return acknowledged(.exception(.reversalAboveApproved)) }
        if original.isSingleMessage { return payBack(original, to: newTotal) }
        if original.remaining == 0 {
            return acknowledged(original.cleared > 0 ? .exception(.reversalAfterClearing) : .nothingLeft)
        }
        let newRemaining = min(original.remaining, max(0, newTotal - original.cleared))
        if newRemaining == original.remaining { return nothingLeft(of: original) }
        // A total below what was cleared asks for money that has been posted: the rest is released, the wish kept.
        let asksForCleared = newTotal > 0 && newTotal < original.cleared
        return release(
            original,
            to: newRemaining,
            asksForCleared ? .exception(.reversalAfterClearing) : .applied
        )
    }

    /// A reversal that changes no money still tells that the answer was heard.
    private func nothingLeft(
        of original: Authorization,
        _ acknowledgement: Acknowledgement = .nothingLeft
    ) -> Decision {
        var settled = original
        settled.uncertain = false
        let changes = original.uncertain ? [Change.authorization(settled)] : []
        return Decision(.acknowledged(acknowledgement, original.id), changes: changes)
    }

    /// Gives back what an increment added, as far as it remains.
    ///
    /// - Parameters:
    ///   - newTotal: what it shall have added.
    ///   - posted: why not all of it can be given back when a part has been cleared.
    mutating func takeBack(
        _ added: FoundOriginal.Added,
        of original: Authorization,
        to newTotal: Int64,
        _ acknowledgement: Acknowledgement,
        orElse posted: ExceptionReason
    ) -> Decision {
        let amount = added.amounts.transaction.minorUnits
        if newTotal > amount { return Decision(.acknowledged(.exception(.reversalAboveApproved), original.id)) }
        let back = min(amount - newTotal, original.remaining)
        let isPosted = back < amount - newTotal && original.cleared > 0
        if back == 0 { return nothingLeft(of: original, isPosted ? .exception(posted) : .nothingLeft) }
        var decision = release(
            original,
            to: original.remaining - back,
            isPosted ? .exception(posted) : acknowledgement
        )
        decision.changes.append(.key(added.key, added.record(leaving: amount - back)))
        return decision
    }

    /// Lowers what remains of a hold.
    mutating func release(
        _ original: Authorization,
        to newRemaining: Int64,
        _ acknowledgement: Acknowledgement
    ) -> Decision {
        var reduced = original
        let lines = reduced.lower(to: newRemaining)
        reduced.uncertain = false
        if newRemaining == 0 {
            reduced.status = original.cleared > 0 ? .cleared : .reversed
        }
        guard let key = original.balance,
            case let transfers = transfers(.release, lines, of: original, on: key),
            let moved = movement(of: key, by: transfers)
        else { return Decision(.acknowledged(.exception(.amountOutOfRange), original.id)) }
        var counted = giveBack(lines.total, of: &reduced, isAll: newRemaining == 0 && original.cleared == 0)
        if reduced.status == .reversed { counted += giveBackContactless(of: &reduced) }
        return Decision(
            .acknowledged(acknowledgement, original.id),
            changes: transfers.map(Change.transfer) + counted + [.authorization(reduced)],
            balance: moved
        )
    }

    /// Takes back what a single message posted: a contra transfer, on the business date of the reversal's arrival.
    mutating func payBack(
        _ original: Authorization,
        to newTotal: Int64,
        _ acknowledgement: Acknowledgement = .applied
    ) -> Decision {
        guard original.cleared > newTotal else { return nothingLeft(of: original) }
        var reduced = original
        reduced.cleared = max(newTotal, 0)
        reduced.uncertain = false
        if reduced.cleared == 0 { reduced.status = .reversed }
        guard let before = original.share(of: original.cleared), let after = original.share(of: reduced.cleared),
            case let lines = before - after, let key = original.balance,
            case let transfers = transfers(.unpost, lines, of: original, on: key),
            let moved = movement(of: key, by: transfers)
        else { return Decision(.acknowledged(.exception(.amountOutOfRange), original.id)) }
        reduced.posted -= lines.total
        reduced.post(lines.charges.map { -$0 })
        var counted = giveBack(lines.total, of: &reduced, isAll: reduced.cleared == 0)
        if reduced.status == .reversed { counted += giveBackContactless(of: &reduced) }
        return Decision(
            .acknowledged(acknowledgement, original.id),
            changes: transfers.map(Change.transfer) + counted + [.authorization(reduced)],
            balance: moved
        )
    }
}

extension Reversal {
    /// Whether card and currency, as far as it tells them, are those of what it takes back.
    fileprivate func isAbout(_ original: Authorization) -> Bool {
        (card == nil || card == original.card) && (currency == nil || currency == original.approved.currency)
    }
}

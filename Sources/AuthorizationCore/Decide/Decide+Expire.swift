/// Ends a hold that nothing has settled in time.
package struct ExpireHold: Hashable, Sendable {
    package var authorization: AuthorizationID
    /// As they are in force. Which of them counts is seen under the lock.
    package var lifetimes: HoldLifetimes

    package init(_ authorization: AuthorizationID, _ lifetimes: HoldLifetimes) {
        self.authorization = authorization
        self.lifetimes = lifetimes
    }
}

extension DecisionContext {
    /// Gives back what remains. What was collected late is posted all the same, an advice holds anew, and a reversal finds
    /// nothing left. Where the hold has ended, or has time left, nothing is journaled.
    mutating func expire(_ command: ExpireHold) -> Decision {
        guard let original = state.authorizations[command.authorization] else {
            return .refused(.authorizationNotFound)
        }
        guard original.status == .pending, let key = original.balance,
            command.lifetimes.end(of: original) <= moment.now
        else { return .refused(.transitionNotAllowed) }
        var expired = original
        let lines = expired.lower(to: 0)
        expired.uncertain = false
        expired.status = .expired
        let transfers = transfers(.release, lines, of: original, on: key)
        guard let moved = movement(of: key, by: transfers) else { return .refused(.balanceOutOfRange) }
        // Its day keeps the payment: an advice may hold it anew, as the same one.
        let counted = giveBack(lines.total, of: &expired, isAll: false)
        return Decision(
            .acknowledged(.applied, original.id),
            changes: transfers.map(Change.transfer) + counted + [.authorization(expired)],
            balance: moved
        )
    }
}

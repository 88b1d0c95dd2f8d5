package enum AuthorizationStatus: UInt8, ClosedList {
    /// Approved; may become reversed, cleared or expired.
    case pending = 1
    /// Nothing remains because what was approved was given back. An end, unless a late clearing comes.
    case reversed = 2
    /// Nothing remains and something was posted. An end.
    case cleared = 3
    /// Nothing remains because time ran out; a late clearing still posts.
    case expired = 4
    /// Never held anything. An end.
    case declined = 5
}

/// One authorization as it stands: what was approved, and what of it is neither given back nor cleared.
///
/// What remains is counted in the transaction's currency; the hold in the balance's currency follows pro rata.
package struct Authorization: Hashable, Sendable {
    package var id: AuthorizationID
    package var card: CardID
    package var status: AuthorizationStatus
    package var kind: TransactionKind
    /// The balance that holds it. Nil when declined or when nothing is held.
    package var balance: BalanceKey?
    /// Approved amount in the transaction's currency.
    package var approved: Money
    /// Part of `approved` neither reversed nor cleared, 0 to `approved`.
    package var remaining: Int64
    /// Hold placed for `approved`, in the balance's currency.
    package var billed: Int64
    /// Hold now, 0 to `billed`; 0 exactly when `remaining` is 0.
    package var held: Int64
    /// Cleared so far, in the transaction's currency; may exceed `approved`.
    package var cleared: Int64
    /// Posted so far, in the balance's currency.
    package var posted: Int64
    /// Start of the day whose velocity counted it.
    package var countedOn: Instant
    /// Whether the answer may not have reached the network. Settled by a repeat, a reversal, an advice or age.
    package var uncertain: Bool
    package var createdAt: Instant
    /// Version of the stored row, 0 before it is first written.
    package var version: Int64 = 0

    package init(
        id: AuthorizationID,
        card: CardID,
        status: AuthorizationStatus,
        kind: TransactionKind,
        balance: BalanceKey?,
        approved: Money,
        billed: Int64,
        countedOn: Instant,
        createdAt: Instant
    ) {
        self.id = id
        self.card = card
        self.status = status
        self.kind = kind
        self.balance = balance
        self.approved = approved
        remaining = status == .pending ? approved.minorUnits : 0
        self.billed = billed
        held = billed
        cleared = 0
        posted = 0
        self.countedOn = countedOn
        uncertain = false
        self.createdAt = createdAt
    }

    /// The hold that belongs to a smaller remaining amount: pro rata, and 0 exactly when nothing remains.
    package func held(for newRemaining: Int64) -> Int64 {
        precondition(newRemaining >= 0 && newRemaining <= remaining, "what remains only shrinks")
        guard newRemaining > 0, remaining > 0 else { return 0 }
        guard let share = held.scaled(by: newRemaining, over: remaining) else {
            preconditionFailure("a share is never more than the whole")
        }
        // A share that rounds to 0 still holds a unit: the hold ends when nothing remains, not before.
        return max(share, min(1, held))
    }
}

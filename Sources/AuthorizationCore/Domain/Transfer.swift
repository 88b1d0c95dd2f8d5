/// Which part of a balance a transfer moves.
package enum Layer: UInt8, ClosedList {
    /// Holds of payments.
    case pendingDebit = 1
    /// Credits announced and not yet cleared.
    case pendingCredit = 2
    /// Money.
    case posted = 3
    /// Money that may not be spent, by a court's or the issuer's order.
    case legalHold = 4
}

/// The books that stand against the customers' accounts. There is one of each per shard, program and currency,
/// without a running balance.
package enum InternalAccount: UInt8, ClosedList {
    /// Money that came from or goes to the program's own bank account.
    case funding = 1
    /// What is owed to or by the card network.
    case networkSettlement = 2
    /// What the issuer lost or gained by giving up on what could not be applied. Unlike the others it is written to by
    /// operators alone, so it has a journal and a running balance as customers' accounts have.
    case writeOff = 3
    /// Money on its way between two customers' accounts, each half in its own shard: zero over all shards, but for
    /// transfers whose second half is still to come.
    case inTransit = 4
    /// What operators gave or took to mend a balance.
    case adjustment = 5
    /// The other side of legal holds.
    case legalHolds = 6
    /// The issuer's own fees.
    case feeIncome = 7
    /// Taxes that are kept for the state until they are paid to it.
    case taxPayable = 8
}

/// One movement between a customer's balance and an internal account. Never changed once made.
package struct Transfer: Hashable, Sendable {
    package enum Direction: UInt8, ClosedList {
        /// Debits the customer, credits the internal account.
        case debit = 1
        /// Credits the customer, debits the internal account.
        case credit = 2
    }

    package var id: TransferID
    package var layer: Layer
    /// Seen from the customer's account.
    package var direction: Direction
    package var balance: BalanceKey
    /// Minor units of the balance's currency, above 0.
    package var amount: Int64
    package var counterparty: InternalAccount
    /// 0 is the principal, 1 the acquirer's fee; from 2 on the authorization's charges in their order.
    package var line: UInt8
    package var authorization: AuthorizationID?

    package var isCharge: Bool { line >= 2 }

    package init(
        id: TransferID,
        _ direction: Direction,
        _ layer: Layer,
        of amount: Int64,
        on balance: BalanceKey,
        against counterparty: InternalAccount,
        line: UInt8 = 0,
        authorization: AuthorizationID? = nil
    ) {
        precondition(amount > 0, "a transfer moves something")
        self.id = id
        self.layer = layer
        self.direction = direction
        self.balance = balance
        self.amount = amount
        self.counterparty = counterparty
        self.line = line
        self.authorization = authorization
    }
}

extension Balance {
    /// This balance after a transfer. Nil when the result leaves `Int64`, or what is pending or held would fall below 0.
    package func after(_ transfer: Transfer) -> Balance? {
        var next = self
        let added: Bool
        switch (transfer.layer, transfer.direction) {
        case (.pendingDebit, .debit): added = next.pendingDebits.add(transfer.amount)
        case (.pendingDebit, .credit): added = next.pendingDebits.add(-transfer.amount)
        case (.pendingCredit, .credit): added = next.pendingCredits.add(transfer.amount)
        case (.pendingCredit, .debit): added = next.pendingCredits.add(-transfer.amount)
        case (.posted, .credit): added = next.posted.add(transfer.amount)
        case (.posted, .debit): added = next.posted.add(-transfer.amount)
        case (.legalHold, .debit): added = next.legalHolds.add(transfer.amount)
        case (.legalHold, .credit): added = next.legalHolds.add(-transfer.amount)
        }
        return added && next.pendingDebits >= 0 && next.pendingCredits >= 0 && next.legalHolds >= 0 ? next : nil
    }
}

extension Int64 {
    /// Adds in place; false when the sum does not fit.
    fileprivate mutating func add(_ other: Int64) -> Bool {
        let (sum, overflow) = addingReportingOverflow(other)
        self = sum
        return !overflow
    }
}

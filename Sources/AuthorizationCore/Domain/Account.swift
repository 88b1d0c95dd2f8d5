package enum AccountStatus: UInt8, ClosedList {
    case open = 1
    case frozen = 2
    case closed = 3
}

/// One customer's unit of locking. Its balances, cards and authorizations change only under its lock.
package struct Account: Hashable, Sendable {
    package var id: AccountID
    package var tenant: TenantID
    package var program: ProgramID
    package var status: AccountStatus
    /// Never changed. Nil for an account without one, whose balances may have any limit.
    package var type: AccountType?
    /// Number of journal rows so far; the last row's sequence number.
    package var sequence: Int64
    /// The time of the last decision. Decision times of one account never go back.
    package var decidedAt: Instant
    /// Hash over everything decided so far: 32 bytes, of zeros before the first row.
    package var stateHash: [UInt8]
    package var openedAt: Instant
    /// Whether charges that spare exempt accounts are not made; said when it is opened.
    package var isChargeExempt = false
    /// Whose it is, for good; nil where it names nobody. Nothing is decided by it.
    package var cardholder: CardholderID?

    package init(id: AccountID, tenant: TenantID, program: ProgramID, openedAt: Instant) {
        self.id = id
        self.tenant = tenant
        self.program = program
        status = .open
        sequence = 0
        decidedAt = openedAt
        stateHash = [UInt8](repeating: 0, count: 32)
        self.openedAt = openedAt
    }
}

package enum BalanceKind: UInt8, ClosedList {
    case main = 1
    case cashAdvance = 2
}

package struct BalanceKey: Hashable, Sendable, Comparable {
    package var currency: Currency
    package var kind: BalanceKind

    package init(_ currency: Currency, _ kind: BalanceKind = .main) {
        self.currency = currency
        self.kind = kind
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.currency.numeric, left.kind.rawValue) < (right.currency.numeric, right.kind.rawValue)
    }
}

/// Amounts of one currency of an account, in minor units: a fold of the account's transfers, apart from the limit.
package struct Balance: Hashable, Sendable {
    /// Money that is the customer's; negative when owed.
    package var posted: Int64 = 0
    /// Holds of payments, at least 0.
    package var pendingDebits: Int64 = 0
    /// Refunds and original credits on their way, at least 0.
    package var pendingCredits: Int64 = 0
    /// Credit or overdraft limit; a required minimum balance counts negative.
    package var creditLimit: Int64 = 0
    /// Money that a court or the issuer holds back, at least 0.
    package var legalHolds: Int64 = 0
    /// Version of the stored row, 0 before it is first written. Not part of the state that is decided on.
    package var version: Int64 = 0

    package init(creditLimit: Int64 = 0) { self.creditLimit = creditLimit }

    /// What may still be spent. Nil when the sum leaves `Int64`.
    package func available(countingCredits: Bool) -> Int64? {
        let sum =
            Int128(posted) + Int128(creditLimit) - Int128(pendingDebits) - Int128(legalHolds)
            + (countingCredits ? Int128(pendingCredits) : 0)
        return Int64(exactly: sum)
    }
}

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
    /// Hold placed for `approved`, in the balance's currency, with the acquirer's fee and the charges that are held.
    package var billed: Int64
    /// Hold now, 0 to `billed`; 0 exactly when `remaining` is 0.
    package var held: Int64
    /// Cleared so far, in the transaction's currency; may exceed `approved`. Of a single message, what stands.
    package var cleared: Int64
    /// Posted so far, in the balance's currency.
    package var posted: Int64
    /// Part of `billed` that is the acquirer's fee, 0 to `billed`.
    package var fee: Int64 = 0
    /// Part of `held` that is the acquirer's fee, 0 to `held`.
    package var heldFee: Int64 = 0
    /// The program's charges on it, at most `Charge.most`, in the order of their transfers' lines.
    package var charges: [Charge] = []
    /// Whether it was posted at once (ISO 8583 class 02xx), so that its reversal moves money.
    package var isSingleMessage = false
    /// Whether the decision that stands was taken elsewhere and told by an advice.
    package var isAdvised = false
    /// Where it was approved; kept when increments may follow.
    package var acceptor: Acceptor?
    /// Set when its merchant clears it in parts.
    package var instalments: InstalmentProgress?
    /// Index of the token whose velocity counts it, beside the card's; nil where the program limits none.
    package var token: [UInt8]?
    /// Set for a contactless payment without a PIN where the program limits those since the last PIN.
    package var contactless: ContactlessShare?
    /// Start of the last day whose velocity counted something of it.
    package var countedOn: Instant
    /// What that day still counts of it, in the balance's currency; nil when no earlier day counted any.
    package var countedPart: Int64?
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

    /// Whether it has something that only some authorizations have.
    package var hasDetails: Bool {
        isSingleMessage || isAdvised || fee != 0 || heldFee != 0 || acceptor != nil || hasFurtherDetails
    }

    /// Whether it has something that hardly any has.
    var hasFurtherDetails: Bool {
        countedPart != nil || instalments != nil || token != nil || contactless != nil || !charges.isEmpty
    }

    /// The hold without charges that belongs to a smaller remaining amount: pro rata, and 0 exactly when nothing remains.
    private func heldUncharged(for newRemaining: Int64) -> Int64 {
        let uncharged = held - heldCharges
        // A share that rounds to 0 still holds a unit: the hold ends when nothing remains, not before.
        return newRemaining == 0 ? 0 : max(share(uncharged, of: newRemaining), min(1, uncharged))
    }

    /// The part of `amount`, which is held for all that remains, for a smaller remaining amount.
    private func share(_ amount: Int64, of newRemaining: Int64) -> Int64 {
        precondition(newRemaining >= 0 && newRemaining <= remaining, "what remains only shrinks")
        guard remaining > 0 else { return 0 }
        guard let share = amount.scaled(by: newRemaining, over: remaining) else {
            preconditionFailure("a share is never more than the whole")
        }
        return share
    }
}

extension Authorization {
    /// Lowers what remains, and the hold with it.
    ///
    /// - Returns: what the hold gives back.
    package mutating func lower(to newRemaining: Int64) -> Lines {
        let before = heldLines
        let uncharged = heldUncharged(for: newRemaining)
        if heldFee > 0 {
            guard let share = heldFee.scaled(by: uncharged, over: held - heldCharges) else {
                preconditionFailure("a share is never more than the whole")
            }
            heldFee = share
        }
        for index in charges.indices { charges[index].held = share(charges[index].held, of: newRemaining) }
        remaining = newRemaining
        held = uncharged + heldCharges
        return before - heldLines
    }

    /// What belongs to `amount` of the transaction's currency, at the rate of what was approved: rounded down line by
    /// line, so that parts of the whole amount add up to it. Charges on more than that follow their terms. Nil when out
    /// of range.
    package func share(of amount: Int64) -> Lines? {
        guard let principal = amount.scaled(by: uncharged, over: approved.minorUnits),
            let fee = amount.scaled(by: fee, over: approved.minorUnits),
            let charges = charges(of: amount, on: principal, fee: fee)
        else { return nil }
        let lines = Lines(principal: principal, fee: fee, charges: charges)
        return lines.isInRange ? lines : nil
    }
}

/// An amount of a balance, in the lines that are moved by transfers of their own.
package struct Lines: Hashable, Sendable {
    package var principal: Int64
    /// The acquirer's fee.
    package var fee: Int64
    /// The program's charges, as the authorization has them; those that are left out at the end are 0.
    package var charges: [Int64]

    package init(principal: Int64, fee: Int64 = 0, charges: [Int64] = []) {
        self.principal = principal
        self.fee = fee
        self.charges = charges
    }

    package var total: Int64 { charges.reduce(principal + fee, +) }

    /// Whether the total fits `Int64`.
    var isInRange: Bool {
        let sum = charges.reduce(Int128(principal) + Int128(fee)) { $0 + Int128($1) }
        return Int64(exactly: sum) != nil
    }

    package static func + (left: Self, right: Self) -> Self {
        Lines(
            principal: left.principal + right.principal,
            fee: left.fee + right.fee,
            charges: combine(left.charges, right.charges, +)
        )
    }

    package static func - (left: Self, right: Self) -> Self {
        Lines(
            principal: left.principal - right.principal,
            fee: left.fee - right.fee,
            charges: combine(left.charges, right.charges, -)
        )
    }

    private static func combine(
        _ left: [Int64],
        _ right: [Int64],
        _ operation: (Int64, Int64) -> Int64
    ) -> [Int64] {
        (0..<max(left.count, right.count)).map { index in
            operation(index < left.count ? left[index] : 0, index < right.count ? right[index] : 0)
        }
    }
}

/// How far a payment is that its merchant clears in parts: the hold stays for the rest until the last part.
package struct InstalmentProgress: Hashable, Sendable {
    /// 2 to 99.
    package let count: UInt8
    /// 0 to `count`.
    package private(set) var cleared: UInt8

    /// Nil when out of range.
    package init?(count: UInt8, cleared: UInt8 = 0) {
        guard (2...99).contains(count), cleared <= count else { return nil }
        self.count = count
        self.cleared = cleared
    }

    package var isDone: Bool { cleared == count }

    /// One more part is cleared.
    mutating func clearOne() { cleared = min(cleared + 1, count) }
}

/// A merchant as far as two messages can be compared: name and place are spelled in many ways.
package struct Acceptor: Hashable, Sendable {
    /// ISO 8583 element 42, card acceptor identification; at most 15 bytes.
    package var identification: String
    /// ISO 18245 merchant category code, 0 to 9999 (element 18).
    package var categoryCode: UInt16

    package init(identification: String, categoryCode: UInt16) {
        self.identification = identification
        self.categoryCode = categoryCode
    }

    package init(_ merchant: Merchant) {
        self.init(identification: merchant.identification, categoryCode: merchant.categoryCode)
    }
}

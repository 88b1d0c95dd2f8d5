/// What moves or holds money of an account without a card. Funding is a command of its own, older than these.
package enum MoneyCommand: Hashable, Sendable {
    case move(MoneyMovement)
    case send(OutgoingTransfer)
    case receive(IncomingTransfer)
    case placeHold(PlaceLegalHold)
    case releaseHold(ReleaseLegalHold)
    case setCreditLimit(SetCreditLimit)
}

/// Money that leaves an account, or a correction of what it has. Posted at once; no movement takes more than there is.
package struct MoneyMovement: Hashable, Sendable {
    package enum Kind: UInt8, ClosedList {
        case withdrawal = 1
        case creditAdjustment = 2
        case debitAdjustment = 3
    }

    package var kind: Kind
    /// Above 0.
    package var amount: Money
    /// A withdrawal's reference, an adjustment's reason.
    package var text: String

    package init(_ kind: Kind, _ amount: Money, text: String) {
        self.kind = kind
        self.amount = amount
        self.text = text
    }
}

/// The first half of a transfer between two customers' accounts: from the sender to the account in transit. Its ledger
/// transfer names the whole.
package struct OutgoingTransfer: Hashable, Sendable {
    package var receiver: AccountID
    /// The receiver's, as it was when the command was made.
    package var receiverStatus: AccountStatus
    /// Above 0.
    package var amount: Money
    package var reference: String

    package init(to receiver: AccountID, _ receiverStatus: AccountStatus, _ amount: Money, reference: String) {
        self.receiver = receiver
        self.receiverStatus = receiverStatus
        self.amount = amount
        self.reference = reference
    }
}

/// The second half: from the account in transit to the receiver, in the receiver's lane. Once, for each first half.
package struct IncomingTransfer: Hashable, Sendable {
    package var transfer: TransferID
    package var sender: AccountID
    package var amount: Money
    package var reference: String

    package init(_ transfer: TransferID, from sender: AccountID, _ amount: Money, reference: String) {
        self.transfer = transfer
        self.sender = sender
        self.amount = amount
        self.reference = reference
    }
}

package struct PlaceLegalHold: Hashable, Sendable {
    package var hold: LegalHoldID
    /// Above 0.
    package var amount: Money
    package var reason: String

    package init(_ hold: LegalHoldID, _ amount: Money, reason: String) {
        self.hold = hold
        self.amount = amount
        self.reason = reason
    }
}

package struct ReleaseLegalHold: Hashable, Sendable {
    package var hold: LegalHoldID
    package var reason: String

    package init(_ hold: LegalHoldID, reason: String) {
        self.hold = hold
        self.reason = reason
    }
}

package struct SetCreditLimit: Hashable, Sendable {
    /// From then on; a required minimum balance is negative.
    package var limit: Money
    package var reason: String

    package init(_ limit: Money, reason: String) {
        self.limit = limit
        self.reason = reason
    }
}

extension Command {
    /// The first half of a transfer that this is the second of.
    package var incomingTransfer: IncomingTransfer? {
        if case .moneyCommand(.receive(let incoming)) = self { incoming } else { nil }
    }

    package var legalHold: LegalHoldID? {
        if case .moneyCommand(.releaseHold(let release)) = self { release.hold } else { nil }
    }
}

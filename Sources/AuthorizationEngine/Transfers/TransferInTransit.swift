import AuthorizationCore

/// A transfer between two customers' accounts whose first half is done.
package struct TransferInTransit: Hashable, Sendable {
    package var id: TransferID
    package var sender: AccountID
    package var receiver: AccountID
    package var amount: Money
    package var reference: String

    package init(id: TransferID, from sender: AccountID, to receiver: AccountID, _ amount: Money, reference: String) {
        self.id = id
        self.sender = sender
        self.receiver = receiver
        self.amount = amount
        self.reference = reference
    }

    /// The second half, to be decided on the receiver's account.
    package var secondHalf: Command {
        .moneyCommand(.receive(IncomingTransfer(id, from: sender, amount, reference: reference)))
    }

    func isCompleted(by incoming: IncomingTransfer, on account: AccountID) -> Bool {
        account == receiver && incoming == IncomingTransfer(id, from: sender, amount, reference: reference)
    }
}

/// A transfer as it is read.
package struct TransferView: Hashable, Sendable {
    package var transfer: TransferInTransit
    package var sentAt: Instant
    /// Nil while it is on its way.
    package var receivedAt: Instant?

    package init(_ transfer: TransferInTransit, sentAt: Instant, receivedAt: Instant?) {
        self.transfer = transfer
        self.sentAt = sentAt
        self.receivedAt = receivedAt
    }
}

package protocol TransferStore: Sendable {
    /// Transfers on their way, in the order of their identifiers.
    func inTransit(after last: TransferID?, limit: Int) async throws -> [TransferInTransit]
}

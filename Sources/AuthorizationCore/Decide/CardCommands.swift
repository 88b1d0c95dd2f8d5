/// What is done with a card over its life, beside issuing it and changing its status.
package enum CardCommand: Hashable, Sendable {
    case reissue(ReissueCard)
    case activateInstance(ActivateInstance)
    case replace(ReplaceCard)
    case registerToken(RegisterToken)
    case changeToken(ChangeToken)
}

/// Adds an instance with the same number, to be activated.
package struct ReissueCard: Hashable, Sendable {
    package var card: CardID
    /// Not active; its sequence number is one above the last.
    package var instance: CardInstance

    package init(card: CardID, instance: CardInstance) {
        self.card = card
        self.instance = instance
    }
}

package struct ActivateInstance: Hashable, Sendable {
    package var card: CardID
    package var sequenceNumber: UInt8

    package init(card: CardID, sequenceNumber: UInt8) {
        self.card = card
        self.sequenceNumber = sequenceNumber
    }
}

/// Issues a card with a new number in place of another one, which pays no more.
package struct ReplaceCard: Hashable, Sendable {
    package var card: CardID
    /// What becomes of the old card: lost, stolen or closed.
    package var status: CardStatus
    /// In the author's words.
    package var reason: String
    package var new: IssueCard
    /// One that the status allows.
    package var statusReason: CardStatusReason?
    /// Whether the old card's use limit goes on, with what it has left; else the new card's own begins.
    package var keepsUses: Bool
    /// Whether its decision tells the status before. False of commands that earlier releases have journaled.
    package var tellsBefore: Bool

    package init(
        card: CardID,
        status: CardStatus,
        reason: String,
        new: IssueCard,
        statusReason: CardStatusReason? = nil,
        keepsUses: Bool = false,
        tellsBefore: Bool = false
    ) {
        self.card = card
        self.status = status
        self.reason = reason
        self.new = new
        self.statusReason = statusReason
        self.keepsUses = keepsUses
        self.tellsBefore = tellsBefore
    }
}

extension CardCommand {
    /// The card that must be there.
    package var card: CardID {
        switch self {
        case .reissue(let command): command.card
        case .activateInstance(let command): command.card
        case .replace(let command): command.card
        case .registerToken(let command): command.card
        case .changeToken(let command): command.card
        }
    }
}

extension Command {
    /// The card that it makes.
    package var issuedCard: CardID? {
        switch self {
        case .issueCard(let issue): issue.card
        case .cardCommand(.replace(let replace)): replace.new.card
        case .cardCommand(.reissue), .cardCommand(.activateInstance), .cardCommand(.registerToken),
            .cardCommand(.changeToken), .openAccount, .changeAccount, .fund, .changeCard, .authorize, .reverse, .clear,
            .recordDelivery, .advise, .applyException, .writeOffException, .setPIN, .unblockPIN, .moneyCommand, .expire:
            nil
        }
    }
}

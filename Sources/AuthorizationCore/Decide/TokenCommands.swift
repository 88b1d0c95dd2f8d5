/// Makes a wallet's token known, as the token of one card.
package struct RegisterToken: Hashable, Sendable {
    /// Characters of `requestor`, unless it is empty.
    package static let requestorLength = 11

    package var card: CardID
    package var token: TokenID
    /// Keyed index of its number.
    package var index: [UInt8]
    package var reference: String
    package var requestor: String

    package init(_ token: TokenID, index: [UInt8], of card: CardID, reference: String = "", requestor: String = "") {
        self.token = token
        self.index = index
        self.card = card
        self.reference = reference
        self.requestor = requestor
    }
}

/// Suspends, resumes or deletes a token.
package struct ChangeToken: Hashable, Sendable {
    package var card: CardID
    package var index: [UInt8]
    package var status: TokenStatus
    package var reason: String
    /// Whether its decision tells the status before. False of commands that earlier releases have journaled.
    package var tellsBefore: Bool

    package init(
        index: [UInt8],
        of card: CardID,
        to status: TokenStatus,
        reason: String,
        tellsBefore: Bool = false
    ) {
        self.index = index
        self.card = card
        self.status = status
        self.reason = reason
        self.tellsBefore = tellsBefore
    }
}

extension Command {
    /// Index of the token that asks to pay or has paid, or that is registered or changed.
    package var tokenIndex: [UInt8]? {
        switch self {
        case .authorize(let request): request.credential?.token?.index
        case .advise(let advice): advice.request.credential?.token?.index
        case .applyException(let apply): apply.message.command.tokenIndex
        case .cardCommand(.registerToken(let command)): command.index
        case .cardCommand(.changeToken(let command)): command.index
        case .cardCommand(.reissue), .cardCommand(.activateInstance), .cardCommand(.replace), .openAccount,
            .changeAccount, .fund, .issueCard, .changeCard, .reverse, .clear, .recordDelivery, .writeOffException,
            .setPIN,
            .unblockPIN, .moneyCommand, .expire:
            nil
        }
    }
}

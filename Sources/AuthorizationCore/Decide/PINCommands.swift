/// Puts a new PIN in force, whose sealed reference comes beside the command. The tries begin anew.
package struct SetPIN: Hashable, Sendable {
    package var card: CardID
    /// Version of the new reference: one above the one in force, or 1.
    package var reference: Int32
    /// What came of the PIN that the cardholder gave as the present one; nil when the issuer sets the PIN.
    package var current: PINFacts?
    /// Of both PINs.
    package var keys = ProofKeys()

    package init(card: CardID, reference: Int32, current: PINFacts? = nil) {
        self.card = card
        self.reference = reference
        self.current = current
    }
}

/// Gives all tries of a card's PIN back.
package struct UnblockPIN: Hashable, Sendable {
    package var card: CardID
    package var reason: String
    /// Whether the card's chip is told, too: it counts the tries of its own PIN.
    package var tellsChip: Bool

    package init(card: CardID, reason: String, tellsChip: Bool = false) {
        self.card = card
        self.reason = reason
        self.tellsChip = tellsChip
    }
}

extension Command {
    /// The card whose PIN, or what its chip is to be told of it, the command looks at or changes.
    package var pinCard: CardID? {
        switch self {
        case .setPIN(let command): command.card
        case .unblockPIN(let command): command.card
        case .authorize(let request): request.concernsPIN ? request.card : nil
        case .advise(let advice): advice.request.concernsPIN ? advice.request.card : nil
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .reverse, .clear, .recordDelivery,
            .applyException, .writeOffException, .moneyCommand, .cardCommand, .expire:
            nil
        }
    }
}

extension AuthorizationRequest {
    fileprivate var concernsPIN: Bool {
        guard let facts = verification else { return false }
        return facts.pin != nil || facts.chip?.result == .match || facts.chip?.scriptReport != nil
    }
}

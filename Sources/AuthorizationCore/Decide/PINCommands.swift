/// Puts a new PIN in force, whose sealed reference comes beside the command. The tries begin anew.
package struct SetPIN: Hashable, Sendable {
    package var card: CardID
    /// Version of the new reference: one above the one in force, or 1.
    package var reference: Int32
    /// What came of the PIN that the cardholder gave as the present one; nil when the issuer sets the PIN.
    package var current: PINFacts?

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

    package init(card: CardID, reason: String) {
        self.card = card
        self.reason = reason
    }
}

extension Command {
    /// The card whose PIN the command verifies or changes.
    package var pinCard: CardID? {
        switch self {
        case .setPIN(let command): command.card
        case .unblockPIN(let command): command.card
        case .authorize(let request): request.verification?.pin == nil ? nil : request.card
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .reverse, .clear, .recordDelivery, .advise,
            .applyException, .writeOffException, .moneyCommand, .cardCommand:
            nil
        }
    }
}

/// Why a card is in its status, where the status alone does not say it.
package enum CardStatusReason: UInt8, ClosedList {
    /// Payments that are not the cardholder's are likely, and not proved.
    case suspectedFraud = 1
    case confirmedFraud = 2
    /// The card's data are in other hands, and were not used yet.
    case compromisedData = 3
    /// What is owed was not paid.
    case accountDelinquent = 4
    /// A court or an authority has asked for it.
    case legalOrder = 5
    case cardholderDeceased = 6
    case cardholderRequest = 7
    /// The issuer's own, and none of the others.
    case issuerDecision = 8
    /// Another card is in its place.
    case replaced = 9
    /// The issuer ends the program or the product.
    case programEnded = 10
}

/// What networks' files say of a card that is in them.
package struct FileListing: Hashable, Sendable {
    package var status: CardStatus
    /// Nil where none was given, and of cards that stand there for their account.
    package var reason: CardStatusReason?

    package init(_ status: CardStatus, _ reason: CardStatusReason? = nil) {
        self.status = status
        self.reason = reason
    }

    /// As people read it.
    package var name: String { reason.map { "\(status.name) (\($0.name))" } ?? status.name }
}

package enum CardForm: UInt8, ClosedList {
    case virtual = 1
    /// Made by a bureau and sent to its holder, who activates it.
    case physical = 2
}

/// How a card is made and how often it may pay.
package struct CardTerms: Hashable, Sendable {
    package static let useLimits: ClosedRange<Int32> = 1...1_000_000

    package var form: CardForm
    /// How many payments are approved in all, within `useLimits`: 1 for a card for one payment. Nil for no limit.
    package var useLimit: Int32?
    /// Name of the program's product; empty where the program has none.
    package var product: String

    package init(form: CardForm = .virtual, useLimit: Int32? = nil, product: String = "") {
        self.form = form
        self.useLimit = useLimit
        self.product = product
    }
}

/// What only some cards have.
package struct CardDetails: Hashable, Sendable {
    package var terms: CardTerms
    /// Debits that were approved, here or elsewhere; only counted where there is a limit. Reversals give none back:
    /// whoever saw the number has still seen it.
    package var uses: Int32 = 0
    /// The card in whose place this one came.
    package var replaces: CardID?
    /// The card that came in this one's place.
    package var replacedBy: CardID?
    /// Who holds it; the same for the card that comes in its place.
    package var cardholder: CardholderID?
    /// Why the card is in its status, where it was told.
    package var statusReason: CardStatusReason?

    package init(terms: CardTerms = CardTerms()) { self.terms = terms }

    package var isUsedUp: Bool { terms.useLimit.map { uses >= $0 } ?? false }
}

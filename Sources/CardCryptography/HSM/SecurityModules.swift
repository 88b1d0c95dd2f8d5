/// Which module has a key. Keys of cards may be in a module of their own, which can do nothing with PINs.
package struct SecurityModules: Sendable {
    /// Does what is done with PINs, messages and key blocks, and has the other keys of cards.
    package let payment: any PaymentHSM
    private let cards: (any CardHSM)?

    package init(_ payment: any PaymentHSM, cards: (any CardHSM)? = nil) {
        self.payment = payment
        self.cards = cards
    }

    /// The module to ask for what is done with a key of cards.
    package func holder(of key: KeyName) -> any CardHSM {
        if let cards, cards.holds(key) { return cards }
        return payment
    }

    package func holds(_ key: KeyName) -> Bool { holder(of: key).holds(key) }
}

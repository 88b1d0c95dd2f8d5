/// What only some programs say of their cards: where they pay, and which kinds there are.
package struct IssuingTerms: Hashable, Sendable {
    /// In one program.
    package static let networkCounts = 0...16
    /// In one program.
    package static let productCounts = 0...32

    /// Networks that the BIN belongs to, by name, each once and in order. On others its cards are as unknown as another
    /// issuer's. Empty where all networks may ask.
    package var networks: [String]

    /// Where there are some, each new card is one of them.
    package var products: [CardProduct]

    package init(networks: [String] = [], products: [CardProduct] = []) {
        self.networks = networks
        self.products = products
    }

    package func product(named name: String) -> CardProduct? { products.first { $0.name == name } }

    /// Whether a new card may be of its product; where there are products, none is without.
    package func allow(_ terms: CardTerms) -> Bool {
        terms.product.isEmpty ? products.isEmpty : product(named: terms.product) != nil
    }

    /// 1 to 16 of `a` to `z`, `0` to `9` and `-`: what networks are called.
    package static func isNetworkName(_ text: String) -> Bool {
        (1...16).contains(text.utf8.count) && text.utf8.allSatisfy(nameCharacters.contains)
    }

    private static let nameCharacters = Set("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)
}

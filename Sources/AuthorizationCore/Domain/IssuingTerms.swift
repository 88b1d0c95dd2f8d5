/// What only some programs say of their cards: where they pay.
package struct IssuingTerms: Hashable, Sendable {
    /// In one program.
    package static let networkCounts = 0...16

    /// Networks that the BIN belongs to, by name, each once and in order. On others its cards are as unknown as another
    /// issuer's. Empty where all networks may ask.
    package var networks: [String]

    package init(networks: [String] = []) { self.networks = networks }

    /// 1 to 16 of `a` to `z`, `0` to `9` and `-`: what networks are called.
    package static func isNetworkName(_ text: String) -> Bool {
        (1...16).contains(text.utf8.count) && text.utf8.allSatisfy(nameCharacters.contains)
    }

    private static let nameCharacters = Set("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)
}

import AuthorizationCore

extension InstalmentProgress {
    var json: JSONOutput { ["count": .integer(Int64(count)), "cleared": .integer(Int64(cleared))] }
}

extension Instalments {
    /// - Parameter currency: the transaction's.
    func json(in currency: Currency) -> JSONOutput {
        [
            "funded_by": .text(funding.name),
            "count": .integer(Int64(count)),
            "amount": .optional(amount) { Money($0, currency).json },
        ]
    }
}

extension TokenFacts {
    /// Of its number nothing is told, as of a card's.
    var json: JSONOutput {
        [
            "reference": .optional(reference.isEmpty ? nil : reference) { .text($0) },
            "assurance": .optional(assurance) { .integer(Int64($0)) },
            "cryptogram": .optional(cryptogram) { .text($0.name) },
        ]
    }
}

import AuthorizationCore

/// What a new card shall be.
struct CardWish {
    static let fields: Set = ["product", "form", "use_limit"]

    private let product: String?
    private let form: CardForm?
    private let useLimit: Int32?

    init(_ fields: ObjectReader) {
        product = fields.optional("product", .productName)
        form = fields.optional("form", .closedList)
        useLimit = fields.optional("use_limit", .useLimit)
    }

    /// - Parameters:
    ///   - currencies: of the account's balances.
    ///   - old: of the card in whose place it comes. Its product and form never change.
    /// - Throws: `Problem` 422 when the program has no such product, or the account no balance for it.
    func terms(
        in program: Program,
        _ currencies: [Currency],
        inPlaceOf old: CardTerms = CardTerms()
    ) throws(Problem) -> CardTerms {
        let name = product ?? (program.issuing.products.isEmpty ? "" : old.product)
        guard !program.issuing.products.isEmpty || !name.isEmpty else {
            return CardTerms(form: form ?? old.form, useLimit: useLimit)
        }
        guard let found = program.issuing.product(named: name) else { throw Problem.productNotFound }
        if let form, form != found.form {
            throw Problem.invalid("/form", "Cards of this product have another form; leave it out.")
        }
        guard found.limits.isEmpty || found.limits.contains(where: { currencies.contains($0.currency) }) else {
            throw Problem(.currencyNotHeld, "Use a product in a currency that the account has a balance in.")
        }
        return CardTerms(form: found.form, useLimit: useLimit ?? found.useLimit, product: found.name)
    }

    /// Whether the use limit of the card in whose place it comes goes on: a card of another product has that product's.
    func keepsUses(of old: CardTerms) -> Bool { useLimit == nil && (product ?? old.product) == old.product }
}

extension CardWish {
    /// Nil when it added an error below the pointer.
    func terms(
        in program: Program,
        _ currencies: [Currency],
        at pointer: String,
        _ errors: FieldErrors
    ) -> CardTerms? {
        do {
            return try terms(in: program, currencies)
        } catch {
            errors.add(pointer, error.detail)
            return nil
        }
    }
}

extension Problem {
    static var productNotFound: Problem {
        Problem(
            .productNotFound,
            "Name a product of the account's program; `GET /v1/programs/{id}` lists them.",
            errors: [FieldError(place: .pointer("/product"), detail: "The program has no such kind of card.")]
        )
    }
}

import AuthorizationCore

extension CardProduct {
    var json: JSONOutput {
        let limits = limits.map { limit -> JSONOutput in
            [
                "currency": .text(limit.currency.alphabetic), "transaction_limit": .integer(limit.transaction),
                "daily_limit": .integer(limit.daily),
            ]
        }
        return [
            "name": .text(name), "form": .text(form.name), "use_limit": .optional(useLimit) { .integer(Int64($0)) },
            "limits": .list(limits),
        ]
    }
}

extension FieldType where Value == CardProduct {
    /// - Parameter currencies: of the program; there are no others that its cards pay in.
    static func product(in currencies: [Currency]) -> FieldType {
        FieldType { value, pointer, errors in
            let names: Set = ["name", "form", "use_limit", "limits"]
            guard let fields = ObjectReader(value, at: pointer, fields: names, errors) else { return nil }
            let name = fields.required("name", .productName)
            let form: CardForm? = fields.required("form", .closedList)
            let limit = fields.optional("use_limit", .useLimit)
            let limits = fields.optional("limits", .list(of: .productLimits, 0...16)) ?? []
            for (index, limit) in limits.enumerated() {
                let isTwin = limits[..<index].contains { $0.currency == limit.currency }
                guard isTwin || !currencies.contains(limit.currency) else { continue }
                errors.add("\(pointer)/limits/\(index)/currency", "Give a currency of the program, each once.")
            }
            guard let name, let form else { return nil }
            return CardProduct(name: name, form: form, useLimit: limit, limits: limits)
        }
    }
}

extension FieldType where Value == CardProduct.Limits {
    fileprivate static var productLimits: FieldType {
        FieldType { value, pointer, errors in
            let names: Set = ["currency", "transaction_limit", "daily_limit"]
            guard let fields = ObjectReader(value, at: pointer, fields: names, errors) else { return nil }
            let currency = fields.required("currency", .currency)
            let single = fields.required("transaction_limit", .integer(0...largestAmount))
            let daily = fields.required("daily_limit", .integer(0...largestAmount))
            guard let currency, let single, let daily else { return nil }
            return CardProduct.Limits(currency: currency, transaction: single, daily: daily)
        }
    }
}

extension FieldType where Value == String {
    static var productName: FieldType {
        .text("1 to 15 of a-z, 0-9 and -") { CardProduct.isName($0) ? $0 : nil }
    }
}

extension FieldType where Value == Int32 {
    static var useLimit: FieldType {
        let range = Int64(CardTerms.useLimits.lowerBound)...Int64(CardTerms.useLimits.upperBound)
        return FieldType { value, pointer, errors in
            FieldType<Int64>.integer(range).read(value, pointer, errors).map(Int32.init(clamping:))
        }
    }
}

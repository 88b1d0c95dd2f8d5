import AuthorizationCore

extension ChargeSchedule {
    var json: JSONOutput {
        [
            "code": .text(code),
            "counter_account": .text(counterAccount.name),
            "currency": .text(currency.alphabetic),
            "base": .text(terms.base.name),
            "rate": .integer(terms.rate),
            "rounding": .text(terms.rounding.name),
            "fixed": .integer(terms.fixed),
            "minimum": .integer(terms.minimum),
            "maximum": .optional(terms.maximum) { .integer($0) },
            "moment": .text(moment.name),
            "conditions": conditions.json,
        ]
    }
}

extension ChargeConditions {
    fileprivate var json: JSONOutput {
        [
            "kinds": .list(TransactionKind.allCases.filter(kinds.contains).map { .text($0.name) }),
            "channels": .list(AcceptanceChannel.allCases.filter(channels.contains).map { .text($0.name) }),
            "inside": .list(inside.map { .text($0) }),
            "outside": .list(outside.map { .text($0) }),
            "differs_in_currency": .optional(differsInCurrency) { .boolean($0) },
            "categories": .list(categories.map { .text(Self.text(ofCategory: $0)) }),
            "spares_exempt_accounts": .boolean(sparesExemptAccounts),
        ]
    }

    private static func text(ofCategory code: UInt16) -> String {
        let digits = String(code)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
}

extension Charge {
    var json: JSONOutput {
        [
            "code": .text(code),
            "counter_account": .text(counterAccount.name),
            "moment": .text((isHeld ? ChargeMoment.authorization : .posting).name),
            "amount": .integer(amount),
            "held": .integer(held),
            "posted": .integer(posted),
        ]
    }
}

extension FieldType where Value == ChargeSchedule {
    /// - Parameter currencies: the program's.
    static func chargeSchedule(in currencies: [Currency]) -> FieldType {
        FieldType { value, pointer, errors in
            guard let fields = ObjectReader(value, at: pointer, fields: names, errors) else { return nil }
            let code = fields.required("code", .chargeCode)
            let account = fields.required("counter_account", .counterAccount)
            let currency = fields.required("currency", .currency)
            let conditions = fields.required("conditions", .chargeConditions)
            let base = fields.optional("base", .closedList) ?? ChargeBase.amount
            let rate = fields.optional("rate", .integer(0...ChargeTerms.highestRate)) ?? 0
            let rounding = fields.optional("rounding", .closedList) ?? ChargeRounding.halfEven
            let fixed = fields.optional("fixed", .integer(0...largestAmount)) ?? 0
            let minimum = fields.optional("minimum", .integer(0...largestAmount)) ?? 0
            let maximum = fields.optional("maximum", .integer(minimum...largestAmount))
            let moment = fields.optional("moment", .closedList) ?? ChargeMoment.authorization
            guard let code, let account, let currency, let conditions else { return nil }
            var schedule = ChargeSchedule(code, to: account, in: currency, of: conditions)
            schedule.terms.base = base
            schedule.terms.rate = rate
            schedule.terms.rounding = rounding
            schedule.terms.fixed = fixed
            schedule.terms.minimum = minimum
            schedule.terms.maximum = maximum
            schedule.moment = moment
            if !currencies.contains(currency) { errors.add("\(pointer)/currency", "Give a currency of the program.") }
            if schedule.paysCustomers {
                errors.add(
                    "\(pointer)/conditions/kinds",
                    "On a refund or an original credit, charge a rate of the amount and nothing else."
                )
            }
            return schedule
        }
    }

    private static var names: Set<String> {
        [
            "code", "counter_account", "currency", "base", "rate", "rounding", "fixed", "minimum", "maximum", "moment",
            "conditions",
        ]
    }
}

extension FieldType where Value == ChargeConditions {
    fileprivate static var chargeConditions: FieldType {
        FieldType { value, pointer, errors in
            let names: Set = [
                "kinds", "channels", "inside", "outside", "differs_in_currency", "categories",
                "spares_exempt_accounts",
            ]
            guard let fields = ObjectReader(value, at: pointer, fields: names, errors) else { return nil }
            let most = 0...ChargeSchedule.mostConditions
            let kinds: [TransactionKind]? = fields.required("kinds", .list(of: .movingKind, 1...8))
            let channels: [AcceptanceChannel] = fields.optional("channels", .list(of: .closedList, 0...3)) ?? []
            let inside = fields.optional("inside", .list(of: .country, most)) ?? []
            let outside = fields.optional("outside", .list(of: .country, most)) ?? []
            let differs = fields.optional("differs_in_currency", .boolean)
            let categories = fields.optional("categories", .list(of: .categoryCode, most)) ?? []
            let spares = fields.optional("spares_exempt_accounts", .boolean) ?? false
            guard let kinds else { return nil }
            var conditions = ChargeConditions(kinds: Set(kinds))
            conditions.channels = Set(channels)
            conditions.inside = inside
            conditions.outside = outside
            conditions.differsInCurrency = differs
            conditions.categories = categories
            conditions.sparesExemptAccounts = spares
            return conditions
        }
    }
}

extension FieldType where Value == InternalAccount {
    fileprivate static var counterAccount: FieldType {
        let names = ChargeSchedule.counterAccounts.map(\.name).joined(separator: ", ")
        return .text("one of: \(names)") { name in ChargeSchedule.counterAccounts.first { $0.name == name } }
    }
}

extension FieldType where Value == TransactionKind {
    /// One that moves money.
    fileprivate static var movingKind: FieldType {
        let kinds = TransactionKind.allCases.filter { $0.flow != .none }
        return .text("one of: \(kinds.map(\.name).joined(separator: ", "))") { name in
            kinds.first { $0.name == name }
        }
    }
}

extension FieldType where Value == String {
    fileprivate static var chargeCode: FieldType {
        .characters(
            1...ChargeSchedule.longestCode,
            "1 to \(ChargeSchedule.longestCode) letters, digits, hyphens and underscores",
            ASCII.alphanumerics.union("-_".utf8)
        )
    }

    /// ISO 3166, as networks write it.
    fileprivate static var country: FieldType {
        .text("two or three capital letters, or three digits") { ChargeConditions.isCountry($0) ? $0 : nil }
    }
}

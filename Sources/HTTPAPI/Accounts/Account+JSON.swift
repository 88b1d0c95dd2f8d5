import AuthorizationCore
import AuthorizationEngine

extension Money {
    var json: JSONOutput {
        ["amount": .integer(minorUnits), "currency": .text(currency.alphabetic)]
    }
}

extension Balance {
    /// All amounts in minor units of the key's currency.
    func json(_ key: BalanceKey) -> JSONOutput { .object(fields(key)) }

    /// With what may be spent; null when that leaves 64 bits.
    func json(_ key: BalanceKey, countingCredits: Bool) -> JSONOutput {
        let available = available(countingCredits: countingCredits)
        return .object(fields(key) + [("available", .optional(available) { .integer($0) })])
    }

    private func fields(_ key: BalanceKey) -> [(name: String, value: JSONOutput)] {
        [
            ("currency", .text(key.currency.alphabetic)),
            ("kind", .text(key.kind.name)),
            ("posted", .integer(posted)),
            ("pending_debits", .integer(pendingDebits)),
            ("pending_credits", .integer(pendingCredits)),
            ("credit_limit", .integer(creditLimit)),
            ("legal_holds", .integer(legalHolds)),
        ]
    }
}

extension AccountView {
    func json(countingCredits: Bool) -> JSONOutput {
        let balances = balances.map { $0.balance.json($0.key, countingCredits: countingCredits) }
        return [
            "id": .text(account.id.description),
            "program_id": .text(account.program.description),
            "cardholder_id": .optional(account.cardholder) { .text($0.description) },
            "type": .optional(account.type) { .text($0.name) },
            "status": .text(account.status.name),
            "balances": .list(balances),
            "charge_exempt": .boolean(account.isChargeExempt),
            "opened_at": .text(Timestamp.text(account.openedAt)),
        ]
    }
}

extension Program {
    var json: JSONOutput {
        let policies = currencies.map { policy -> JSONOutput in
            [
                "currency": .text(policy.currency.alphabetic),
                "transaction_limit": .integer(policy.transactionLimit),
                "daily_limit": .integer(policy.dailyLimit),
            ]
        }
        return [
            "id": .text(id.description),
            "version": .integer(Int64(version)),
            "time_zone": .text(timeZone),
            "bin": .text(bin),
            "pan_length": .integer(Int64(panLength)),
            "currencies": .list(policies),
            "kinds": .list(TransactionKind.allCases.filter(kinds.contains).map { .text($0.name) }),
            "account_types": .list(AccountType.allCases.filter(accountTypes.contains).map { .text($0.name) }),
            "card_validity_months": .integer(Int64(cardValidityMonths)),
            "sandbox": .boolean(sandbox != nil),
        ]
    }
}

extension [Change] {
    var openedAccount: Account? {
        for case .account(let account) in self { return account }
        return nil
    }

    var openedBalances: [(key: BalanceKey, balance: Balance)] {
        compactMap { change in
            guard case .openBalance(let key, let creditLimit) = change else { return nil }
            return (key, Balance(creditLimit: creditLimit))
        }
        .sorted { $0.key < $1.key }
    }

    var changedCard: Card? {
        for case .card(let card) in self { return card }
        return nil
    }

    var changedAuthorization: Authorization? {
        for case .authorization(let authorization) in self { return authorization }
        return nil
    }
}

import AuthorizationCore
import AuthorizationEngine
import CardCryptography

extension KeptProgram {
    /// JSON for the record of a change.
    package var record: String { String(decoding: json.bytes, as: UTF8.self) }

    var json: JSONOutput { .object(fields) }

    /// With the proposal, or null.
    var jsonWithProposal: JSONOutput { .object(fields + [("proposal", .optional(proposal) { $0.json })]) }

    private var fields: [(name: String, value: JSONOutput)] {
        [("id", .text(program.id.description)), ("name", .text(name))] + Self.fields(program)
            + [("needs_approval", .boolean(needsApproval))]
    }

    fileprivate static func fields(_ program: Program) -> [(name: String, value: JSONOutput)] {
        let rates = program.rates.map { rate -> JSONOutput in
            [
                "from": .text(rate.from.alphabetic), "to": .text(rate.to.alphabetic),
                "billionths": .integer(rate.billionths),
            ]
        }
        let kinds = TransactionKind.allCases.filter(program.kinds.contains)
        return [
            ("version", .integer(Int64(program.version))),
            ("time_zone", .text(program.timeZone)),
            ("bin", .text(program.bin)),
            ("pan_length", .integer(Int64(program.panLength))),
            ("currencies", .list(program.currencies.map(\.json))),
            ("kinds", .list(kinds.map { .text($0.name) })),
            ("rates", .list(rates)),
            ("mark_up", .integer(program.markUp)),
            ("spends_pending_credits", .boolean(program.spendsPendingCredits)),
            ("card_validity_months", .integer(Int64(program.cardValidityMonths))),
            ("account_types", .list(AccountType.allCases.filter(program.accountTypes.contains).map { .text($0.name) })),
            ("networks", .list(program.issuing.networks.map { .text($0) })),
            ("products", .list(program.issuing.products.map(\.json))),
            ("verification", .optional(program.verification) { $0.json }),
            ("charges", .list(program.charges.map(\.json))),
            ("sandbox", .boolean(program.sandbox != nil)),
        ]
    }
}

extension ProgramProposal {
    var json: JSONOutput {
        let content = KeptProgram.fields(program) + [("needs_approval", .boolean(needsApproval))]
        return .object(
            [
                ("id", .text(id.description)), ("proposed_by", .text(author.description)),
                ("proposed_at", .text(Timestamp.text(proposedAt))),
            ] + content
        )
    }
}

extension VerificationPolicy {
    /// What tells one policy from another, and the names of the keys that it verifies with.
    fileprivate var json: JSONOutput {
        let digest = Digest.sha256(journalBytes).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        return [
            "sha256": .text(digest.joined()),
            "keys": .list(keys.usages.map { .text($0.name.text) }),
        ]
    }
}

extension CurrencyPolicy {
    fileprivate var json: JSONOutput {
        [
            "currency": .text(currency.alphabetic),
            "transaction_limit": .integer(transactionLimit),
            "daily_limit": .integer(dailyLimit),
            "cashback_limit": .optional(cashbackLimit) { .integer($0) },
            "status_check_amount": .optional(statusCheckAmount) { .integer($0) },
            "token_daily_limit": .optional(tokenDailyLimit) { .integer($0) },
        ]
    }
}

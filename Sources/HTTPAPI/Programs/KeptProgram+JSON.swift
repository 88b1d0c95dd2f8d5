import AuthorizationCore
import AuthorizationEngine

extension KeptProgram {
    /// JSON for the record of a change.
    package var record: String { String(decoding: json.bytes, as: UTF8.self) }

    var json: JSONOutput {
        let kept = Self.fields(program) + [("needs_approval", .boolean(needsApproval))]
        return .object([("id", .text(program.id.description)), ("name", .text(name))] + kept)
    }

    /// With the proposal, or null.
    var jsonWithProposal: JSONOutput {
        guard case .object(let fields) = json else { return json }
        return .object(fields + [("proposal", .optional(proposal) { $0.json })])
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

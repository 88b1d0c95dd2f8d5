import AuthorizationCore
import AuthorizationEngine

extension JournalEntry {
    /// One event of an authorization's history, with all that was found then.
    var json: JSONOutput {
        [
            "event_id": .text(event.description),
            "sequence": .integer(sequence),
            "type": .text(command.name),
            "at": .text(Timestamp.text(decidedAt)),
            "actor": .optional(actor, \.json),
            "outcome": .text(decision.outcome.name),
            "approval_code": .optional(decision.outcome.approval) { .text($0.codeText) },
            "decline_reasons": .list(decision.declineReasons.map { .text($0.name) }),
            "exception_reason": .optional(decision.outcome.exceptionReason) { .text($0.name) },
            "response_code": .optional(codes) { .text($0.response) },
            "advice_code": .optional(codes?.advice) { .text($0) },
            "checks": .list(decision.checks.map(\.json)),
            "amount": .optional(command.amount, \.json),
            "new_total": .optional(command.newTotal) { .integer($0) },
            "merchant": .optional(command.merchant, \.json),
            "instalments": .optional(command.request) { request in
                .optional(request.instalments) { $0.json(in: request.transaction.currency) }
            },
            "converted_by_acceptor": .boolean(command.request?.isConvertedByAcceptor ?? false),
            "token": .optional(command.request?.credential?.token, \.json),
            "balance_before": .optional(decision.balance) { $0.before.json($0.key) },
            "balance_after": .optional(decision.balance) { $0.after.json($0.key) },
        ]
    }
}

extension CommandActor {
    var json: JSONOutput {
        switch self {
        case .apiKey(let id): ["type": "api_key", "id": .text(id.description)]
        case .operator(_, let name): ["type": "operator", "name": .text(name.description)]
        }
    }
}

extension Command {
    /// What the command asked for; nil where it names no amount of its own.
    fileprivate var amount: Money? {
        switch self {
        case .authorize(let request): request.transaction
        case .advise(let advice): advice.request.transaction
        case .clear(let clearing): clearing.amount
        case .fund(let funding): funding.amount
        case .applyException(let apply): apply.amount ?? apply.message.command.amount
        case .writeOffException(let writeOff): writeOff.terms.amount
        case .openAccount, .changeAccount, .issueCard, .changeCard, .reverse, .recordDelivery, .setPIN, .unblockPIN,
            .moneyCommand, .cardCommand, .expire:
            nil
        }
    }

    fileprivate var newTotal: Int64? {
        switch self {
        case .reverse(let reversal): reversal.newTotal
        case .applyException(let apply): apply.message.command.newTotal
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .authorize, .clear, .advise, .recordDelivery,
            .writeOffException, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            nil
        }
    }

    fileprivate var merchant: Merchant? {
        switch self {
        case .authorize(let request): request.merchant
        case .advise(let advice): advice.request.merchant
        case .applyException(let apply): apply.message.command.merchant
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .reverse, .clear, .recordDelivery,
            .writeOffException, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            nil
        }
    }
}

extension Outcome {
    var name: String {
        switch self {
        case .approved: "approved"
        case .declined: "declined"
        case .acknowledged(let acknowledgement, _): acknowledgement.name
        case .done: "done"
        case .refused: "refused"
        }
    }

    var exceptionReason: ExceptionReason? {
        switch self {
        case .acknowledged(let acknowledgement, _): acknowledgement.exceptionReason
        case .approved, .declined, .done, .refused: nil
        }
    }
}

extension Merchant {
    fileprivate var json: JSONOutput {
        [
            "name": .text(name),
            "id": .text(identification),
            "mcc": .text(pad(categoryCode, 4)),
            "country": .text(country),
            "city": .text(city),
        ]
    }
}

import AuthorizationCore
import AuthorizationEngine

extension Authorization {
    /// The authorization as it stands.
    func fields(account: AccountID) -> [(name: String, value: JSONOutput)] {
        func inBalance(_ amount: Int64) -> JSONOutput {
            .optional(balance) { Money(amount, $0.currency).json }
        }
        return [
            ("id", .text(id.description)),
            ("account_id", .text(account.description)),
            ("card_id", .text(card.description)),
            ("status", .text(status.name)),
            ("kind", .text(kind.name)),
            ("approved", approved.json),
            ("remaining", .integer(remaining)),
            ("cleared", .integer(cleared)),
            ("billed", inBalance(billed)),
            ("hold", inBalance(held)),
            ("posted", inBalance(posted)),
            ("charges", .list(charges.map(\.json))),
            ("uncertain", .boolean(uncertain)),
            ("instalments", .optional(instalments, \.json)),
            ("created_at", .text(Timestamp.text(createdAt))),
        ]
    }
}

extension AuthorizationView {
    var json: JSONOutput {
        .object(authorization.fields(account: account) + [("history", .list(history.map(\.json)))])
    }
}

extension Answer {
    /// The answer to a request for an authorization.
    ///
    /// - Parameter account: nil when the card is unknown.
    func authorizationJSON(_ request: AuthorizationRequest, account: AccountID?) -> JSONOutput {
        let authorization = decision.changes.changedAuthorization
        var hold: Money?
        if let authorization, let key = authorization.balance { hold = Money(authorization.held, key.currency) }
        return [
            "id": .optional(authorization?.id) { .text($0.description) },
            "account_id": .optional(account) { .text($0.description) },
            "card_id": .optional(request.card) { .text($0.description) },
            "status": .text(decision.outcome.approval == nil ? "declined" : "approved"),
            "approval_code": .optional(decision.outcome.approval) { .text($0.codeText) },
            "decline_reasons": .list(decision.declineReasons.map { .text($0.name) }),
            "checks": .list(decision.checks.map(\.json)),
            "kind": .text(request.kind.name),
            "transaction_amount": request.transaction.json,
            "billing_amount": .optional(request.billing) { $0.money.json },
            "hold": .optional(hold, \.json),
            "charges": .list((authorization?.charges ?? []).map(\.json)),
            "balance_before": .optional(decision.balance) { $0.before.json($0.key) },
            "balance_after": .optional(decision.balance) { $0.after.json($0.key) },
            "created_at": .text(Timestamp.text(decidedAt)),
        ]
    }
}

extension Outcome {
    var approval: Approval? {
        switch self {
        case .approved(let approval): approval
        case .declined, .acknowledged, .done, .refused: nil
        }
    }
}

extension Decision {
    /// Why it was declined: the answer first, then what other checks found, in their order.
    var declineReasons: [DeclineReason] {
        guard case .declined(let answer, _) = outcome else { return [] }
        let others = checks.compactMap { result -> DeclineReason? in
            guard case .failed(let reason) = result.verdict, reason != answer else { return nil }
            return reason
        }
        return [answer] + others
    }
}

extension CheckResult {
    var json: JSONOutput {
        let amounts: (observed: Int64, limit: Int64)?
        switch check {
        case .contactlessLimit, .contactlessAmount, .contactlessCount, .fallbackLimit, .transactionLimit,
            .cashbackLimit, .dailyLimit, .tokenDailyLimit, .availableBalance, .cardUses, .failureCount,
            .merchantFailures, .charges:
            amounts = verdict == .notApplicable ? nil : (observed, limit)
        case .cardFound, .network, .notReversed, .cardStatus, .tokenStatus, .instanceExpiry, .accountStatus,
            .kindAllowed, .original, .currencyConvertible, .entryMode, .pin, .newPin, .cardValue, .cardCode,
            .cryptogram, .counter, .chipData, .authentication:
            amounts = nil
        }
        return [
            "check": .text(check.name),
            "result": .text(verdict.name),
            "reason": .optional(verdict.reason) { .text($0.name) },
            "observed": .optional(amounts) { .integer($0.observed) },
            "limit": .optional(amounts) { .integer($0.limit) },
        ]
    }
}

extension CheckResult.Verdict {
    var name: String {
        switch self {
        case .passed: "passed"
        case .failed: "failed"
        case .notApplicable: "not_applicable"
        }
    }
}

extension Acknowledgement {
    var name: String {
        switch self {
        case .applied: "applied"
        case .nothingLeft: "nothing_left"
        case .waitsForOriginal: "waits_for_original"
        case .exception: "exception"
        case .recorded, .recordedIncrement: "recorded"
        }
    }

    var exceptionReason: ExceptionReason? {
        switch self {
        case .exception(let reason): reason
        case .applied, .nothingLeft, .waitsForOriginal, .recorded, .recordedIncrement: nil
        }
    }
}

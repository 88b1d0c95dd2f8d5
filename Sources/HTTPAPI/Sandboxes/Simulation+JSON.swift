import AuthorizationCore
import AuthorizationEngine

extension Answer {
    /// A step of a payment that was played.
    ///
    /// - Parameters:
    ///   - authorization: as it stands then; nil where there is none.
    ///   - told: nil where no message was sent.
    func step(_ authorization: Authorization?, on account: AccountID, _ told: SimulatedReply.Told?) -> APIAnswer {
        let body: JSONOutput = [
            "event_id": .text(event.description),
            "outcome": .text(decision.outcome.name),
            "decline_reasons": .list(decision.declineReasons.map { .text($0.name) }),
            "exception_reason": .optional(decision.outcome.exceptionReason) { .text($0.name) },
            "network_answer": .optional(told) { told in
                [
                    "message_type": .text(told.messageType),
                    "response_code": .text(told.responseCode),
                    "approval_code": .optional(told.approvalCode) { .text($0) },
                ]
            },
            "checks": .list(decision.checks.map(\.json)),
            "balance_before": .optional(decision.balance) { $0.before.json($0.key) },
            "balance_after": .optional(decision.balance) { $0.after.json($0.key) },
            "authorization": .optional(authorization) { .object($0.fields(account: account)) },
            "created_at": .text(Timestamp.text(decidedAt)),
        ]
        return APIAnswer(status: .created, body: body, isReplayed: isRepeated, delivery: delivery)
    }
}

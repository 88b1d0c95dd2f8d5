import AuthorizationCore
import AuthorizationEngine
import CardCryptography

extension WebhookEndpoint {
    var fields: [(name: String, value: JSONOutput)] {
        [
            ("id", .text(id.description)),
            ("url", .text(url.text)),
            ("event_types", .optional(types) { .list($0.map(\.rawValue).sorted().map { .text($0) }) }),
            ("description", .text(description)),
            ("enabled", .boolean(disabled == nil)),
            ("disabled_reason", .optional(disabled) { .text($0.reason.name) }),
            ("disabled_at", .optional(disabled) { .text(Timestamp.text($0.at)) }),
            ("failing_since", .optional(failingSince) { .text(Timestamp.text($0)) }),
            ("created_at", .text(Timestamp.text(createdAt))),
        ]
    }

    var json: JSONOutput { .object(fields) }

    /// - Parameter secret: nil for whoever asks again: it is told once.
    func json(_ secret: WebhookSecret?) -> JSONOutput {
        .object(fields + [("secret", .optional(secret) { .text($0.text) })])
    }
}

extension WebhookDelivery {
    var json: JSONOutput {
        [
            "event_id": .text(event.description),
            "account_id": isNotice ? .null : .text(account.description),
            "account_sequence": isNotice ? .null : .integer(sequence),
            "status": .text(parkedAt == nil ? "waiting" : "parked"),
            "attempts": .integer(Int64(attempts)),
            "first_attempt_at": .optional(firstAt) { .text(Timestamp.text($0)) },
            "next_attempt_at": parkedAt == nil ? .text(Timestamp.text(nextAt)) : .null,
            "parked_at": .optional(parkedAt) { .text(Timestamp.text($0)) },
            "last_status": .optional(last?.status) { .integer(Int64($0)) },
            "last_problem": .optional(last?.problem) { .text($0) },
        ]
    }
}

extension WebhookResult {
    var status: Int? {
        switch self {
        case .answered(let status): status
        case .failed: nil
        }
    }
}

extension AccountEvent {
    /// As events are read and sent.
    package var document: [UInt8] { json.bytes }
}

extension Problem {
    static var webhookEndpointNotFound: Problem {
        Problem(.notFound, "Check the endpoint's id; one of another tenant is as unknown.")
    }

    static var tooManyWebhookEndpoints: Problem {
        let detail = "A tenant has \(WebhookEndpoint.largestCount) endpoints at most. Remove one, or change one."
        return Problem(.tooManyWebhookEndpoints, detail)
    }

    /// Whether a name is unknown or its address is refused is not told: names of inside are nobody's to find out.
    static var webhookAddressRefused: Problem {
        let detail =
            "Use `https` and a host that has an address in the public Internet; others the configuration must allow."
        let error = FieldError(place: .pointer("/url"), detail: "Nothing is sent to this address.")
        return Problem(.webhookAddressRefused, detail, errors: [error])
    }
}

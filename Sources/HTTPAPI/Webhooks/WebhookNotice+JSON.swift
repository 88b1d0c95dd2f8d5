import AuthorizationCore
import AuthorizationEngine

extension WebhookNotice {
    /// Form of the documents. A change that old readers do not understand is another version.
    private static let version: Int64 = 1

    /// As notices are read and sent. The address stays out: it may hold a secret, and others read this.
    package var document: [UInt8] {
        let data: JSONOutput = [
            "endpoint_id": .text(endpoint.id.description),
            "description": .text(endpoint.description),
            "disabled_reason": .text(disabled.reason.name),
            "failing_since": .optional(endpoint.failingSince) { .text(Timestamp.text($0)) },
            "last_status": .optional(last?.status) { .integer(Int64($0)) },
            "last_problem": .optional(last?.problem) { .text($0) },
            "waiting": .integer(waiting),
            "what_to_do": .text(
                "Put the endpoint right, try it with `test_webhook_endpoint`, and enable it with"
                    + " `change_webhook_endpoint`: what happened meanwhile is sent then."
            ),
        ]
        let notice: JSONOutput = [
            "id": .text(id.description),
            "type": .text(EventType.webhookDisabled.rawValue),
            "version": .integer(Self.version),
            "occurred_at": .text(Timestamp.text(disabled.at)),
            "data": data,
        ]
        return notice.bytes
    }
}

extension WebhookRoutes {
    /// From the newest on.
    @Sendable func listNotices(_ request: APIRequest) async throws -> APIAnswer {
        let (before, limit): (EventID?, Int) = try request.page(of: "a notice")
        guard let found = try await store.notices(of: request.tenant, before: before, limit: limit) else {
            throw Problem.invalid(parameter: "before", "The tenant has no such notice.")
        }
        return .ok(["items": .list(found.map { .encoded($0.document) })])
    }
}

import AuthorizationCore
import AuthorizationEngine
import Hummingbird

/// Who changed what of a tenant, its keys, programs and cardholders. What happens to accounts is in the journal.
struct AuditRoutes: Sendable {
    private let store: any ProgramStore

    init(_ services: HTTPServices) { store = services.programs }

    /// From the newest on. The place to go on from is a record's id, which means nothing with another tenant.
    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        let (before, limit): (ActionID?, Int) = try request.page(of: "a record")
        guard let found = try await store.records(of: request.tenant, before: before, limit: limit) else {
            throw Problem.invalid(parameter: "before", "The tenant has no such record.")
        }
        return .ok(["items": .list(found.map(\.json))])
    }
}

extension AuditRecord {
    fileprivate var json: JSONOutput {
        [
            "id": .text(id.description),
            "at": .text(Timestamp.text(at)),
            "operator": .optional(name) { .text($0) },
            "api_key_id": .optional(apiKey) { .text($0.description) },
            "action": .text(action),
            "object": .text(object),
            "details": .text(details),
            "before": .optional(before) { .encoded(Array($0.utf8)) },
            "after": .optional(after) { .encoded(Array($0.utf8)) },
        ]
    }
}

import AuthorizationCore
import AuthorizationEngine

extension RateLimit {
    var json: JSONOutput { ["per_second": .integer(Int64(perSecond)), "burst": .integer(Int64(burst))] }
}

extension APIKeyTerms {
    /// Null is all there is.
    fileprivate var fields: [(name: String, value: JSONOutput)] {
        let scopes = scopes.map { scopes in APIScope.allCases.filter(scopes.contains).map(\.rawValue) }
        return [
            ("scopes", .optional(scopes) { .list($0.map { .text($0) }) }),
            ("addresses", .optional(addresses) { .list($0.map { .text($0.description) }) }),
            ("rate", .optional(rate) { $0.json }),
        ]
    }
}

extension ListedAPIKey {
    /// Nothing of a secret but what people tell it by.
    var json: JSONOutput {
        .object(
            [
                ("id", .text(key.id.description)), ("label", .text(label)),
                ("state", .text(revokedAt == nil ? "live" : "revoked")),
            ] + key.terms.fields + [
                ("secret_prefix", .optional(secretPrefix) { .text($0) }),
                ("created_at", .text(Timestamp.text(createdAt))),
                ("last_used_at", .optional(lastUsedAt) { .text(Timestamp.text($0)) }),
                ("earlier_secrets_until", .optional(overlapsUntil) { .text(Timestamp.text($0)) }),
                ("revoked_at", .optional(revokedAt) { .text(Timestamp.text($0)) }),
            ]
        )
    }
}

/// What is told of a change of a key. The secret is told once: the answer that is kept for repeats has none.
struct APIKeyAnswer {
    var id: APIKeyID
    var label: String
    var isRevoked = false
    var terms: APIKeyTerms
    var secret: AccessKey?

    func json(withSecret: Bool) -> JSONOutput {
        .object(
            [
                ("id", .text(id.description)), ("label", .text(label)),
                ("state", .text(isRevoked ? "revoked" : "live")),
            ] + terms.fields + [("secret", withSecret ? .optional(secret) { .text($0.text) } : .null)]
        )
    }
}

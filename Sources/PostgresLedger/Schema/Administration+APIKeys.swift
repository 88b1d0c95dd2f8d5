import AuthorizationCore
import AuthorizationEngine

/// Clients' keys.
extension Administration {
    package struct ListedAPIKey: Sendable {
        package var id: APIKeyID
        package var tenant: TenantID
        package var tenantName: String
        package var label: String
        package var createdAt: Instant
        package var revokedAt: Instant?
    }

    /// - Parameter author: nil while there is no operator.
    /// - Throws: SQLSTATE 23503 when there is no such tenant.
    package func addAPIKey(
        _ key: TenantKey,
        hash: [UInt8],
        label: String,
        by author: Operator?
    ) throws(PostgresError) {
        let insert = Statement(
            "add_api_key",
            "INSERT INTO api_keys (id, tenant_id, key_hash, label) VALUES ($1, $2, $3, $4)"
        )
        let parameters = [Parameter(key.id), Parameter(key.tenant), Parameter(hash), Parameter(label)]
        _ = try connection.run([
            Call(insert, parameters),
            Self.record(.addAPIKey, "\(key.id)", "tenant \(key.tenant), label \(label)", by: author),
        ])
    }

    /// - Throws: SQLSTATE AV001 when there is no such live key.
    package func revokeAPIKey(_ id: APIKeyID, by author: Operator?) throws(PostgresError) {
        let revoke = Statement(
            "revoke_api_key",
            """
            WITH done AS (UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        _ = try connection.run([
            Call(revoke, [Parameter(id)]), Self.record(.revokeAPIKey, "\(id)", "", by: author),
        ])
    }

    package func apiKeys() throws(PostgresError) -> [ListedAPIKey] {
        let statement = Statement(
            "api_keys",
            """
            SELECT k.id, k.tenant_id, t.name, k.label, k.created_at, k.revoked_at
            FROM api_keys k JOIN tenants t ON t.id = k.tenant_id ORDER BY k.created_at, k.id
            """
        )
        return try connection.run(Call(statement)).map { (row) throws(PostgresError) in
            ListedAPIKey(
                id: try row.identifier(),
                tenant: try row.identifier(),
                tenantName: try row.text(),
                label: try row.text(),
                createdAt: try row.instant(),
                revokedAt: try row.optionalInstant()
            )
        }
    }
}

import AuthorizationCore
import AuthorizationEngine

/// Clients' keys. Who changes them is nil while there is no operator.
extension Administration {
    package struct ListedAPIKey: Sendable {
        package var key: TenantKey
        package var tenantName: String
        package var label: String
        package var createdAt: Instant
        package var revokedAt: Instant?
        /// To the minute.
        package var lastUsedAt: Instant?
        /// While an earlier secret is still taken.
        package var overlapsUntil: Instant?
    }

    /// - Throws: SQLSTATE 23503 when there is no such tenant.
    package func addAPIKey(
        _ key: TenantKey,
        hash: [UInt8],
        label: String,
        by author: Operator?
    ) throws(PostgresError) {
        let change = """
            done AS (INSERT INTO api_keys AS k (id, scopes, addresses, rate, burst, tenant_id, label)
                VALUES ($5, \(APIKeyColumns.values), $10, $11)
                RETURNING tenant_id, NULL::jsonb AS before, api_key_record(k) AS after),
            secret AS (INSERT INTO api_key_secrets (key_hash, key_id) VALUES ($12, $5))
            """
        let parameters =
            [Parameter(key.id)] + APIKeyColumns.parameters(key.terms)
            + [Parameter(key.tenant), Parameter(label), Parameter(hash)]
        let details = "tenant \(key.tenant), label \(label)"
        _ = try connection.run(
            Self.audited("add_api_key", .addAPIKey, "\(key.id)", details, by: author?.id, change: change, parameters)
        )
    }

    /// Puts other terms in the place of those that a key has.
    ///
    /// - Parameter parts: which of them; the rest stays.
    /// - Throws: SQLSTATE AV001 when there is no such live key.
    package func changeAPIKey(
        _ id: APIKeyID,
        _ parts: Set<APIKeyTerms.Part>,
        of terms: APIKeyTerms,
        by author: Operator?
    ) throws(PostgresError) {
        let change = """
            old AS (SELECT k.id, api_key_record(k) AS record FROM api_keys k
                WHERE id = $5 AND revoked_at IS NULL FOR NO KEY UPDATE),
            new(scopes, addresses, rate, burst) AS (SELECT \(APIKeyColumns.values)),
            done AS (UPDATE api_keys k SET
                scopes = CASE WHEN $10::bool THEN new.scopes ELSE k.scopes END,
                addresses = CASE WHEN $11::bool THEN new.addresses ELSE k.addresses END,
                rate = CASE WHEN $12::bool THEN new.rate ELSE k.rate END,
                burst = CASE WHEN $12::bool THEN new.burst ELSE k.burst END
                FROM old, new WHERE k.id = old.id
                RETURNING k.tenant_id, old.record AS before, api_key_record(k) AS after)
            """
        let changed = [APIKeyTerms.Part.scopes, .addresses, .rate].map { Parameter(parts.contains($0)) }
        let parameters = [Parameter(id)] + APIKeyColumns.parameters(terms) + changed
        _ = try connection.run(
            Self.audited("change_api_key", .changeAPIKey, "\(id)", by: author?.id, change: change, parameters)
        )
    }

    /// Gives a key another secret. Earlier ones are taken for so long, and no longer than they would have been.
    ///
    /// - Throws: SQLSTATE AV001 when there is no such live key, 23505 when somebody else does the same.
    package func rotateAPIKey(
        _ id: APIKeyID,
        hash: [UInt8],
        overlapSeconds: Int64,
        by author: Operator?
    ) throws(PostgresError) {
        let change = """
            key AS (SELECT id, tenant_id FROM api_keys WHERE id = $5 AND revoked_at IS NULL FOR NO KEY UPDATE),
            old AS (UPDATE api_key_secrets s
                SET valid_until = least(s.valid_until, now() + $6::int8 * interval '1 second')
                FROM key WHERE s.key_id = key.id RETURNING s.valid_until),
            secret AS (INSERT INTO api_key_secrets (key_hash, key_id)
                SELECT $7, id FROM key WHERE (SELECT count(*) FROM old) > 0 RETURNING 1),
            done AS (SELECT tenant_id, NULL::jsonb AS before,
                jsonb_build_object('earlier_secrets_until', (SELECT max(valid_until) FROM old)) AS after
                FROM key, secret)
            """
        let parameters = [Parameter(id), Parameter(overlapSeconds), Parameter(hash)]
        _ = try connection.run(
            Self.audited("rotate_api_key", .rotateAPIKey, "\(id)", by: author?.id, change: change, parameters)
        )
    }

    /// - Throws: SQLSTATE AV001 when there is no such live key.
    package func revokeAPIKey(_ id: APIKeyID, by author: Operator?) throws(PostgresError) {
        let change = """
            old AS (SELECT k.id, api_key_record(k) AS record FROM api_keys k
                WHERE id = $5 AND revoked_at IS NULL FOR NO KEY UPDATE),
            done AS (UPDATE api_keys k SET revoked_at = now() FROM old WHERE k.id = old.id
                RETURNING k.tenant_id, old.record AS before, api_key_record(k) AS after)
            """
        _ = try connection.run(
            Self.audited("revoke_api_key", .revokeAPIKey, "\(id)", by: author?.id, change: change, [Parameter(id)])
        )
    }

    package func apiKeys() throws(PostgresError) -> [ListedAPIKey] {
        let statement = Statement(
            "api_keys",
            """
            SELECT \(APIKeyColumns.list), t.name, k.label, k.created_at, k.revoked_at, k.last_used_at,
                (SELECT max(s.valid_until) FROM api_key_secrets s WHERE s.key_id = k.id AND s.valid_until > now())
            FROM api_keys k JOIN tenants t ON t.id = k.tenant_id ORDER BY k.created_at, k.id
            """
        )
        return try connection.run(Call(statement)).map { (row) throws(PostgresError) in
            ListedAPIKey(
                key: try APIKeyColumns.read(&row),
                tenantName: try row.text(),
                label: try row.text(),
                createdAt: try row.instant(),
                revokedAt: try row.optionalInstant(),
                lastUsedAt: try row.optionalInstant(),
                overlapsUntil: try row.optionalInstant()
            )
        }
    }
}

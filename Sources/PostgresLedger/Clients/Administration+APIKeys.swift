import AuthorizationCore
import AuthorizationEngine

/// Clients' keys, as commands and HTTP change them.
extension Administration {
    /// The change, its record and the request's key are one transaction.
    ///
    /// - Throws: SQLSTATE AV001 when there is no such live key, it or the author is not as it was seen, it is the last, or
    ///   there is no room for it; 23503 when there is no such tenant; 23505 when somebody else rotates it, or the request's key is there already.
    package func write(_ write: APIKeyWrite, _ signed: SignedKeyWrite) throws(PostgresError) {
        let call =
            switch write {
            case .add(let key, let label, let secret): Self.addition(key, label, secret, signed)
            case .change(let id, let parts, let terms): Self.change(id, parts, terms, signed)
            case .rotate(let id, let secret, let overlap): Self.rotation(id, secret, overlap, signed)
            case .revoke(let id, let evenLast): Self.revocation(id, evenLast, signed)
            }
        var calls = [AdvisoryLock.apiKeys.inTransaction] + Self.admissions(of: write)
        if case .apiKey(let author) = signed.author { calls.append(Self.expect(author, signed.authorTerms)) }
        calls.append(call)
        if let request = signed.request { calls.append(Self.request(request, signed.answer)) }
        _ = try connection.run(calls)
    }

    /// Whether there are fewer live keys or secrets than there may be.
    package func hasRoom(for write: APIKeyWrite) throws(PostgresError) -> Bool {
        do {
            _ = try connection.run(Self.admissions(of: write))
            return true
        } catch .refused(sqlState: "AV001", _) {
            return false
        }
    }

    /// Fail with SQLSTATE AV001 where there is no room. Without overlap one secret is left, whatever there was before.
    private static func admissions(of write: APIKeyWrite) -> [Call] {
        switch write {
        case .add(let key, _, _):
            let keys = "api_keys WHERE tenant_id = $1 AND revoked_at IS NULL"
            return [Call(room("admit_api_key", in: keys, most: ListedAPIKey.mostLive), [Parameter(key.tenant)])]
        case .rotate(let id, _, let overlap) where overlap > 0:
            let secrets = "api_key_secrets WHERE key_id = $1 AND (valid_until IS NULL OR valid_until > now())"
            return [Call(room("admit_secret", in: secrets, most: ListedAPIKey.mostLiveSecrets), [Parameter(id)])]
        case .rotate, .change, .revoke: return []
        }
    }

    private static func room(_ name: String, in rows: String, most: Int) -> Statement {
        Statement(name, "SELECT expect_rows(count(*), 1) FROM (SELECT FROM \(rows) HAVING count(*) < \(most)) few")
    }

    /// Fails with SQLSTATE AV001 unless the key is live and may do what was found, which then stays so.
    private static func expect(_ author: APIKeyID, _ terms: APIKeyTerms) -> Call {
        let statement = Statement(
            "expect_api_key",
            """
            WITH author AS (SELECT FROM api_keys k WHERE k.id = $1 AND k.revoked_at IS NULL
                AND (k.scopes, k.addresses, k.rate, k.burst) IS NOT DISTINCT FROM (\(APIKeyColumns.values(from: 2)))
                FOR SHARE)
            SELECT expect_rows((SELECT count(*) FROM author), 1)
            """
        )
        return Call(statement, [Parameter(author)] + APIKeyColumns.parameters(terms))
    }

    private static func audited(
        _ name: String,
        _ action: OperatorAction,
        _ id: APIKeyID,
        _ signed: SignedKeyWrite,
        _ change: String,
        _ parameters: [Parameter],
        details: String = ""
    ) -> Call {
        let all = [Parameter(id)] + parameters
        return audited(name, action, "\(id)", by: signed.author, change: change, all, details: details)
    }

    /// The live key `$5`, as it was seen.
    private static func found(_ seen: String, _ columns: String) -> String {
        """
        SELECT \(columns) FROM api_keys k
        WHERE k.id = $5 AND k.revoked_at IS NULL AND (\(seen)::text = '' OR api_key_record(k)::text = \(seen)::text)
        FOR NO KEY UPDATE
        """
    }

    private static func addition(
        _ key: TenantKey,
        _ label: String,
        _ secret: APIKeySecret,
        _ signed: SignedKeyWrite
    ) -> Call {
        let change = """
            done AS (INSERT INTO api_keys AS k (id, scopes, addresses, rate, burst, tenant_id, label)
                VALUES ($5, \(APIKeyColumns.values(from: 6)), $10, $11)
                RETURNING tenant_id, NULL::jsonb AS before, api_key_record(k) AS after),
            secret AS (INSERT INTO api_key_secrets (key_hash, prefix, key_id) VALUES ($12, $13, $5))
            """
        let parameters =
            APIKeyColumns.parameters(key.terms)
            + [Parameter(key.tenant), Parameter(label), Parameter(secret.hash), Parameter(secret.prefix)]
        let details = "tenant \(key.tenant), label \(label)"
        return audited("add_api_key", .addAPIKey, key.id, signed, change, parameters, details: details)
    }

    private static func change(
        _ id: APIKeyID,
        _ parts: Set<APIKeyTerms.Part>,
        _ terms: APIKeyTerms,
        _ signed: SignedKeyWrite
    ) -> Call {
        let change = """
            old AS (\(found("$13", "k.id, api_key_record(k) AS record"))),
            new(scopes, addresses, rate, burst) AS (SELECT \(APIKeyColumns.values(from: 6))),
            done AS (UPDATE api_keys k SET
                scopes = CASE WHEN $10::bool THEN new.scopes ELSE k.scopes END,
                addresses = CASE WHEN $11::bool THEN new.addresses ELSE k.addresses END,
                rate = CASE WHEN $12::bool THEN new.rate ELSE k.rate END,
                burst = CASE WHEN $12::bool THEN new.burst ELSE k.burst END
                FROM old, new WHERE k.id = old.id
                RETURNING k.tenant_id, old.record AS before, api_key_record(k) AS after)
            """
        let changed = [APIKeyTerms.Part.scopes, .addresses, .rate].map { Parameter(parts.contains($0)) }
        let parameters = APIKeyColumns.parameters(terms) + changed + [Parameter(signed.seen ?? "")]
        return audited("change_api_key", .changeAPIKey, id, signed, change, parameters)
    }

    private static func rotation(
        _ id: APIKeyID,
        _ secret: APIKeySecret,
        _ overlapSeconds: Int64,
        _ signed: SignedKeyWrite
    ) -> Call {
        let change = """
            key AS (\(found("$9", "k.id, k.tenant_id"))),
            current AS (SELECT s.prefix FROM api_key_secrets s, key WHERE s.key_id = key.id AND s.valid_until IS NULL),
            old AS (UPDATE api_key_secrets s
                SET valid_until = least(s.valid_until, now() + $6::int8 * interval '1 second')
                FROM key WHERE s.key_id = key.id AND (s.valid_until IS NULL OR s.valid_until > now())
                RETURNING s.valid_until),
            secret AS (INSERT INTO api_key_secrets (key_hash, prefix, key_id)
                SELECT $7, $8::text, id FROM key WHERE (SELECT count(*) FROM old) > 0 RETURNING 1),
            done AS (SELECT tenant_id, jsonb_build_object('secret_prefix', (SELECT prefix FROM current)) AS before,
                jsonb_build_object('secret_prefix', $8::text,
                    'earlier_secrets_until', (SELECT max(valid_until) FROM old)) AS after
                FROM key, secret)
            """
        let parameters = [
            Parameter(overlapSeconds), Parameter(secret.hash), Parameter(secret.prefix), Parameter(signed.seen ?? ""),
        ]
        return audited("rotate_api_key", .rotateAPIKey, id, signed, change, parameters)
    }

    private static func revocation(_ id: APIKeyID, _ evenLast: Bool, _ signed: SignedKeyWrite) -> Call {
        let change = """
            old AS (\(found("$7", "k.id, api_key_record(k) AS record, is_last_to_write_keys(k) AS is_last"))),
            done AS (UPDATE api_keys k SET revoked_at = now() FROM old
                WHERE k.id = old.id AND ($6::bool OR NOT old.is_last)
                RETURNING k.tenant_id, old.record AS before, api_key_record(k) AS after)
            """
        let parameters = [Parameter(evenLast), Parameter(signed.seen ?? "")]
        return audited("revoke_api_key", .revokeAPIKey, id, signed, change, parameters)
    }
}

// MARK: - Reading

extension Administration {
    /// Of all tenants, the oldest first.
    package func apiKeys() throws(PostgresError) -> [ListedAPIKey] {
        let statement = Statement("api_keys", "\(APIKeyColumns.listing) ORDER BY k.created_at, k.id")
        return try connection.run(Call(statement)).map(APIKeyColumns.readListed)
    }

    func apiKey(_ id: APIKeyID, of tenant: TenantID) throws(PostgresError) -> ListedAPIKey? {
        let statement = Statement("api_key_of", "\(APIKeyColumns.listing) WHERE k.id = $1 AND k.tenant_id = $2")
        return try connection.run(Call(statement, [Parameter(id), Parameter(tenant)]))
            .map(APIKeyColumns.readListed).first
    }

    /// The newest first.
    func apiKeys(of tenant: TenantID, before: APIKeyID?, limit: Int) throws(PostgresError) -> [ListedAPIKey] {
        let statement = Statement(
            "api_keys_of",
            """
            \(APIKeyColumns.listing) WHERE k.tenant_id = $1 AND (($2::uuid[])[1] IS NULL OR (k.created_at, k.id)
                < (SELECT b.created_at, b.id FROM api_keys b WHERE b.id = ($2::uuid[])[1]))
            ORDER BY k.created_at DESC, k.id DESC LIMIT $3
            """
        )
        var last = Column(.uuid)
        last.append(before)
        return try connection.run(Call(statement, [Parameter(tenant), Parameter(last), Parameter(Int64(limit))]))
            .map(APIKeyColumns.readListed)
    }
}

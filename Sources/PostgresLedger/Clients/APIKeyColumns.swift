import AuthorizationCore
import AuthorizationEngine

/// The columns of an API key with its terms, and how they are read and written.
enum APIKeyColumns {
    static let list = """
        k.id, k.tenant_id, array_to_string(k.scopes, ','), array_to_string(k.addresses::text[], ','), k.rate, k.burst
        """

    /// The key of a secret that is valid, and whether its last use need not be written again.
    static let find = Statement(
        "api_key",
        """
        SELECT \(list), coalesce(k.last_used_at > now() - interval '1 minute', false)
        FROM api_key_secrets s JOIN api_keys k ON k.id = s.key_id
        WHERE s.key_hash = $1 AND k.revoked_at IS NULL AND (s.valid_until IS NULL OR s.valid_until > now())
        """
    )

    /// Several processes may find at once that it is time.
    static let noteUse = Statement(
        "note_api_key_use",
        """
        UPDATE api_keys SET last_used_at = now()
        WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= now() - interval '1 minute')
        """
    )

    /// All that people see of a key.
    static let listing = """
        SELECT \(list), t.name, k.label, k.created_at, k.revoked_at, k.last_used_at,
            (SELECT s.prefix FROM api_key_secrets s WHERE s.key_id = k.id AND s.valid_until IS NULL),
            (SELECT max(s.valid_until) FROM api_key_secrets s WHERE s.key_id = k.id AND s.valid_until > now()),
            is_last_to_write_keys(k), api_key_record(k)::text
        FROM api_keys k JOIN tenants t ON t.id = k.tenant_id
        """

    static func readListed(_ row: inout RowReader) throws(PostgresError) -> ListedAPIKey {
        ListedAPIKey(
            key: try read(&row),
            tenantName: try row.text(),
            label: try row.text(),
            createdAt: try row.instant(),
            revokedAt: try row.optionalInstant(),
            lastUsedAt: try row.optionalInstant(),
            secretPrefix: try row.optionalText(),
            overlapsUntil: try row.optionalInstant(),
            isLastToWriteKeys: try row.bool(),
            record: try row.text()
        )
    }

    static func read(_ row: inout RowReader) throws(PostgresError) -> TenantKey {
        let (id, tenant): (APIKeyID, TenantID) = (try row.identifier(), try row.identifier())
        var terms = APIKeyTerms()
        if let names = try row.optionalText() {
            // A scope of a later build allows nothing here.
            terms.scopes = Set(names.split(separator: ",").compactMap { APIScope(rawValue: String($0)) })
        }
        if let texts = try row.optionalText() {
            terms.addresses = texts.split(separator: ",").compactMap { AddressRange(String($0)) }
        }
        let (rate, burst) = (try row.optionalInt32(), try row.optionalInt32())
        if let rate, let burst {
            guard let limit = RateLimit(perSecond: rate, burst: burst) else { throw row.unexpected("no such rate") }
            terms.rate = limit
        }
        return TenantKey(id: id, tenant: tenant, terms: terms)
    }

    /// Of four parameters; what is null comes as empty or 0.
    static func values(from first: Int) -> String {
        """
        NULLIF($\(first)::text[], '{}'), NULLIF($\(first + 1)::text[], '{}')::cidr[],
            NULLIF($\(first + 2)::int4, 0), NULLIF($\(first + 3)::int4, 0)
        """
    }

    static func parameters(_ terms: APIKeyTerms) -> [Parameter] {
        var (scopes, addresses) = (Column(.text), Column(.text))
        for scope in (terms.scopes ?? []).map(\.rawValue).sorted() { scopes.append(scope) }
        for range in terms.addresses ?? [] { addresses.append(range.description) }
        return [
            Parameter(scopes), Parameter(addresses), Parameter(terms.rate?.perSecond ?? 0),
            Parameter(terms.rate?.burst ?? 0),
        ]
    }
}

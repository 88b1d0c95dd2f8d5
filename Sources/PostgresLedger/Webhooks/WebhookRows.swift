import AuthorizationCore
import AuthorizationEngine

/// The statements of webhook endpoints, and how their rows are written and read.
enum WebhookRows {
    static let columns = """
        e.id, e.tenant_id, e.url, e.types, e.description, e.created_at, e.disabled_reason, e.disabled_at, e.failing_since
        """

    static func readEndpoint(_ row: inout RowReader) throws(PostgresError) -> WebhookEndpoint {
        let id: WebhookEndpointID = try row.identifier()
        let tenant: TenantID = try row.identifier()
        guard let url = WebhookURL(try row.text()) else { throw row.unexpected("no address of an endpoint") }
        let types = try row.optionalText().map { text in
            Set(text.split(separator: ",").compactMap { EventType(rawValue: String($0)) })
        }
        var endpoint = WebhookEndpoint(
            id: id,
            tenant: tenant,
            url: url,
            types: types,
            description: try row.text(),
            createdAt: try row.instant()
        )
        let reason = try row.optionalInt16().flatMap { WebhookDisabledReason(rawValue: UInt8(clamping: $0)) }
        if let at = try row.optionalInstant() { endpoint.disabled = .init(reason: reason ?? .asked, at: at) }
        endpoint.failingSince = try row.optionalInstant()
        return endpoint
    }

    /// Types, reason and time of disabling, and since when it fails: each may be missing.
    private static func optionals(_ endpoint: WebhookEndpoint) -> [Parameter] {
        var types = Column(.text), reason = Column(.int2), at = Column(.timestamptz), failing = Column(.timestamptz)
        types.append(endpoint.types.map { $0.map(\.rawValue).sorted().joined(separator: ",") })
        reason.append(endpoint.disabled.map { Int16($0.reason.rawValue) })
        at.append(endpoint.disabled?.at)
        failing.append(endpoint.failingSince)
        return [Parameter(types), Parameter(reason), Parameter(at), Parameter(failing)]
    }

    // MARK: - Endpoints

    /// One that adds endpoints of the tenant at a time, so that they are counted.
    static let lockTenant = Statement(
        "lock_webhook_tenant",
        "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))"
    )

    /// - Throws: SQLSTATE AV001 when the tenant has as many as it may.
    static func add(_ endpoint: WebhookEndpoint) -> Call {
        let statement = Statement(
            "add_webhook_endpoint",
            """
            WITH done AS (
                INSERT INTO webhook_endpoints (id, tenant_id, url, description, created_at, types)
                SELECT $1::uuid, $2::uuid, $3::text, $4::text, $5::timestamptz, ($6::text[])[1]
                WHERE (SELECT count(*) FROM webhook_endpoints WHERE tenant_id = $2) < $7::int8 RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        return Call(
            statement,
            [
                Parameter(endpoint.id), Parameter(endpoint.tenant), Parameter(endpoint.url.text),
                Parameter(endpoint.description), Parameter(endpoint.createdAt), optionals(endpoint)[0],
                Parameter(Int64(WebhookEndpoint.largestCount)),
            ]
        )
    }

    /// - Throws: SQLSTATE AV001 when there is none.
    static func change(_ endpoint: WebhookEndpoint) -> Call {
        let statement = Statement(
            "change_webhook_endpoint",
            """
            WITH done AS (UPDATE webhook_endpoints SET url = $3, description = $4, types = ($5::text[])[1],
                disabled_reason = ($6::int2[])[1], disabled_at = ($7::timestamptz[])[1],
                failing_since = ($8::timestamptz[])[1], look_at = now()
                WHERE id = $1 AND tenant_id = $2 RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        let named = [
            Parameter(endpoint.id), Parameter(endpoint.tenant), Parameter(endpoint.url.text),
            Parameter(endpoint.description),
        ]
        return Call(statement, named + optionals(endpoint))
    }

    /// - Throws: SQLSTATE AV001 when there is none.
    static let remove = Statement(
        "remove_webhook_endpoint",
        """
        WITH done AS (DELETE FROM webhook_endpoints WHERE id = $1 AND tenant_id = $2 RETURNING 1)
        SELECT expect_rows((SELECT count(*) FROM done), 1)
        """
    )

    static let one = Statement(
        "webhook_endpoint",
        "SELECT \(columns) FROM webhook_endpoints e WHERE e.tenant_id = $1 AND e.id = $2"
    )

    static let ofTenant = Statement(
        "webhook_endpoints",
        "SELECT \(columns) FROM webhook_endpoints e WHERE e.tenant_id = $1 ORDER BY e.id"
    )

    static let figures = Statement(
        "webhook_figures",
        """
        SELECT (SELECT count(*) FROM webhook_deliveries WHERE parked_at IS NULL),
            (SELECT count(*) FROM webhook_deliveries WHERE parked_at IS NOT NULL),
            (SELECT count(*) FROM webhook_endpoints WHERE disabled_reason IS NOT NULL)
        """
    )

    // MARK: - Secrets

    static let addSecret = Statement(
        "add_webhook_secret",
        "INSERT INTO webhook_secrets (endpoint_id, ciphertext, key_id) VALUES ($1, $2, $3)"
    )

    static let dropSecrets = Statement(
        "drop_webhook_secrets",
        "DELETE FROM webhook_secrets WHERE endpoint_id = $1 AND expires_at IS NOT NULL"
    )

    /// - Throws: SQLSTATE AV001 when there is no such endpoint.
    static let endSecret = Statement(
        "end_webhook_secret",
        """
        WITH done AS (UPDATE webhook_secrets s SET expires_at = $3 FROM webhook_endpoints e
            WHERE e.id = $1 AND e.tenant_id = $2 AND s.endpoint_id = e.id AND s.expires_at IS NULL RETURNING 1)
        SELECT expect_rows((SELECT count(*) FROM done), 1)
        """
    )

    static let secrets = Statement(
        "webhook_secrets",
        """
        SELECT ciphertext, key_id FROM webhook_secrets
        WHERE endpoint_id = $1 AND (expires_at IS NULL OR expires_at > now()) ORDER BY expires_at DESC NULLS FIRST
        """
    )

    static func readSecret(_ row: inout RowReader) throws(PostgresError) -> SealedWebhookSecret {
        SealedWebhookSecret(ciphertext: try row.bytes(), keyID: try row.int16())
    }
}

// MARK: - Leases

extension WebhookRows {
    static let lease = Statement(
        "lease_webhook_endpoint",
        """
        WITH chosen AS (SELECT id FROM webhook_endpoints
            WHERE disabled_reason IS NULL AND look_at <= now() AND (leased_until IS NULL OR leased_until < now())
            ORDER BY look_at LIMIT 1 FOR UPDATE SKIP LOCKED),
        e AS (UPDATE webhook_endpoints o SET lease = $1, leased_until = now() + make_interval(secs => $2::int4)
            FROM chosen WHERE o.id = chosen.id RETURNING o.*)
        SELECT \(columns), (SELECT count(*) FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.parked_at IS NULL),
            e.epoch, e.xid, e.account_id, e.sequence, e.since
        FROM e
        """
    )

    static func readLease(_ row: inout RowReader, _ token: EventID) throws(PostgresError) -> WebhookLease {
        let endpoint = try readEndpoint(&row)
        let waiting = try row.int64()
        var position: EventPosition?
        if let epoch = try row.optionalInt64() {
            position = EventPosition(
                epoch: UInt64(bitPattern: epoch),
                transaction: UInt64(bitPattern: try row.int64()),
                account: try row.identifier(),
                sequence: try row.int64(),
                since: try row.instant()
            )
        }
        return WebhookLease(endpoint: endpoint, token: token, position: position, waiting: waiting, secrets: [])
    }

    static func move(_ deliveries: [WebhookDelivery], upTo position: EventPosition, _ lease: WebhookLease) -> Call {
        let statement = Statement(
            "take_webhook_events",
            """
            WITH held AS (UPDATE webhook_endpoints
                SET epoch = $3, xid = $4, account_id = $5, sequence = $6, since = $7
                WHERE id = $1 AND lease = $2 RETURNING id)
            INSERT INTO webhook_deliveries (endpoint_id, account_id, sequence, event_id, body, next_at)
            SELECT held.id, n.* FROM held, unnest($8::uuid[], $9::int8[], $10::uuid[], $11::bytea[],
                $12::timestamptz[]) AS n
                AND tenant_id <> ALL ($3::uuid[])
            ON CONFLICT DO NOTHING
            """
        )
        return Call(
            statement,
            [
                Parameter(lease.endpoint.id), Parameter(lease.token), Parameter(Int64(bitPattern: position.epoch)),
                Parameter(Int64(bitPattern: position.transaction)), Parameter(position.account),
                Parameter(position.sequence), Parameter(position.since),
            ] + WebhookDeliveryRows.new(deliveries)
        )
    }

    static func release(_ lease: WebhookLease, pause: Duration) -> Call {
        let statement = Statement(
            "release_webhook_endpoint",
            """
            UPDATE webhook_endpoints SET lease = NULL, leased_until = NULL,
                disabled_reason = coalesce(disabled_reason, ($3::int2[])[1]),
                disabled_at = CASE WHEN disabled_reason IS NULL THEN ($4::timestamptz[])[1] ELSE disabled_at END,
                failing_since = ($5::timestamptz[])[1], look_at = now() + make_interval(secs => $6::int8 / 1000.0)
            WHERE id = $1 AND lease = $2
            """
        )
        let parameters = [Parameter(lease.endpoint.id), Parameter(lease.token)] + optionals(lease.endpoint).dropFirst()
        return Call(statement, parameters + [Parameter(pause.wholeMicroseconds / 1_000)])
    }
}

extension Column {
    mutating func append(_ value: Instant?) { append(value?.postgresMicroseconds) }
}

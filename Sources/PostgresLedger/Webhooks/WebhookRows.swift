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

    /// What records of changes tell of a row: of its address no path and no query, as those may hold secrets.
    private static func record(_ row: String) -> String {
        """
        jsonb_build_object('origin', substring(\(row).url FROM '^https?://[^/?]+'),
            'event_types', string_to_array(\(row).types, ','), 'description', \(row).description,
            'enabled', \(row).disabled_reason IS NULL)
        """
    }

    /// - Throws: SQLSTATE AV001 when the tenant has as many as it may.
    static func add(_ endpoint: WebhookEndpoint, by actor: CommandActor?) -> Call {
        let change = """
            done AS (INSERT INTO webhook_endpoints AS e (id, tenant_id, url, description, types, created_at)
                SELECT $5::uuid, $6::uuid, $7::text, $8::text, ($9::text[])[1], $10::timestamptz
                WHERE (SELECT count(*) FROM webhook_endpoints WHERE tenant_id = $6) < \(WebhookEndpoint.largestCount)
                RETURNING e.tenant_id, NULL::jsonb AS before, \(record("e")) AS after)
            """
        let parameters = named(endpoint) + [optionals(endpoint)[0], Parameter(endpoint.createdAt)]
        return Administration.audited(
            "add_webhook_endpoint",
            .addWebhookEndpoint,
            "\(endpoint.id)",
            by: actor,
            change: change,
            parameters
        )
    }

    /// What waits for an endpoint that is enabled again begins anew: the time of standing still is not its own.
    ///
    /// - Throws: SQLSTATE AV001 when there is none.
    static func change(_ endpoint: WebhookEndpoint, by actor: CommandActor?) -> Call {
        let change = """
            old AS (SELECT e.id, e.disabled_at, \(record("e")) AS record FROM webhook_endpoints e
                WHERE e.id = $5 AND e.tenant_id = $6 FOR NO KEY UPDATE),
            done AS (UPDATE webhook_endpoints e SET url = $7, description = $8, types = ($9::text[])[1],
                disabled_reason = ($10::int2[])[1], disabled_at = ($11::timestamptz[])[1],
                failing_since = ($12::timestamptz[])[1], look_at = now()
                FROM old WHERE e.id = old.id
                RETURNING e.tenant_id, old.record AS before, \(record("e")) AS after),
            renewed AS (UPDATE webhook_deliveries d SET attempts = 0, first_at = NULL, next_at = now() FROM old
                WHERE d.endpoint_id = old.id AND d.parked_at IS NULL AND old.disabled_at IS NOT NULL
                    AND ($11::timestamptz[])[1] IS NULL)
            """
        return Administration.audited(
            "change_webhook_endpoint",
            .changeWebhookEndpoint,
            "\(endpoint.id)",
            by: actor,
            change: change,
            named(endpoint) + optionals(endpoint)
        )
    }

    /// - Throws: SQLSTATE AV001 when there is none.
    static func remove(_ endpoint: WebhookEndpoint, by actor: CommandActor?) -> Call {
        let change = """
            done AS (DELETE FROM webhook_endpoints e WHERE e.id = $5 AND e.tenant_id = $6
                RETURNING e.tenant_id, \(record("e")) AS before, NULL::jsonb AS after)
            """
        return Administration.audited(
            "remove_webhook_endpoint",
            .removeWebhookEndpoint,
            "\(endpoint.id)",
            by: actor,
            change: change,
            [Parameter(endpoint.id), Parameter(endpoint.tenant)]
        )
    }

    private static func named(_ endpoint: WebhookEndpoint) -> [Parameter] {
        [
            Parameter(endpoint.id), Parameter(endpoint.tenant), Parameter(endpoint.url.text),
            Parameter(endpoint.description),
        ]
    }

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
    static func endSecret(of endpoint: WebhookEndpoint, at end: Instant, by actor: CommandActor?) -> Call {
        let change = """
            done AS (UPDATE webhook_secrets s SET expires_at = $7 FROM webhook_endpoints e
                WHERE e.id = $5 AND e.tenant_id = $6 AND s.endpoint_id = e.id AND s.expires_at IS NULL
                RETURNING e.tenant_id, jsonb_build_object('old_secret_expires_at', NULL) AS before,
                    jsonb_build_object('old_secret_expires_at', s.expires_at) AS after)
            """
        return Administration.audited(
            "end_webhook_secret",
            .rotateWebhookSecret,
            "\(endpoint.id)",
            by: actor,
            change: change,
            [Parameter(endpoint.id), Parameter(endpoint.tenant), Parameter(end)]
        )
    }

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
    /// Notices are not among the events that wait.
    static let lease = Statement(
        "lease_webhook_endpoint",
        """
        WITH chosen AS (SELECT id FROM webhook_endpoints
            WHERE disabled_reason IS NULL AND look_at <= now() AND (leased_until IS NULL OR leased_until < now())
                AND tenant_id <> ALL ($3::uuid[])
            ORDER BY look_at LIMIT 1 FOR UPDATE SKIP LOCKED),
        e AS (UPDATE webhook_endpoints o SET lease = $1, leased_until = now() + make_interval(secs => $2::int4)
            FROM chosen WHERE o.id = chosen.id RETURNING o.*)
        SELECT \(columns), (SELECT count(*) FROM webhook_deliveries d
                WHERE d.endpoint_id = e.id AND d.parked_at IS NULL AND d.account_id <> $4),
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

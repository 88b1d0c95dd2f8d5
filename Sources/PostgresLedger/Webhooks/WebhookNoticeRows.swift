import AuthorizationCore
import AuthorizationEngine

/// The statements of what tenants are told of their endpoints.
enum WebhookNoticeRows {
    /// Keeps the notice and has the tenant's other endpoints told, if the end of this lease has disabled the endpoint: not
    /// when its client did so meanwhile, and not twice.
    static func tell(_ notice: WrittenNotice, of endpoint: WebhookEndpoint) -> Call {
        let statement = Statement(
            "tell_webhook_notice",
            """
            WITH told AS (INSERT INTO webhook_notices (id, tenant_id, body)
                SELECT $2::uuid, e.tenant_id, $3::bytea FROM webhook_endpoints e
                WHERE e.id = $1::uuid AND e.disabled_at = ($4::timestamptz[])[1]
                ON CONFLICT DO NOTHING RETURNING tenant_id, number)
            INSERT INTO webhook_deliveries (endpoint_id, account_id, sequence, event_id, body, next_at)
            SELECT o.id, $5::uuid, told.number, $2::uuid, $3::bytea, now()
            FROM told JOIN webhook_endpoints o ON o.tenant_id = told.tenant_id
            WHERE o.id <> $1::uuid AND o.disabled_reason IS NULL
                AND (o.types IS NULL OR $6::text = ANY (string_to_array(o.types, ',')))
            FOR KEY SHARE OF o
            """
        )
        var at = Column(.timestamptz)
        at.append(endpoint.disabled?.at)
        return Call(
            statement,
            [
                Parameter(endpoint.id), Parameter(notice.id), Parameter(notice.document), Parameter(at),
                Parameter(WebhookDelivery.ofNotices), Parameter(EventType.webhookDisabled.rawValue),
            ]
        )
    }

    static let known = Statement(
        "known_webhook_notice",
        "SELECT FROM webhook_notices WHERE tenant_id = $1 AND id = $2"
    )

    static let ofTenant = Statement(
        "webhook_notices",
        """
        SELECT id, body FROM webhook_notices WHERE tenant_id = $1 AND (($2::uuid[])[1] IS NULL OR id < ($2::uuid[])[1])
        ORDER BY id DESC LIMIT $3
        """
    )

    static func read(_ row: inout RowReader) throws(PostgresError) -> WrittenNotice {
        WrittenNotice(id: try row.identifier(), document: try row.bytes())
    }
}

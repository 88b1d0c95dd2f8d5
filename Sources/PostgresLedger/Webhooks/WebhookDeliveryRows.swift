import AuthorizationCore
import AuthorizationEngine

/// The statements of what is on its way to endpoints.
enum WebhookDeliveryRows {
    private static let columns = """
        d.account_id, d.sequence, d.event_id, d.body, d.attempts, d.first_at, d.next_at, d.last_status, d.last_fault,
        d.parked_at
        """

    /// An account's first delivery holds the others back.
    static let due = Statement(
        "due_webhook_deliveries",
        """
        WITH heads AS (SELECT DISTINCT ON (account_id) account_id, next_at FROM webhook_deliveries
            WHERE endpoint_id = $1 AND parked_at IS NULL ORDER BY account_id, sequence),
        chosen AS (SELECT account_id FROM heads WHERE next_at <= $2 ORDER BY next_at LIMIT $3)
        SELECT \(columns) FROM chosen c CROSS JOIN LATERAL (SELECT * FROM webhook_deliveries o
            WHERE o.endpoint_id = $1 AND o.account_id = c.account_id AND o.parked_at IS NULL
            ORDER BY o.sequence LIMIT $4) d
        ORDER BY d.account_id, d.sequence
        """
    )

    static let listed = Statement(
        "webhook_deliveries",
        """
        SELECT \(columns) FROM webhook_deliveries d WHERE d.endpoint_id = $1 AND (d.account_id, d.sequence) > ($2, $3)
        ORDER BY d.account_id, d.sequence LIMIT $4
        """
    )

    static func read(_ row: inout RowReader) throws(PostgresError) -> WebhookDelivery {
        let account: AccountID = try row.identifier()
        let sequence = try row.int64()
        let event: EventID = try row.identifier()
        let (body, attempts, first) = (try row.bytes(), try row.int32(), try row.optionalInstant())
        let next = try row.instant()
        var delivery = WebhookDelivery(account: account, sequence: sequence, event: event, body: body, nextAt: next)
        (delivery.attempts, delivery.firstAt) = (attempts, first)
        let status = try row.optionalInt16()
        let fault = try row.optionalInt16().flatMap { WebhookFault(rawValue: UInt8(clamping: $0)) }
        delivery.last = status.map { .answered(status: Int($0)) } ?? fault.map { .failed($0) }
        delivery.parkedAt = try row.optionalInstant()
        return delivery
    }

    static func forget(_ deliveries: [WebhookDelivery], of endpoint: WebhookEndpointID) -> Call {
        let statement = Statement(
            "forget_webhook_deliveries",
            """
            DELETE FROM webhook_deliveries d USING unnest($2::uuid[], $3::int8[]) AS n(account, sequence)
            WHERE d.endpoint_id = $1 AND d.account_id = n.account AND d.sequence = n.sequence
            """
        )
        return Call(statement, [Parameter(endpoint)] + keys(deliveries))
    }

    static func postpone(_ deliveries: [WebhookDelivery], of endpoint: WebhookEndpointID) -> Call {
        let statement = Statement(
            "postpone_webhook_deliveries",
            """
            UPDATE webhook_deliveries d SET attempts = n.attempts, first_at = n.first, next_at = n.next,
                last_status = n.status, last_fault = n.fault, parked_at = n.parked
            FROM unnest($2::uuid[], $3::int8[], $4::int4[], $5::timestamptz[], $6::timestamptz[], $7::int2[],
                $8::int2[], $9::timestamptz[]) AS n(account, sequence, attempts, first, next, status, fault, parked)
            WHERE d.endpoint_id = $1 AND d.account_id = n.account AND d.sequence = n.sequence
            """
        )
        var attempts = Column(.int4), first = Column(.timestamptz), next = Column(.timestamptz)
        var status = Column(.int2), fault = Column(.int2), parked = Column(.timestamptz)
        for delivery in deliveries {
            attempts.append(delivery.attempts)
            first.append(delivery.firstAt)
            next.append(delivery.nextAt)
            status.append(delivery.last?.status)
            fault.append(delivery.last?.fault)
            parked.append(delivery.parkedAt)
        }
        let values = [attempts, first, next, status, fault, parked].map { Parameter($0) }
        return Call(statement, [Parameter(endpoint)] + keys(deliveries) + values)
    }

    /// What waits stays as it is; what is parked begins anew.
    static func replay(_ deliveries: [WebhookDelivery], to endpoint: WebhookEndpoint) -> Call {
        let statement = Statement(
            "replay_webhook_events",
            """
            INSERT INTO webhook_deliveries (endpoint_id, account_id, sequence, event_id, body, next_at)
            SELECT e.id, n.* FROM webhook_endpoints e, unnest($3::uuid[], $4::int8[], $5::uuid[], $6::bytea[],
                $7::timestamptz[]) AS n
            WHERE e.id = $1 AND e.tenant_id = $2
            ON CONFLICT (endpoint_id, account_id, sequence) DO UPDATE SET attempts = 0, first_at = NULL,
                next_at = excluded.next_at, last_status = NULL, last_fault = NULL, parked_at = NULL
            WHERE webhook_deliveries.parked_at IS NOT NULL
            """
        )
        return Call(statement, [Parameter(endpoint.id), Parameter(endpoint.tenant)] + new(deliveries))
    }

    /// Accounts, sequences, events, documents and times of those that are written down.
    static func new(_ deliveries: [WebhookDelivery]) -> [Parameter] {
        var event = Column(.uuid), body = Column(.bytea), next = Column(.timestamptz)
        for delivery in deliveries {
            event.append(delivery.event)
            body.append(delivery.body)
            next.append(delivery.nextAt)
        }
        return keys(deliveries) + [Parameter(event), Parameter(body), Parameter(next)]
    }

    private static func keys(_ deliveries: [WebhookDelivery]) -> [Parameter] {
        var account = Column(.uuid), sequence = Column(.int8)
        for delivery in deliveries {
            account.append(delivery.account)
            sequence.append(delivery.sequence)
        }
        return [Parameter(account), Parameter(sequence)]
    }
}

extension WebhookResult {
    fileprivate var status: Int16? {
        switch self {
        case .answered(let status): Int16(clamping: status)
        case .failed: nil
        }
    }

    fileprivate var fault: Int16? {
        switch self {
        case .answered: nil
        case .failed(let fault): Int16(fault.rawValue)
        }
    }
}

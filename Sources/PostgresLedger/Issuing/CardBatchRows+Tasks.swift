import AuthorizationCore
import AuthorizationEngine

// Rows that a process takes, and what becomes of them.
extension CardBatchRows {
    /// In seconds: several times what a process needs for what it takes at once, lanes and key module being slow.
    private static let lease = 60

    static let take = Statement(
        "take_card_batch_rows",
        """
        UPDATE card_batch_rows r SET leased_until = now() + interval '\(lease) seconds'
        FROM (SELECT batch_id, number FROM card_batch_rows
            WHERE state = \(CardBatchState.waiting.rawValue) AND (leased_until IS NULL OR leased_until < now())
            ORDER BY number, batch_id LIMIT $1 FOR UPDATE SKIP LOCKED) free
        WHERE r.batch_id = free.batch_id AND r.number = free.number
        RETURNING r.batch_id, r.number
        """
    )

    static func readKey(_ row: inout RowReader) throws(PostgresError) -> (batch: CardBatchID, number: Int32) {
        (try row.identifier(), try row.int32())
    }

    /// Read apart: what was done under an earlier lease was committed before this one.
    static let tasks = Statement(
        "card_batch_tasks",
        """
        SELECT b.id, b.tenant_id, r.leased_until, b.actor_id, b.operator_name, o.id IS NOT NULL, c.last_four,
            coalesce(h.status = \(Cardholder.Status.active.rawValue), r.cardholder_id IS NULL), \(rowColumns)
        FROM unnest($1::uuid[], $2::int4[]) AS k(batch_id, number)
        JOIN card_batch_rows r ON r.batch_id = k.batch_id AND r.number = k.number
        JOIN card_batches b ON b.id = r.batch_id
        LEFT JOIN accounts o ON o.shard = r.shard AND o.id = r.account_id
        LEFT JOIN cards c ON c.shard = r.shard AND c.id = r.card_id
        LEFT JOIN cardholders h ON h.id = r.cardholder_id
        ORDER BY r.number, r.batch_id
        """
    )

    static func readTask(_ row: inout RowReader) throws(PostgresError) -> CardBatchTask {
        let batch: CardBatchID = try row.identifier()
        let tenant: TenantID = try row.identifier()
        let leasedUntil = try row.instant()
        let actor = try row.actor()
        let isAccountOpen = try row.bool()
        let lastFour = try row.optionalInt16().map { UInt16(clamping: $0) }
        let allowsCard = try row.bool()
        return CardBatchTask(
            batch: batch,
            tenant: tenant,
            leasedUntil: leasedUntil,
            actor: actor,
            row: try readRow(&row),
            isAccountOpen: isAccountOpen,
            lastFour: lastFour,
            allowsCard: allowsCard
        )
    }

    private static let lock = Statement(
        "lock_card_batches",
        "SELECT FROM card_batches WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
    )

    /// A row that another process has settled meanwhile is left as it is. One that failed is left, too, where another
    /// process has it since, or where its card is there: whoever takes it next finds out.
    private static let settlement = Statement(
        "settle_card_batch_rows",
        """
        WITH done AS (UPDATE card_batch_rows r SET state = n.state, last_four = n.last_four, refusal = n.refusal
            FROM unnest($1::uuid[], $2::int4[], $3::int2[], $4::int2[], $5::int2[], $6::timestamptz[])
                AS n(batch_id, number, state, last_four, refusal, leased_until)
            WHERE r.batch_id = n.batch_id AND r.number = n.number AND r.state = \(CardBatchState.waiting.rawValue)
                AND (n.state = \(CardBatchState.issued.rawValue) OR r.leased_until = n.leased_until
                    AND NOT EXISTS (SELECT FROM cards c WHERE c.shard = r.shard AND c.id = r.card_id))
            RETURNING r.batch_id, r.state),
        counted AS (SELECT batch_id,
                count(*) FILTER (WHERE state = \(CardBatchState.issued.rawValue))::int4 AS issued,
                count(*) FILTER (WHERE state = \(CardBatchState.failed.rawValue))::int4 AS failed
            FROM done GROUP BY batch_id)
        UPDATE card_batches b SET issued = b.issued + c.issued, failed = b.failed + c.failed,
            started_at = coalesce(b.started_at, $7),
            ended_at = CASE WHEN b.issued + c.issued + b.failed + c.failed + b.cancelled = b.row_count THEN now() END
        FROM counted c WHERE b.id = c.batch_id
        """
    )

    static func settle(_ results: [(task: CardBatchTask, result: CardBatchResult)], began: Instant) -> [Call] {
        var batch = Column(.uuid), number = Column(.int4), state = Column(.int2), lastFour = Column(.int2)
        var refusal = Column(.int2), leasedUntil = Column(.timestamptz)
        for (task, result) in results {
            batch.append(task.batch)
            number.append(task.row.number)
            leasedUntil.append(task.leasedUntil)
            switch result {
            case .issued(let digits):
                state.append(Int16(CardBatchState.issued.rawValue))
                lastFour.append(Int16(digits))
                refusal.append(nil as Int16?)
            case .failed(let reason):
                state.append(Int16(CardBatchState.failed.rawValue))
                lastFour.append(nil as Int16?)
                refusal.append(reason.map { Int16($0.rawValue) })
            case .cancelled:
                preconditionFailure("a row that was begun is not cancelled")
            }
        }
        let columns = [batch, number, state, lastFour, refusal, leasedUntil].map { Parameter($0) }
        return [Call(lock, [Parameter(batch)]), Call(settlement, columns + [Parameter(began)])]
    }
}

extension RowReader {
    /// The columns of an identifier and an operator's name, which is null of an API key.
    fileprivate mutating func actor() throws(PostgresError) -> CommandActor {
        let id: APIKeyID = try identifier()
        guard let text = try optionalText() else { return .apiKey(id) }
        guard let name = OperatorName(text) else { throw unexpected("no operator's name") }
        return .operator(OperatorID(high: id.high, low: id.low), name)
    }
}

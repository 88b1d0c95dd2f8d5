import AuthorizationCore
import AuthorizationEngine

/// The statements of batches of cards, and how their rows are written and read. Whoever changes a batch and its rows
/// locks the batch first.
enum CardBatchRows {
    static let accounts = Statement(
        "accounts_of_batch",
        """
        SELECT o.id, o.program_id, o.status, b.currency FROM unnest($1::int2[], $2::uuid[]) AS k(shard, id)
        JOIN accounts o ON o.shard = k.shard AND o.id = k.id
        JOIN balances b ON b.shard = o.shard AND b.account_id = o.id
        WHERE o.tenant_id = $3
        """
    )

    // MARK: - Batches

    private static let columns = """
        id, tenant_id, row_count, issued, failed, cancelled, created_at, started_at, ended_at, cancelled_at
        """

    static let batch = Statement(
        "card_batch",
        "SELECT \(columns) FROM card_batches WHERE tenant_id = $1 AND id = $2"
    )

    static let batches = Statement(
        "card_batches",
        "SELECT \(columns) FROM card_batches WHERE tenant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    )

    /// One that adds batches of the tenant at a time, so that what waits is counted. Webhooks take seed 0.
    static let lockTenant = Statement(
        "lock_batch_tenant",
        "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 1))"
    )

    /// - Throws: SQLSTATE AV001 when more would wait than may.
    static let admit = Statement(
        "admit_card_batch",
        """
        SELECT expect_rows(count(*), 1) FROM (SELECT FROM card_batches WHERE tenant_id = $1 AND ended_at IS NULL
            HAVING coalesce(sum(row_count - issued - failed - cancelled), 0) + $2::int4 <= \(CardBatch.mostWaiting)) few
        """
    )

    static func add(_ batch: CardBatch, by actor: CommandActor) -> Call {
        let statement = Statement(
            "add_card_batch",
            """
            INSERT INTO card_batches (id, tenant_id, row_count, created_at, actor_id, operator_name)
            VALUES ($1, $2, $3, $4, ($5::uuid[])[1], ($6::text[])[1])
            """
        )
        var who = Column(.uuid), name = Column(.text)
        who.append(actor)
        switch actor {
        case .apiKey: name.append(nil as String?)
        case .operator(_, let operatorName): name.append(operatorName.description)
        }
        return Call(
            statement,
            [
                Parameter(batch.id), Parameter(batch.tenant), Parameter(batch.rowCount), Parameter(batch.createdAt),
                Parameter(who), Parameter(name),
            ]
        )
    }

    static func readBatch(_ row: inout RowReader) throws(PostgresError) -> CardBatch {
        let id: CardBatchID = try row.identifier()
        let tenant: TenantID = try row.identifier()
        let (count, issued, failed, cancelled) = (try row.int32(), try row.int32(), try row.int32(), try row.int32())
        var batch = CardBatch(id: id, tenant: tenant, rowCount: count, createdAt: try row.instant())
        (batch.issued, batch.failed, batch.cancelled) = (issued, failed, cancelled)
        batch.startedAt = try row.optionalInstant()
        batch.endedAt = try row.optionalInstant()
        batch.cancelledAt = try row.optionalInstant()
        return batch
    }

    /// - Throws: SQLSTATE AV001 when it has ended, or was cancelled.
    static func close(
        _ batch: CardBatchID,
        of tenant: TenantID,
        at moment: Instant,
        by actor: CommandActor?
    ) -> Call {
        let change = """
            done AS (UPDATE card_batches b SET cancelled_at = $7
                WHERE b.id = $5 AND b.tenant_id = $6 AND b.ended_at IS NULL AND b.cancelled_at IS NULL
                RETURNING b.tenant_id, jsonb_build_object('cancelled_at', NULL, 'row_count', b.row_count,
                        'issued', b.issued, 'failed', b.failed) AS before,
                    jsonb_build_object('cancelled_at', b.cancelled_at, 'row_count', b.row_count,
                        'issued', b.issued, 'failed', b.failed) AS after)
            """
        return Administration.audited(
            "close_card_batch",
            .cancelCardBatch,
            "\(batch)",
            by: actor,
            change: change,
            [Parameter(batch), Parameter(tenant), Parameter(moment)]
        )
    }

    static let cancel = Statement(
        "cancel_card_batch_rows",
        """
        WITH done AS (UPDATE card_batch_rows SET state = \(CardBatchState.cancelled.rawValue)
            WHERE batch_id = $1 AND state = \(CardBatchState.waiting.rawValue) AND leased_until IS NULL RETURNING 1),
        counted AS (SELECT count(*)::int4 AS rows FROM done)
        UPDATE card_batches b SET cancelled = b.cancelled + c.rows,
            ended_at = CASE WHEN b.issued + b.failed + b.cancelled + c.rows = b.row_count THEN now() END
        FROM counted c WHERE b.id = $1
        """
    )

    // MARK: - Rows

    static func add(_ rows: [CardBatchRow], of batch: CardBatchID) -> Call {
        let statement = Statement(
            "add_card_batch_rows",
            """
            INSERT INTO card_batch_rows (batch_id, number, reference, shard, account_id, card_id, program_id, opening,
                form, use_limit, product, cardholder_id)
            SELECT $1::uuid, * FROM unnest($2::int4[], $3::text[], $4::int2[], $5::uuid[], $6::uuid[], $7::uuid[],
                $8::bytea[], $9::int2[], $10::int4[], $11::text[], $12::uuid[])
            """
        )
        var number = Column(.int4), reference = Column(.text), shard = Column(.int2), account = Column(.uuid)
        var card = Column(.uuid), program = Column(.uuid), opening = Column(.bytea), form = Column(.int2)
        var useLimit = Column(.int4), product = Column(.text), cardholder = Column(.uuid)
        for row in rows {
            number.append(row.number)
            reference.append(row.reference)
            shard.append(Int16(row.account.shard.number))
            account.append(row.account)
            card.append(row.card)
            program.append(row.program)
            opening.append(row.opening.map { Command.openAccount($0).journalBytes })
            form.append(Int16(row.terms.form.rawValue))
            useLimit.append(row.terms.useLimit)
            product.append(row.terms.product)
            cardholder.append(row.cardholder)
        }
        let columns = [number, reference, shard, account, card, program, opening, form, useLimit, product, cardholder]
        return Call(statement, [Parameter(batch)] + columns.map { Parameter($0) })
    }

    static let rowColumns = """
        r.number, r.reference, r.account_id, r.card_id, r.program_id, r.opening, r.form, r.use_limit,
        r.product, r.cardholder_id
        """

    static func readRow(_ row: inout RowReader) throws(PostgresError) -> CardBatchRow {
        let number = try row.int32()
        let reference = try row.text()
        let account: AccountID = try row.identifier()
        let card: CardID = try row.identifier()
        let program: ProgramID = try row.identifier()
        var opening: OpenAccount?
        if let bytes = try row.optionalBytes() {
            do throws(JournalError) {
                guard case .openAccount(let command) = try Command(journalBytes: bytes) else {
                    throw JournalError(offset: 0, problem: "no opening of an account")
                }
                opening = command
            } catch {
                throw row.unexpected(error.description)
            }
        }
        return CardBatchRow(
            number: number,
            reference: reference,
            account: account,
            card: card,
            program: program,
            opening: opening,
            terms: CardTerms(form: try row.listed(), useLimit: try row.optionalInt32(), product: try row.text()),
            cardholder: try row.optionalIdentifier()
        )
    }

    static let ofBatch = Statement(
        "rows_of_card_batch",
        """
        SELECT \(rowColumns), r.state, r.last_four, r.refusal, o.id IS NOT NULL FROM card_batch_rows r
        LEFT JOIN accounts o ON o.shard = r.shard AND o.id = r.account_id
        WHERE r.batch_id = $1 AND r.number >= $2 ORDER BY r.number LIMIT $3
        """
    )

    static func readView(_ row: inout RowReader) throws(PostgresError) -> CardBatchRowView {
        let content = try readRow(&row)
        let state: CardBatchState = try row.listed()
        let lastFour = try row.optionalInt16()
        let refusal = try row.optionalInt16().map { UInt8(clamping: $0) }
        var result: CardBatchResult?
        switch state {
        case .waiting: break
        case .issued: result = .issued(lastFour: UInt16(clamping: lastFour ?? 0))
        case .failed: result = .failed(refusal.flatMap(Refusal.init(rawValue:)))
        case .cancelled: result = .cancelled
        }
        return CardBatchRowView(row: content, result: result, isAccountOpen: try row.bool())
    }
}

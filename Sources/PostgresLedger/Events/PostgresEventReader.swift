import AuthorizationCore
import AuthorizationEngine

/// Reads events on a connection of its own, with the serving role.
package final class PostgresEventReader: EventReader {
    private let thread: ConnectionThread

    package init(url: String, timeout: Duration) {
        // A plan made for the values leaves out the partitions of other days.
        thread = ConnectionThread(
            name: "aval events",
            url: url,
            timeout: timeout,
            session: [("plan_cache_mode", "force_custom_plan")]
        )
    }

    package func close() { thread.close() }

    package func events(
        _ filter: EventFilter,
        after position: EventPosition?,
        limit: Int
    ) async throws -> EventPage? {
        try await thread.run { connection in
            let horizons = try connection.run(Call(EventListing.horizon)).map { (row) throws(PostgresError) in
                (epoch: UInt64(bitPattern: try row.int64()), transaction: try row.uint64())
            }
            guard let now = horizons.first, position == nil || position?.epoch == now.epoch else { return nil }
            let from = filter.decidedFrom ?? filter.from
            let start = try position ?? Self.beginning(connection, of: now.epoch, from: from)
            let count = max(limit, EventListing.leastScanned)
            let call = EventListing.call(filter, after: start, below: now.transaction, scanning: count)
            let rows = try connection.run(call).map { (row) throws(PostgresError) in
                try EventListing.read(&row, after: start)
            }
            let wanted = rows.lazy.compactMap { $0.event }.filter(filter.allows)
            let events = Array(wanted.prefix(limit))
            if events.count == limit, let last = events.last {
                return EventPage(events: events, next: last.position, isAtEnd: false)
            }
            if rows.count == count, let last = rows.last {
                return EventPage(events: events, next: last.position, isAtEnd: false)
            }
            let end = EventPosition(endOf: now.epoch, below: now.transaction, since: start.since)
            return EventPage(events: events, next: end, isAtEnd: true)
        }
    }

    /// Where the first event that occurred at a time or later may be.
    private static func beginning(
        _ connection: PostgresConnection,
        of epoch: UInt64,
        from: Instant?
    ) throws(PostgresError) -> EventPosition {
        var position = EventPosition(beginningOf: epoch, from: from)
        guard let from else { return position }
        let before = EventID(earliestAt: from - EventPosition.longestWriting)
        let earlier = try connection.run(
            Call(EventListing.before, [Parameter(EventID(earliestAt: position.since)), Parameter(before)])
        )
        .map { (row) throws(PostgresError) in try row.uint64() }
        if let transaction = earlier.first { position.transaction = transaction }
        return position
    }

    package func latestEventTransaction() async throws -> UInt64 {
        try await thread.run { connection in
            let since = EventID(earliestAt: Instant.wallClock - EventPosition.margin)
            let found = try connection.run(Call(EventListing.latest, [Parameter(since)]))
                .map { (row) throws(PostgresError) in try row.uint64() }
            return found.first ?? 0
        }
    }
}

extension EventID {
    /// No identifier of that time or later is lower.
    fileprivate init(earliestAt instant: Instant) {
        self.init(high: UInt64(max(0, instant.microseconds) / 1_000) << 16, low: 0)
    }
}

extension EventPosition {
    /// A row is handed its identifier shortly before it is decided; the rest is for clocks that differ.
    fileprivate static let margin = Duration.seconds(86_400)
    /// More than goes by between a row's identifier and its transaction, with clocks that differ. What is older than
    /// that when another row is decided has the lower transaction.
    fileprivate static let longestWriting = Duration.seconds(600)

    fileprivate init(beginningOf epoch: UInt64, from: Instant?) {
        // A sandbox's clock may be ahead; identifiers go by real time.
        let since = min(from ?? .distantPast, .wallClock) - Self.margin
        let nobody = AccountID(high: 0, low: 0)
        self.init(epoch: epoch, transaction: 0, account: nobody, sequence: 0, since: since)
    }

    /// After all rows of the transactions below one.
    fileprivate init(endOf epoch: UInt64, below transaction: UInt64, since: Instant) {
        let last = AccountID(high: .max, low: .max)
        let since = max(since, Instant.wallClock - Self.margin)
        self.init(epoch: epoch, transaction: transaction &- 1, account: last, sequence: .max, since: since)
    }
}

/// Journal rows in the order of their transactions. Those of transactions that may still be open are left to a later
/// page, so that a position passes over nothing.
enum EventListing {
    /// Rows of one page, whoever's they are, are as many at least.
    static let leastScanned = 200

    static let horizon = Statement("events_horizon", "SELECT ledger_epoch(), pg_snapshot_xmin(pg_current_snapshot())")

    static let latest = Statement(
        "events_latest",
        """
        SELECT xid FROM journal WHERE id >= $1::uuid AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid DESC LIMIT 1
        """
    )

    /// The last row before a time, as far back as rows may be of use.
    static let before = Statement(
        "events_before",
        "SELECT xid FROM journal WHERE id >= $1::uuid AND id < $2::uuid ORDER BY id DESC LIMIT 1"
    )

    /// - Parameters:
    ///   - horizon: all transactions below it have ended.
    ///   - count: rows that are looked at.
    static func call(
        _ filter: EventFilter,
        after position: EventPosition,
        below horizon: UInt64,
        scanning count: Int
    ) -> Call {
        var conditions = [
            "(j.xid, j.account_id, j.seq) > ($1::text::xid8, $2::uuid, $3::int8)", "j.xid < $4::text::xid8",
            "j.id >= $5::uuid",
        ]
        var parameters = [
            Parameter(String(position.transaction)), Parameter(position.account), Parameter(position.sequence),
            Parameter(String(horizon)), Parameter(EventID(earliestAt: position.since)), Parameter(filter.tenant),
            Parameter(Int64(count)),
        ]
        var name = "events"
        if let account = filter.account {
            parameters += [Parameter(Int16(account.shard.number)), Parameter(account)]
            conditions.append("j.shard = $\(parameters.count - 1)::int2 AND j.account_id = $\(parameters.count)::uuid")
            name += "_account"
        }
        return Call(Statement(name, sql(conditions)), parameters)
    }

    /// Of other tenants' rows nothing but their place is sent.
    private static func sql(_ conditions: [String]) -> String {
        """
        WITH scanned AS MATERIALIZED (
            SELECT j.shard, j.account_id, j.xid, j.id, j.seq, j.decided_at, j.command, j.decision, j.actor_id,
                j.response_code, j.advice_code, j.card_code_answer, j.authentication_answer, j.chip_data
            FROM journal j WHERE \(conditions.joined(separator: " AND "))
            ORDER BY j.xid, j.account_id, j.seq LIMIT $7::int8
        )
        SELECT s.xid, s.account_id, s.seq, s.id, a.id IS NOT NULL, s.id, s.seq, s.decided_at,
            CASE WHEN a.id IS NOT NULL THEN s.command END, CASE WHEN a.id IS NOT NULL THEN s.decision END,
            s.actor_id, o.name, s.response_code, s.advice_code, s.card_code_answer, s.authentication_answer, s.chip_data
        FROM scanned s LEFT JOIN accounts a ON a.shard = s.shard AND a.id = s.account_id AND a.tenant_id = $6::uuid
            LEFT JOIN operators o ON o.id = s.actor_id
        ORDER BY s.xid, s.account_id, s.seq
        """
    }

    /// A row's place, and the event that it is, if it is one of the tenant's.
    static func read(
        _ row: inout RowReader,
        after start: EventPosition
    ) throws(PostgresError) -> (position: EventPosition, event: AccountEvent?) {
        let (transaction, account, sequence) = (try row.uint64(), try row.identifier() as AccountID, try row.int64())
        let id: EventID = try row.identifier()
        let position = EventPosition(
            epoch: start.epoch,
            transaction: transaction,
            account: account,
            sequence: sequence,
            since: max(start.since, id.instant - EventPosition.margin)
        )
        guard try row.bool() else { return (position, nil) }
        return (position, AccountEvent(try AuthorizationHistory.read(&row), of: account, at: position))
    }
}

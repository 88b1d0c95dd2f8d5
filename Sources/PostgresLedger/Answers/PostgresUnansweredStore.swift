import AuthorizationCore
import AuthorizationEngine

/// Processes and their unanswered batches, by the lanes' rows. Has a connection of its own: the session that holds the
/// lock on the process's identifier.
package final class PostgresUnansweredStore: UnansweredStore {
    private let thread: ConnectionThread

    package init(url: String, timeout: Duration) {
        thread = ConnectionThread(name: "aval answers", url: url, timeout: timeout)
    }

    package func close() { thread.close() }

    package func announce(_ boot: EventID) async throws {
        try await thread.run { connection in
            guard try Self.lock(boot, connection) else {
                throw PostgresError.unexpected("another process has this one's identifier")
            }
        }
    }

    package func ended(besides boot: EventID) async throws -> [EventID] {
        try await thread.run { connection in
            let others = try connection.run(Call(Self.otherBoots, [Parameter(boot)]))
                .map { (row) throws(PostgresError) -> EventID in try row.identifier() }
            return try others.filter { try Self.lock($0, connection) }
        }
    }

    package func settle(
        _ ended: EventID,
        _ body: @Sendable ([UnansweredHold]) async throws -> Void
    ) async throws {
        let lanes = try await thread.run { connection in
            try connection.run(Call(Self.lanes, [Parameter(ended)])).map(LaneRow.init)
        }
        for lane in lanes {
            for window in lane.windows {
                let holds = try await thread.run { connection in
                    try connection.run(Call(Self.holds, lane.parameters(ended, window)))
                        .map { (row) throws(PostgresError) in
                            UnansweredHold(account: try row.identifier(), authorization: try row.identifier())
                        }
                }
                if !holds.isEmpty { try await body(holds) }
            }
        }
        try await thread.run { connection in
            let settled = lanes.map { Call(Self.deleteLane, $0.key(of: ended)) }
            _ = try connection.run(settled + [Self.unlock(ended)])
        }
    }

    package func forget(_ boot: EventID) async throws {
        try await thread.run { connection in
            _ = try connection.run([Call(Self.deleteLanes, [Parameter(boot)]), Self.unlock(boot)])
        }
    }

    private static func unlock(_ boot: EventID) -> Call { Call(unlockStatement, [Parameter(lockKey(boot))]) }

    /// Whether this session holds the lock on a process's identifier, now or already.
    private static func lock(_ boot: EventID, _ connection: PostgresConnection) throws(PostgresError) -> Bool {
        try connection.run(Call(tryLock, [Parameter(lockKey(boot))]))
            .map { (row) throws(PostgresError) in try row.bool() } == [true]
    }

    /// The random half of the identifier.
    private static func lockKey(_ boot: EventID) -> Int64 { Int64(bitPattern: boot.low) }
}

/// What a lane of an ended process stored last.
private struct LaneRow: Sendable {
    /// Identifiers are made before their batch begins, by no more than the longest deadline of a request.
    private static let longestWait: Int64 = 61_000_000
    private static let windowLength: Int64 = 1_000_000

    private let lane: Int16
    private let answeredBatch: Int64
    private let unansweredSince: Instant
    private let lastBatchAt: Instant

    init(_ row: inout RowReader) throws(PostgresError) {
        lane = try row.int16()
        answeredBatch = try row.int64()
        unansweredSince = try row.instant()
        lastBatchAt = try row.instant()
    }

    /// The times in which the journal rows' identifiers were made, cut so that no statement reads many rows.
    var windows: some Sequence<Range<Instant>> {
        stride(
            from: unansweredSince.microseconds - Self.longestWait,
            through: lastBatchAt.microseconds,
            by: Int64.Stride(Self.windowLength)
        ).lazy.map { Instant(microseconds: $0)..<Instant(microseconds: $0 + Self.windowLength) }
    }

    func key(of boot: EventID) -> [Parameter] { [Parameter(boot), Parameter(lane), Parameter(lastBatchAt)] }

    func parameters(_ boot: EventID, _ window: Range<Instant>) -> [Parameter] {
        func first(_ instant: Instant) -> EventID { EventID(at: instant, shard: Shard(truncating: 0), entropy: 0) }
        return [
            Parameter(boot), Parameter(lane), Parameter(answeredBatch), Parameter(first(window.lowerBound)),
            Parameter(first(window.upperBound)),
        ]
    }
}

extension PostgresUnansweredStore {
    /// Advisory locks count how often they were taken: once is enough.
    private static let tryLock = Statement(
        "try_boot_lock",
        """
        SELECT CASE WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
                AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = $1::int8)
            THEN true ELSE pg_try_advisory_lock($1::int8) END
        """
    )

    private static let unlockStatement = Statement("boot_unlock", "SELECT pg_advisory_unlock($1::int8)")

    private static let otherBoots = Statement(
        "other_boots",
        "SELECT DISTINCT boot_id FROM lanes WHERE boot_id <> $1"
    )

    private static let lanes = Statement(
        "lanes_of_boot",
        "SELECT lane, answered_batch, unanswered_since, last_batch_at FROM lanes WHERE boot_id = $1"
    )

    /// Unless it was written again.
    private static let deleteLane = Statement(
        "delete_lane",
        "DELETE FROM lanes WHERE boot_id = $1 AND lane = $2 AND last_batch_at = $3"
    )

    private static let deleteLanes = Statement("delete_lanes", "DELETE FROM lanes WHERE boot_id = $1")

    /// Only of requests (journal kind 6): what an advice or a clearing has told is in no doubt.
    static let holds = Statement(
        "unanswered_holds",
        """
        SELECT a.account_id, a.id FROM journal j
        JOIN authorizations a ON a.shard = j.shard AND a.id = j.authorization_id
        WHERE j.boot_id = $1 AND j.lane = $2 AND j.batch > $3 AND j.id >= $4 AND j.id < $5
            AND j.kind = 6
            AND (a.held > 0 OR a.single_message AND a.posted > 0) AND NOT a.uncertain
        """
    )
}

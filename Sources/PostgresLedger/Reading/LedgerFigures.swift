import AuthorizationCore

/// Figures of the database that somebody must act on before it is too late.
package struct LedgerFigures: Sendable {
    /// The daily partitions of one table, by their days as seen from today in UTC: 0 is today's, 1 tomorrow's.
    package struct Partitions: Sendable {
        package var table: String
        package var days: [Int32]

        package init(table: String, days: [Int32]) {
            self.table = table
            self.days = days
        }

        /// Days after today up to the first one without a partition; -1 when today's is missing.
        package var daysAhead: Int32 {
            let known = Set(days)
            var day: Int32 = 0
            while known.contains(day) { day += 1 }
            return day - 1
        }
    }

    /// What waits for an operator, by what it came as.
    package struct OpenExceptions: Sendable {
        /// Of the journal's command; 0 for bytes that are none.
        package var code: Int32
        package var count: Int64
        package var oldestSeconds: Int64

        package init(code: Int32, count: Int64, oldestSeconds: Int64) {
            self.code = code
            self.count = count
            self.oldestSeconds = oldestSeconds
        }
    }

    /// The codes of commands that must be accepted.
    private static let exceptionKinds: [(name: String, code: Int32)] = [
        ("advice", 10), ("reversal", 7), ("clearing", 8), ("unreadable", 0),
    ]

    package var partitions: [Partitions]
    package var openExceptions: [OpenExceptions]
    /// Transfers between accounts that have left and not arrived.
    package var inTransit: (count: Int64, oldestSeconds: Int64)
    /// Of each network that takes file updates.
    package var fileBacklogs: [FileBacklog]

    /// Prometheus text, exposition format 0.0.4.
    package var text: String {
        var lines = [
            "# HELP aval_partition_days_ahead Days after today (UTC) up to the first without a partition; -1: today.",
            "# TYPE aval_partition_days_ahead gauge",
        ]
        lines += partitions.map { "aval_partition_days_ahead{table=\"\($0.table)\"} \($0.daysAhead)" }
        lines += [
            "# HELP aval_partitions Daily partitions of an append-only table.", "# TYPE aval_partitions gauge",
        ]
        lines += partitions.map { "aval_partitions{table=\"\($0.table)\"} \($0.days.count)" }
        lines += [
            "# HELP aval_exceptions_open What had to be accepted, could not be applied, and waits for an operator.",
            "# TYPE aval_exceptions_open gauge",
        ]
        lines += Self.exceptionKinds.map { kind in
            let open = openExceptions.filter { $0.code == kind.code }.reduce(0) { $0 + $1.count }
            return "aval_exceptions_open{kind=\"\(kind.name)\"} \(open)"
        }
        lines += [
            "# HELP aval_exceptions_oldest_seconds Age of the oldest exception that waits; 0 when none does.",
            "# TYPE aval_exceptions_oldest_seconds gauge",
            "aval_exceptions_oldest_seconds \(openExceptions.map(\.oldestSeconds).max() ?? 0)",
        ]
        lines += [
            "# HELP aval_transfers_in_transit Transfers that have left one account and not arrived on the other.",
            "# TYPE aval_transfers_in_transit gauge", "aval_transfers_in_transit \(inTransit.count)",
            "# HELP aval_transfers_in_transit_oldest_seconds Age of the oldest of them; 0 when there is none.",
            "# TYPE aval_transfers_in_transit_oldest_seconds gauge",
            "aval_transfers_in_transit_oldest_seconds \(inTransit.oldestSeconds)",
        ]
        lines += FileBacklog.lines(fileBacklogs)
        return lines.joined(separator: "\n") + "\n"
    }
}

extension PostgresReader {
    /// Reads the catalogue and counts the open exceptions: not for every request.
    package func figures() async throws -> LedgerFigures {
        try await thread.run { connection in
            let results = try connection.run([
                Call(FigureStatements.partitions), Call(FigureStatements.openExceptions), Call(FileBacklog.statement),
                Call(FigureStatements.inTransit),
            ])
            let rows = try results[0].map { (row) throws(PostgresError) in
                (table: try row.text(), day: try row.int32())
            }
            let partitions = FigureStatements.tables.map { table in
                LedgerFigures.Partitions(table: table, days: rows.filter { $0.table == table }.map(\.day))
            }
            let open = try results[1].map { (row) throws(PostgresError) in
                LedgerFigures.OpenExceptions(
                    code: try row.int32(),
                    count: try row.int64(),
                    oldestSeconds: try row.int64()
                )
            }
            let inTransit = try results[3].map { (row) throws(PostgresError) in (try row.int64(), try row.int64()) }
            return LedgerFigures(
                partitions: partitions,
                openExceptions: open,
                inTransit: inTransit.first ?? (0, 0),
                fileBacklogs: try results[2].map(FileBacklog.read)
            )
        }
    }
}

private enum FigureStatements {
    static let tables = ["journal", "transfers", "unrouted_journal"]

    /// Partitions are named after their day.
    static let partitions = Statement(
        "partitions",
        """
        SELECT parent.relname::text, to_date(right(child.relname, 8), 'YYYYMMDD') - (now() AT TIME ZONE 'UTC')::date
        FROM pg_inherits i JOIN pg_class parent ON parent.oid = i.inhparent
        JOIN pg_class child ON child.oid = i.inhrelid
        WHERE i.inhparent IN ('journal'::regclass, 'transfers'::regclass, 'unrouted_journal'::regclass)
            AND child.relname ~ '_[0-9]{8}$'
        """
    )

    static let openExceptions = Statement(
        "count_open_exceptions",
        """
        SELECT CASE WHEN octet_length(command) > 0 THEN get_byte(command, 0) ELSE 0 END, count(*),
            greatest(0, extract(epoch FROM now() - min(created_at)))::int8
        FROM exceptions WHERE settled_at IS NULL GROUP BY 1
        """
    )

    static let inTransit = Statement(
        "count_transfers_in_transit",
        """
        SELECT count(*), greatest(0, coalesce(extract(epoch FROM now() - min(sent_at)), 0))::int8
        FROM account_transfers WHERE received_event IS NULL
        """
    )
}

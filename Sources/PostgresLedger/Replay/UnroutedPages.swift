import AuthorizationCore

/// Decisions on requests without an account, a page at a time.
struct UnroutedPages {
    struct Row: Sendable {
        var event: EventID
        var commandBytes: [UInt8]
        var decisionBytes: [UInt8]
        var decidedAt: Instant
        var seed: UInt64
    }

    static let rowLimit: Int64 = 4_000

    private static let statement = Statement(
        "unrouted_page",
        """
        SELECT id, command, decision, decided_at, seed FROM unrouted_journal
        WHERE id > $1::uuid AND decided_at >= $2::timestamptz AND decided_at < $3::timestamptz
        ORDER BY id LIMIT $4::int8
        """
    )

    private let connection: PostgresConnection
    private let from: Instant
    private let to: Instant
    private var last = EventID(high: 0, low: 0)
    private var isAtEnd = false

    /// Decided at or after `from` and before `to`.
    init(_ connection: PostgresConnection, from: Instant, to: Instant) {
        self.connection = connection
        self.from = from
        self.to = to
    }

    /// The next rows; empty at the end.
    mutating func next() throws(PostgresError) -> [Row] {
        guard !isAtEnd else { return [] }
        let parameters = [Parameter(last), Parameter(from), Parameter(to), Parameter(Self.rowLimit)]
        let rows = try connection.run(Call(Self.statement, parameters)).map { (row) throws(PostgresError) in
            Row(
                event: try row.identifier(),
                commandBytes: try row.bytes(),
                decisionBytes: try row.bytes(),
                decidedAt: try row.instant(),
                seed: try row.uint64()
            )
        }
        isAtEnd = rows.count < Self.rowLimit
        last = rows.last?.event ?? last
        return rows
    }
}

extension UnroutedPages.Row {
    /// Decides again; nil when the same comes out.
    func problem() -> JournalProblem? {
        do throws(JournalError) {
            let command = try Command(journalBytes: commandBytes)
            let journaled = try Decision(journalBytes: decisionBytes)
            // Without an account nothing is counted, so the day is not looked at and not journaled.
            let moment = Moment(now: decidedAt, dayStart: decidedAt, businessDate: 0)
            let again = decide(command, AccountState(), program: nil, at: moment, seed: seed)
            return again.journalBytes == decisionBytes ? nil : .decision(journaled: journaled, again: again)
        } catch {
            return .unreadable(part: "row", problem: error.description)
        }
    }
}

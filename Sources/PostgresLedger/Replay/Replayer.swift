import AuthorizationCore

/// Decides journaled commands again, with the versions of programs that were in force, and compares every decision
/// and state hash with what was journaled.
///
/// An account's state follows from its last snapshot before the range, or from its first row, so that rows between
/// are decided again as well, but only those in the range are reported.
package struct Replayer {
    /// Accounts listed in one statement.
    private static let accountLimit: Int64 = 500

    private let connection: PostgresConnection
    private let programs: ProgramVersions

    /// - Parameter connection: its own, of the serving role; its timeout bounds one page.
    package init(_ connection: PostgresConnection) {
        self.connection = connection
        programs = ProgramVersions(connection)
    }

    /// - Parameters:
    ///   - from: decided at or after.
    ///   - to: decided before.
    ///   - account: only this one; then requests without an account are left out.
    ///   - progress: called now and then, on the caller's thread.
    /// - Throws: `PostgresError` when the ledger cannot be read.
    package func replay(
        from: Instant,
        to: Instant,
        account: AccountID? = nil,
        progress: (ReplayProgress) -> Void = { _ in }
    ) throws(PostgresError) -> ReplayReport {
        try connection.run(script: "SET timezone = 'UTC'; SET jit = off; SET plan_cache_mode = force_custom_plan")
        var report = ReplayReport()
        var meter = Meter(total: account == nil ? try countAccounts(from: from, to: to) : 1)
        if let account {
            try replay(account, from: from, to: to, into: &report, &meter, progress)
        } else {
            var last = AccountSpan.Place.first
            while true {
                let accounts = try accounts(after: last, from: from, to: to)
                for account in accounts {
                    try replay(account, from: from, to: to, into: &report, &meter, progress)
                }
                guard let end = accounts.last else { break }
                last = AccountSpan.Place(shard: Int16(end.shard.number), account: end)
            }
            try replayUnrouted(from: from, to: to, into: &report)
        }
        progress(meter.reading(report))
        return report
    }

    private func replay(
        _ account: AccountID,
        from: Instant,
        to: Instant,
        into report: inout ReplayReport,
        _ meter: inout Meter,
        _ progress: (ReplayProgress) -> Void
    ) throws(PostgresError) {
        var fold = AccountFold(account, after: try AccountSnapshot.last(of: account, before: from, connection))
        var pages = JournalPages(connection, of: account, after: fold.lastSequence)
        var isInRange = false
        reading: while true {
            let rows = try pages.next()
            for row in rows {
                // Times of one account never go back.
                if row.moment.now >= to { break reading }
                let wasBroken = fold.isBroken
                let folded = try fold.take(row, programs)
                report.rowsDecided += 1
                if row.moment.now >= from {
                    isInRange = true
                    report.rowsCompared += 1
                    if let difference = ReplayDifference(folded) { report.add(difference) }
                } else if fold.isBroken, !wasBroken, let difference = ReplayDifference(folded) {
                    // Without the rows before it, nothing in the range can be decided.
                    report.add(difference)
                }
                if fold.isBroken { break reading }
            }
            if rows.isEmpty { break }
            if meter.isDue { progress(meter.reading(report)) }
        }
        report.accounts += isInRange ? 1 : 0
        meter.accountsDone += 1
        if meter.isDue { progress(meter.reading(report)) }
    }

    private func replayUnrouted(
        from: Instant,
        to: Instant,
        into report: inout ReplayReport
    ) throws(PostgresError) {
        var pages = UnroutedPages(connection, from: from, to: to)
        while true {
            let rows = try pages.next()
            if rows.isEmpty { return }
            for row in rows {
                report.unroutedCompared += 1
                if let problem = row.problem() { report.add(ReplayDifference(row, problem: problem)) }
            }
        }
    }
}

// MARK: - Accounts with rows in the range

extension Replayer {
    private static let inRange = "decided_at >= $1::timestamptz AND opened_at < $2::timestamptz"

    private static let count = Statement("count_accounts_in_range", "SELECT count(*) FROM accounts WHERE \(inRange)")

    private static let list = Statement(
        "accounts_in_range",
        """
        SELECT id FROM accounts WHERE \(inRange) AND (shard, id) > ($3::int2, $4::uuid)
        ORDER BY shard, id LIMIT $5::int8
        """
    )

    private func countAccounts(from: Instant, to: Instant) throws(PostgresError) -> Int64 {
        try connection.run(Call(Self.count, [Parameter(from), Parameter(to)]))
            .map { (row) throws(PostgresError) in try row.int64() }.first ?? 0
    }

    private func accounts(
        after last: AccountSpan.Place,
        from: Instant,
        to: Instant
    ) throws(PostgresError) -> [AccountID] {
        let parameters = [
            Parameter(from), Parameter(to), Parameter(last.shard), Parameter(last.account),
            Parameter(Self.accountLimit),
        ]
        return try connection.run(Call(Self.list, parameters))
            .map { (row) throws(PostgresError) -> AccountID in try row.identifier() }
    }
}

/// Counts what is done and says when to tell.
private struct Meter {
    let total: Int64
    var accountsDone: Int64 = 0
    private let start = ContinuousClock.now
    private var told = ContinuousClock.now

    init(total: Int64) { self.total = total }

    /// At most four times a second.
    var isDue: Bool { ContinuousClock.now - told > .milliseconds(250) }

    mutating func reading(_ report: ReplayReport) -> ReplayProgress {
        told = .now
        return ReplayProgress(
            accountsDone: accountsDone,
            accountsTotal: total,
            rowsDecided: report.rowsDecided,
            rowsPerSecond: rate(of: report.rowsDecided, since: start)
        )
    }
}

/// Rows in a second since a start.
func rate(of rows: Int64, since start: ContinuousClock.Instant) -> Int64 {
    rows * 1_000 / max(1, (ContinuousClock.now - start).wholeMilliseconds)
}

import AuthorizationCore

/// Proves that everything stored follows from the journal, and the journal from itself.
///
/// Reads in chunks of accounts, each in a read-only snapshot of its own, so that it is right while the service
/// writes and never holds a snapshot for long.
package struct LedgerVerifier {
    /// Accounts of one chunk, and their journal rows together unless one account has more.
    private static let chunkAccountLimit: Int64 = 500
    private static let chunkRowLimit: Int64 = 20_000

    let connection: PostgresConnection
    let programs: ProgramVersions

    /// - Parameter connection: its own, of the serving role; its timeout bounds one read of a chunk.
    package init(_ connection: PostgresConnection) {
        self.connection = connection
        programs = ProgramVersions(connection)
    }

    /// - Parameter progress: called after each chunk, on the caller's thread.
    /// - Throws: `PostgresError` when the ledger cannot be read; what is wrong *in* it is in the report.
    package func verify(
        progress: (VerificationProgress) -> Void = { _ in }
    ) throws(PostgresError) -> VerificationReport {
        try connection.run(script: "SET timezone = 'UTC'; SET jit = off; SET plan_cache_mode = force_custom_plan")
        let start = ContinuousClock.now
        var report = VerificationReport()
        func tell(_ phase: VerificationProgress.Phase, _ report: VerificationReport, _ done: Int64, of total: Int64) {
            let rows = rate(of: report.journalRows + report.transfers, since: start)
            progress(VerificationProgress(phase: phase, done: done, total: total, rowsPerSecond: rows))
        }
        let total =
            try connection.run(Call(VerifierReads.countAccounts))
            .map { (row) throws(PostgresError) in try row.int64() }.first ?? 0
        var place: AccountSpan.Place? = .first
        while let next = place {
            place = try inSnapshot { () throws(PostgresError) in try verifyChunk(after: next, into: &report) }
            tell(.accounts, report, report.accounts, of: total)
        }
        for first in stride(from: 0, to: Shard.count, by: InternalCheckpoints.shardsAtOnce) {
            try verifyCheckpoints(from: first, into: &report)
            let done = Int64(first + InternalCheckpoints.shardsAtOnce)
            tell(.internalAccounts, report, done, of: Int64(Shard.count))
        }
        try verifyUnfoundedSettlements(into: &report)
        try verifyAccountTransfers(into: &report)
        try verifyClientKeys(into: &report) { tell(.clientKeys, $0, $0.clientKeys, of: 0) }
        return report
    }

    private func inSnapshot<Value>(
        _ body: () throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value {
        _ = try connection.run(Call(VerifierReads.begin))
        let value = try body()
        _ = try connection.run(Call(VerifierReads.commit))
        return value
    }

    /// - Returns: where the next chunk begins; nil after the last.
    private func verifyChunk(
        after place: AccountSpan.Place,
        into report: inout VerificationReport
    ) throws(PostgresError) -> AccountSpan.Place? {
        let end = try endOfChunk(after: place)
        let span = AccountSpan(after: place, through: end ?? .last)
        var stored = StoredRows(connection, of: span)
        try stored.readAll(into: &report)
        let snapshots = try AccountSnapshot.all(of: span, connection)
        var verifications = Dictionary(
            uniqueKeysWithValues: stored.accounts.keys.map { account in
                (account, AccountVerification(account, snapshots: snapshots[account] ?? [:]))
            }
        )
        try verifyJournal(of: span, &verifications, into: &report)
        try verifyExceptions(verifications, into: &report)
        try verifySettlements(verifications, into: &report)
        try verifyTransferHalves(verifications, into: &report)
        for (account, verification) in verifications.sorted(by: { $0.key < $1.key }) {
            if let row = stored.accounts[account] { verification.finish(row, into: &report) }
        }
        report.accounts += Int64(verifications.count)
        return end
    }

    /// The last account of a chunk; nil when it takes all that are left, and whatever lies behind them.
    private func endOfChunk(after place: AccountSpan.Place) throws(PostgresError) -> AccountSpan.Place? {
        let parameters = [
            Parameter(place.shard), Parameter(place.account), Parameter(Self.chunkAccountLimit),
        ]
        let next = try connection.run(Call(VerifierReads.nextAccounts, parameters)).map { (row) throws(PostgresError) in
            (place: AccountSpan.Place(shard: try row.int16(), account: try row.identifier()), rows: try row.int64())
        }
        var sum: Int64 = 0
        for (index, account) in next.enumerated() {
            sum = sum.addingReportingOverflow(account.rows).partialValue
            let isLast = index == next.count - 1 && next.count < Self.chunkAccountLimit
            if isLast { return nil }
            if sum >= Self.chunkRowLimit { return account.place }
        }
        return next.last?.place
    }
}

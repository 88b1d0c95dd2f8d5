import AuthorizationCore

/// Keeps a snapshot of every account for each so many journal rows, in the background.
package struct SnapshotWriter {
    /// Rows between two snapshots of one account: a replay decides no more than that before its range.
    package static let interval: Int64 = 1_000
    /// Snapshots kept of one account: each holds all that the account ever had. A replay of what lies further back
    /// begins at the first row.
    private static let kept: Int64 = 3
    /// Bytes of one snapshot; an account with more gets none.
    private static let byteLimit = 64 << 20
    private static let accountLimit: Int64 = 500

    private let connection: PostgresConnection
    private let programs: ProgramVersions
    private let interval: Int64

    /// - Parameter connection: of the owner.
    package init(_ connection: PostgresConnection, interval: Int64 = Self.interval) {
        self.connection = connection
        self.interval = interval
        programs = ProgramVersions(connection)
    }

    /// Makes what is missing. An account whose journal does not prove itself gets none: `aval ledger verify` tells.
    ///
    /// - Returns: how many were made.
    package func makeMissing() throws(PostgresError) -> Int {
        try connection.run(script: "SET timezone = 'UTC'; SET jit = off; SET plan_cache_mode = force_custom_plan")
        var made = 0
        var last = AccountSpan.Place.first
        while true {
            let parameters = [
                Parameter(interval), Parameter(last.shard), Parameter(last.account), Parameter(Self.accountLimit),
            ]
            let due = try connection.run(Call(Self.due, parameters))
                .map { (row) throws(PostgresError) -> AccountID in try row.identifier() }
            for account in due { made += try makeMissing(of: account) }
            guard let end = due.last else { return made }
            last = AccountSpan.Place(shard: Int16(end.shard.number), account: end)
        }
    }

    private func makeMissing(of account: AccountID) throws(PostgresError) -> Int {
        let snapshot = try AccountSnapshot.last(of: account, before: .distantFuture, connection)
        var fold = AccountFold(account, after: snapshot)
        var pages = JournalPages(connection, of: account, after: fold.lastSequence)
        var made = 0
        while !pages.isAtEnd {
            for row in try pages.next() {
                guard try fold.take(row, programs).problems.isEmpty else { return made }
                guard row.sequence.isMultiple(of: interval) else { continue }
                try insert(fold.state, of: account, row)
                made += 1
            }
        }
        return made
    }

    private func insert(_ state: AccountState, of account: AccountID, _ row: JournaledRow) throws(PostgresError) {
        let bytes = state.journalBytes
        guard bytes.count <= Self.byteLimit else { return }
        let key = [Parameter(Int16(account.shard.number)), Parameter(account)]
        let content = [
            Parameter(row.sequence), Parameter(row.moment.now), Parameter(AccountSnapshot.knownFormat),
            Parameter(bytes),
        ]
        _ = try connection.run([
            Call(Self.insert, key + content),
            Call(Self.deleteOld, key + [Parameter(row.sequence - Self.kept * interval)]),
        ])
    }

    private static let due = Statement(
        "accounts_without_snapshot",
        """
        SELECT a.id FROM accounts a
        WHERE (a.shard, a.id) > ($2::int2, $3::uuid) AND a.seq >= $1::int8 AND NOT EXISTS (
            SELECT FROM account_snapshots s
            WHERE s.shard = a.shard AND s.account_id = a.id AND s.seq >= a.seq / $1::int8 * $1::int8)
        ORDER BY a.shard, a.id LIMIT $4::int8
        """
    )

    private static let deleteOld = Statement(
        "delete_old_snapshots",
        "DELETE FROM account_snapshots WHERE shard = $1 AND account_id = $2 AND seq <= $3"
    )

    private static let insert = Statement(
        "insert_snapshot",
        """
        INSERT INTO account_snapshots (shard, account_id, seq, decided_at, format, state)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
        """
    )
}

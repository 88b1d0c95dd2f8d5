import AuthorizationCore

/// The state of an account after one of its journal rows. A convenience: the journal is the truth, and verification
/// compares the two.
struct AccountSnapshot: Sendable {
    /// The version of the bytes that this build writes and reads.
    static let knownFormat: Int16 = 1

    var account: AccountID
    var sequence: Int64
    var format: Int16
    var stateBytes: [UInt8]

    /// Nil for bytes of another version, or damaged ones.
    var state: AccountState? {
        guard format == Self.knownFormat, let state = try? AccountState(journalBytes: stateBytes),
            state.account?.id == account, state.account?.sequence == sequence
        else { return nil }
        return state
    }

    init(_ row: inout RowReader) throws(PostgresError) {
        account = try row.identifier()
        sequence = try row.int64()
        format = try row.int16()
        stateBytes = try row.bytes()
    }

    /// The last one of an account that was decided before a time.
    static func last(
        of account: AccountID,
        before time: Instant,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> AccountSnapshot? {
        let parameters = [Parameter(Int16(account.shard.number)), Parameter(account), Parameter(time)]
        return try connection.run(Call(lastStatement, parameters))
            .map { (row) throws(PostgresError) in try AccountSnapshot(&row) }.first
    }

    /// All of a span of accounts, by account and sequence number.
    static func all(
        of span: AccountSpan,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> [AccountID: [Int64: AccountSnapshot]] {
        let snapshots = try connection.run(Call(spanStatement, span.parameters))
            .map { (row) throws(PostgresError) in try AccountSnapshot(&row) }
        return Dictionary(grouping: snapshots, by: \.account).mapValues { snapshots in
            Dictionary(snapshots.map { ($0.sequence, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    private static let lastStatement = Statement(
        "last_snapshot",
        """
        SELECT account_id, seq, format, state FROM account_snapshots
        WHERE shard = $1 AND account_id = $2 AND decided_at < $3 ORDER BY seq DESC LIMIT 1
        """
    )

    private static let spanStatement = Statement(
        "snapshots_of_span",
        """
        SELECT account_id, seq, format, state FROM account_snapshots
        WHERE (shard, account_id) > ($1::int2, $2::uuid) AND (shard, account_id) <= ($3::int2, $4::uuid)
        """
    )
}

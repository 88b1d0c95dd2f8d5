/// Permissions to see a card's number that nobody used in time. Who saw a number stays on record; who only asked is of
/// interest for a while.
package struct UnusedReveals {
    package static let keptDays: Int32 = 30

    private let connection: PostgresConnection

    package init(_ connection: PostgresConnection) { self.connection = connection }

    /// - Returns: how many were deleted.
    package func delete() throws(PostgresError) -> Int64 {
        try connection.deleteInChunks(Self.deletion, keptDays: Self.keptDays)
    }

    private static let deletion = Statement(
        "delete_unused_reveals",
        """
        WITH gone AS (DELETE FROM reveal_tokens WHERE id IN (
            SELECT id FROM reveal_tokens WHERE used_at IS NULL AND expires_at < now() - make_interval(days => $1::int4)
            LIMIT $2) AND used_at IS NULL RETURNING 1)
        SELECT count(*) FROM gone
        """
    )
}

/// Batches of cards that ended long ago: what they have made is in the ledger. With the owner's role.
package struct OldCardBatches {
    /// Since a batch has ended, and so no shorter than the Idempotency-Key that it was made with.
    package static let keptDays: Int32 = 30

    private let connection: PostgresConnection

    package init(_ connection: PostgresConnection) { self.connection = connection }

    /// - Returns: how many batches were deleted.
    package func delete() throws(PostgresError) -> Int64 {
        _ = try connection.deleteInChunks(Self.rows, keptDays: Self.keptDays)
        return try connection.deleteInChunks(Self.batches, keptDays: Self.keptDays)
    }

    private static let isOld = "b.ended_at < now() - make_interval(days => $1::int4)"

    private static let rows = Statement(
        "delete_old_card_batch_rows",
        """
        WITH old AS (SELECT r.batch_id, r.number FROM card_batches b JOIN card_batch_rows r ON r.batch_id = b.id
            WHERE \(isOld) LIMIT $2),
        gone AS (DELETE FROM card_batch_rows r USING old
            WHERE r.batch_id = old.batch_id AND r.number = old.number RETURNING 1)
        SELECT count(*) FROM gone
        """
    )

    private static let batches = Statement(
        "delete_old_card_batches",
        """
        WITH old AS (SELECT b.id FROM card_batches b WHERE \(isOld)
            AND NOT EXISTS (SELECT FROM card_batch_rows r WHERE r.batch_id = b.id) LIMIT $2),
        gone AS (DELETE FROM card_batches b USING old WHERE b.id = old.id RETURNING 1)
        SELECT count(*) FROM gone
        """
    )
}

import AuthorizationCore

/// Forgets old Idempotency-Keys, some at a time, so that nobody waits for it. With the owner's role.
package struct OldClientKeys {
    /// A key that was used longer ago is as good as new.
    package static let days: Int32 = 30

    private let connection: PostgresConnection

    package init(_ connection: PostgresConnection) { self.connection = connection }

    /// - Returns: how many it deleted.
    package func delete() throws(PostgresError) -> Int64 {
        var total: Int64 = 0
        for (table, column) in [("client_keys", "decided_at"), ("operator_requests", "created_at")] {
            let statement = Statement(
                "delete_old_\(table)",
                """
                WITH old AS (SELECT tenant_id, key FROM \(table) WHERE \(column) < now() - $1::int4 * interval '1 day'
                    ORDER BY \(column) LIMIT $2), gone AS (DELETE FROM \(table) k USING old
                    WHERE k.tenant_id = old.tenant_id AND k.key = old.key RETURNING 1)
                SELECT count(*) FROM gone
                """
            )
            total += try connection.deleteInChunks(statement, keptDays: Self.days)
        }
        return total
    }
}

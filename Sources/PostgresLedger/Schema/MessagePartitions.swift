import AuthorizationCore

/// Takes the messages of old days away, a partition at a time. With the owner's role.
package struct MessagePartitions {
    private let connection: PostgresConnection

    package init(_ connection: PostgresConnection) { self.connection = connection }

    /// The statements that drop what is older, in order. A table that an earlier run detached and could not drop, or
    /// could not wholly detach, is among them.
    private static let old = Statement(
        "old_message_partitions",
        """
        SELECT CASE
            WHEN i.inhdetachpending THEN format('ALTER TABLE network_messages DETACH PARTITION %I FINALIZE', c.relname)
            WHEN i.inhrelid IS NOT NULL
                THEN format('ALTER TABLE network_messages DETACH PARTITION %I CONCURRENTLY', c.relname)
            ELSE '' END, format('DROP TABLE %I', c.relname)
        FROM pg_class c JOIN pg_class parent ON parent.oid = 'network_messages'::regclass
            AND parent.relnamespace = c.relnamespace LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
        WHERE c.relkind = 'r' AND c.relname ~ '^network_messages_[0-9]{8}$'
            AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - $1::int4
        ORDER BY c.relname
        """
    )

    /// Drops the partitions of the days before the last so many; today's and yesterday's always stay, as they are made
    /// anew where they are missing. Messages can be written and read meanwhile.
    ///
    /// - Parameter patience: how long to wait for whoever uses a partition; ten times as long for all of a statement.
    /// - Returns: how many it dropped.
    package func drop(
        keepingDays days: Int32,
        patience: Duration = .seconds(5)
    ) throws(PostgresError) -> Int {
        let limit = patience.wholeMilliseconds
        try connection.run(script: "SET lock_timeout = \(limit); SET statement_timeout = \(10 * limit)")
        let statements = try connection.run(Call(Self.old, [Parameter(max(1, days))])).map {
            (row) throws(PostgresError) in
            [try row.text(), try row.text()]
        }
        // Detaching so runs in no transaction of ours.
        for statement in statements.joined() where !statement.isEmpty { try connection.run(script: statement) }
        return statements.count
    }
}

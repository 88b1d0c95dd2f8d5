import PostgresLedger
import TestSupport
import Testing

@Suite struct LedgerFiguresTests {
    @Test(
        arguments: [
            ([], -1), ([-1], -1), ([0], 0), ([1, 2], -1), ([-1, 0, 1, 2, 3], 3), ([3, 1, 0, 2], 3), ([0, 1, 3, 4], 1),
        ] as [([Int32], Int32)]
    )
    func `days ahead end at the first day without a partition`(_ days: [Int32], _ ahead: Int32) {
        #expect(LedgerFigures.Partitions(table: "journal", days: days).daysAhead == ahead)
    }

    @Test func `the database's own figures are those that the migration made`() async throws {
        let database = try TestDatabase.make()
        let directory = PostgresDirectory(url: database.servingURL, timeout: .seconds(10))
        let reader = PostgresReader(url: database.servingURL, timeout: .seconds(10), directory: directory)
        defer {
            reader.close()
            directory.close()
        }
        try database.damage(
            """
            INSERT INTO exceptions (id, command, problem, created_at)
            SELECT gen_random_uuid(), command, 'open', now() - interval '1 hour'
            FROM unnest(ARRAY['', '\\x0a', '\\x0a', '\\x07']::bytea[]) AS command;
            INSERT INTO operators (id, name, role, key_hash) VALUES (gen_random_uuid(), 'o', 2, sha256('o'));
            INSERT INTO exceptions (id, command, problem, created_at, settled_at, settlement, settled_by,
                settled_account, settled_event)
            SELECT id, '\\x0a', 'done', now() - interval '1 day', now(), 1, id, id, id FROM operators;
            INSERT INTO account_transfers (shard, id, sender_id, receiver_id, amount, currency, reference, sent_event,
                sent_at)
            SELECT 0, gen_random_uuid(), id, id, 1, 978, '', id, now() - n * interval '1 minute'
            FROM operators, generate_series(1, 3) n;
            DROP TABLE transfers_\(try tomorrow(database));
            """
        )
        let text = try await reader.figures().text
        for line in [
            #"aval_partition_days_ahead{table="journal"} 14"#, #"aval_partition_days_ahead{table="transfers"} 0"#,
            #"aval_partition_days_ahead{table="unrouted_journal"} 14"#, #"aval_partitions{table="journal"} 16"#,
            #"aval_partitions{table="transfers"} 15"#, #"aval_exceptions_open{kind="advice"} 2"#,
            #"aval_exceptions_open{kind="reversal"} 1"#, #"aval_exceptions_open{kind="clearing"} 0"#,
            #"aval_exceptions_open{kind="unreadable"} 1"#, "aval_exceptions_oldest_seconds 3600",
            "aval_transfers_in_transit 3", "aval_transfers_in_transit_oldest_seconds 180",
        ] {
            #expect(text.contains(line + "\n"), "\(text)")
        }
    }

    private func tomorrow(_ database: TestDatabase) throws -> String {
        try #require(
            try database.texts("SELECT to_char((now() AT TIME ZONE 'UTC')::date + 1, 'YYYYMMDD')").first
        )
    }
}

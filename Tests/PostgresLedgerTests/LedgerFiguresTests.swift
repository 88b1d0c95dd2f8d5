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
            INSERT INTO exceptions (id, command, problem) VALUES (gen_random_uuid(), '', 'open');
            INSERT INTO exceptions (id, command, problem, settled_at) VALUES (gen_random_uuid(), '', 'done', now());
            DROP TABLE transfers_\(try tomorrow(database));
            """
        )
        let text = try await reader.figures().text
        for line in [
            #"aval_partition_days_ahead{table="journal"} 14"#, #"aval_partition_days_ahead{table="transfers"} 0"#,
            #"aval_partition_days_ahead{table="unrouted_journal"} 14"#, #"aval_partitions{table="journal"} 16"#,
            #"aval_partitions{table="transfers"} 15"#, "aval_exceptions_open 1",
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

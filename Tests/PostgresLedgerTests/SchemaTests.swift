import Foundation
import PostgresLedger
import TestSupport
import Testing

@Suite struct SchemaTests {
    @Test(arguments: [
        "journal", "transfers", "unrouted_journal", "program_versions", "internal_checkpoints", "operator_actions",
        "network_messages",
    ])
    func `the serving role can neither change nor delete what is append-only`(_ table: String) async throws {
        let database = try TestDatabase.make()
        let connection = try TestDatabase.connect(database.servingURL)
        let column = try #require(
            try database.texts(
                "SELECT attname::text FROM pg_attribute WHERE attrelid = '\(table)'::regclass AND attnum > 0 LIMIT 1"
            ).first
        )
        var tables = [table]
        tables += try database.texts(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '\(table)'::regclass"
        )
        for table in tables {
            for statement in [
                "UPDATE \(table) SET \(column) = \(column)", "DELETE FROM \(table)", "TRUNCATE \(table)",
                "ALTER TABLE \(table) ADD COLUMN more integer", "DROP TABLE \(table)",
            ] {
                #expect(throws: PostgresError.refused(sqlState: "42501", constraint: ""), "\(statement)") {
                    try connection.run(script: statement)
                }
            }
        }
    }

    @Test func `migrating twice at once is safe: one does it, the other finds nothing to do`() async throws {
        let database = try TestDatabase.makeEmpty()
        let url = database.ownerURL
        let role = try database.servingRole()
        let applied = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<3 {
                group.addTask {
                    let migrator = try Migrator(directory: TestDatabase.migrations, servingRole: role)
                    return try migrator.migrate(try TestDatabase.connect(url))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(applied.filter { !$0.isEmpty }.count == 1)
        #expect(applied.flatMap { $0 }.count == Int(Migrator.knownVersion))
        try Migrator.checkVersion(try TestDatabase.connect(database.servingURL))
    }

    @Test func `an older schema is refused with the command that mends it`() async throws {
        let database = try TestDatabase.makeEmpty()
        let error = #expect(throws: Migrator.Problem.self) {
            try Migrator.checkVersion(try TestDatabase.connect(database.servingURL))
        }
        #expect(error?.description.contains("run `aval migrate`") == true)
    }

    @Test func `a newer schema is refused by the service and by the migration`() async throws {
        let database = try TestDatabase.make()
        try database.damage("INSERT INTO migrations (number, name) VALUES (9999, '9999-later')")
        for check in [
            { try Migrator.checkVersion(try TestDatabase.connect(database.servingURL)) }, { try database.migrate() },
        ] {
            let error = #expect(throws: Migrator.Problem.self) { try check() }
            #expect(error?.description.contains("install the newer `aval`") == true)
        }
    }

    @Test func `a migration that its check refuses leaves nothing behind`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        for number in 1...Migrator.knownVersion {
            let migration = folder.appendingPathComponent(String(format: "%04d-broken", number))
            try FileManager.default.createDirectory(at: migration, withIntermediateDirectories: true)
            try Data("CREATE TABLE half (id integer);".utf8).write(to: migration.appendingPathComponent("up.sql"))
            try Data("SELECT 1 / 0;".utf8).write(to: migration.appendingPathComponent("check.sql"))
        }
        let database = try TestDatabase.makeEmpty()
        let migrator = try Migrator(directory: folder, servingRole: try database.servingRole())
        #expect(throws: Migrator.Problem.self) { try migrator.migrate(try TestDatabase.connect(database.ownerURL)) }
        #expect(try database.texts("SELECT coalesce(to_regclass('half')::text, 'none')") == ["none"])
        // What went wrong once does not stand in the way of the next try.
        try database.migrate()
    }

    @Test func `exceptions that somebody settled by SQL stay settled`() async throws {
        let database = try Self.older(than: "0007-exceptions")
        try database.damage(
            """
            INSERT INTO exceptions (id, command, problem, settled_at, settled_by)
            SELECT gen_random_uuid(), '', '', now(), unnest(ARRAY['Ana', NULL])
            """
        )
        try database.migrate()
        let names = "SELECT settled_by_name FROM exceptions WHERE settled_at IS NOT NULL ORDER BY 1"
        #expect(try database.texts(names) == ["", "Ana"])
    }

    @Test func `transfers of an older release stay, several of a journal row as well`() async throws {
        let database = try Self.older(than: "0043-leaner-rows")
        func insert(_ amount: Int) -> String {
            """
            INSERT INTO transfers (shard, id, debit_account, credit_account, layer, currency, balance_kind, amount, line,
                account_id, seq, event_id, created_at, business_date, value_date)
            SELECT 1, overlay(o.id::text PLACING '\(amount)' FROM 36)::uuid, o.id, o.id, 1, 978, 1, \(amount), 0, o.id,
                7, o.id, now(), current_date, current_date
            FROM (SELECT first_identifier(current_date)) AS o(id)
            """
        }
        try database.damage("\(insert(1)); \(insert(2))")
        try database.migrate()
        let amounts = "SELECT amount::text FROM transfers ORDER BY shard, account_id, seq, id"
        #expect(try database.texts(amounts) == ["1", "2"])
        #expect(throws: PostgresError.self) { try database.damage(insert(2)) }
    }

    /// A database as the migrations before one made it.
    private static func older(than migration: String) throws -> TestDatabase {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(at: TestDatabase.migrations.resolvingSymlinksInPath(), to: folder)
        try Data("SELECT 1 / 0;".utf8).write(to: folder.appendingPathComponent("\(migration)/check.sql"))
        let database = try TestDatabase.makeEmpty()
        let migrator = try Migrator(directory: folder, servingRole: try database.servingRole())
        #expect(throws: Migrator.Problem.self) { try migrator.migrate(try TestDatabase.connect(database.ownerURL)) }
        return database
    }
}

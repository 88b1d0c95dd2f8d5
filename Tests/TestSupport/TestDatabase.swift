import Foundation
import PostgresLedger
import Synchronization

/// A PostgreSQL server with its roles, by the URL of each.
package struct TestCluster: Sendable {
    package var ownerURL: String
    package var servingURL: String
    package var superuserURL: String

    package init(ownerURL: String, servingURL: String, superuserURL: String) {
        self.ownerURL = ownerURL
        self.servingURL = servingURL
        self.superuserURL = superuserURL
    }

    /// The one that `make test` started.
    ///
    /// - Throws: `TestEnvironment.Missing` where it did not.
    static var shared: TestCluster {
        get throws {
            TestCluster(
                ownerURL: try TestEnvironment.value("AVAL_TEST_DATABASE_OWNER_URL"),
                servingURL: try TestEnvironment.value("AVAL_TEST_DATABASE_URL"),
                superuserURL: try TestEnvironment.value("AVAL_TEST_DATABASE_SUPERUSER_URL")
            )
        }
    }
}

/// A freshly migrated database of a test's own, dropped at the end.
package final class TestDatabase: Sendable {
    package let name: String
    package let ownerURL: String
    package let servingURL: String
    private let cluster: TestCluster

    /// Migrating takes longer than copying: the first database of a process is made once and copied.
    private static let template = Mutex<TestDatabase?>(nil)

    /// - Throws: `TestEnvironment.Missing` where `make test` did not prepare the stores.
    package static func make() throws -> TestDatabase {
        let template = try template.withLock { template in
            if let template { return template }
            let made = try TestDatabase(copying: nil, on: .shared)
            try made.migrate()
            template = made
            atexit { TestDatabase.dropTemplate() }
            return made
        }
        return try template.copy()
    }

    /// On a server of the test's own.
    package static func make(on cluster: TestCluster) throws -> TestDatabase {
        let made = try TestDatabase(copying: nil, on: cluster)
        try made.migrate()
        return made
    }

    /// Without any schema.
    package static func makeEmpty() throws -> TestDatabase { try TestDatabase(copying: nil, on: .shared) }

    private init(copying template: String?, on cluster: TestCluster) throws {
        self.cluster = cluster
        name = "aval_test_" + String(UInt64.random(in: .min ... .max), radix: 36)
        ownerURL = Self.url(cluster.ownerURL, database: name)
        servingURL = Self.url(cluster.servingURL, database: name)
        let copying = template.map { " TEMPLATE \"\($0)\"" } ?? ""
        try Self.connect(cluster.ownerURL).run(script: "CREATE DATABASE \"\(name)\"\(copying)")
    }

    deinit { drop() }

    /// A copy with all that is in it. Nobody may be connected to this one.
    package func copy() throws -> TestDatabase { try TestDatabase(copying: name, on: cluster) }

    /// Of the superuser, who may damage what the owner's constraints and the serving role's rights protect.
    package var superuserURL: String { Self.url(cluster.superuserURL, database: name) }

    /// Runs SQL as the superuser.
    package func damage(_ sql: String) throws {
        try Self.connect(superuserURL).run(script: sql)
    }

    package func migrate() throws {
        let migrator = try Migrator(directory: Self.migrations, servingRole: try servingRole())
        _ = try migrator.migrate(try Self.connect(ownerURL))
    }

    package static var migrations: URL { TestEnvironment.repository.appendingPathComponent("Migrations") }

    /// The serving role, as the server names it.
    package func servingRole() throws -> String {
        let role = Statement("role", "SELECT current_user::text")
        let rows = try Self.connect(servingURL).run(Call(role)).map { (row) throws(PostgresError) in try row.text() }
        return rows.first ?? ""
    }

    package static func connect(_ url: String) throws -> PostgresConnection {
        try PostgresConnection(url: url, timeout: .seconds(60), application: "aval tests")
    }

    /// The first column of a query's rows, as the superuser, each cast to text by the query.
    package func texts(_ sql: String) throws -> [String] {
        try Self.connect(superuserURL).run(Call(Statement("", sql)))
            .map { (row) throws(PostgresError) in try row.text() }
    }

    /// Lets those who write to a table go on once as many wait as are told: each has then read what none has written.
    package func meeting<Value: Sendable>(
        of writers: Int,
        at table: String,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        nonisolated(unsafe) let gate = try Self.connect(superuserURL)
        try gate.run(script: "BEGIN; LOCK TABLE \(table) IN SHARE MODE")
        async let value = work()
        let waiting = """
            SELECT count(*)::text FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        // Those who wait do so for a limited time, which runs on while other tests have the threads of tasks.
        try await onOwnThread { [self] in
            let watch = try Self.connect(superuserURL)
            for _ in 0..<500 {
                let count = try watch.run(Call(Statement("waiting", waiting)))
                    .map { (row) throws(PostgresError) in try row.text() }
                if count == ["\(writers)"] { break }
                Thread.sleep(forTimeInterval: 0.02)
            }
            try gate.run(script: "COMMIT")
        }
        return try await value
    }

    private func drop() {
        // Best effort: the stores are thrown away after the tests. Only the superuser may end others' sessions.
        guard let connection = try? Self.connect(cluster.superuserURL) else { return }
        try? connection.run(script: "DROP DATABASE IF EXISTS \"\(name)\" WITH (FORCE)")
    }

    private static func dropTemplate() {
        let last = template.withLock { template in
            defer { template = nil }
            return template
        }
        last?.drop()
    }

    /// A connection URI with another database: what stands between the authority and the query.
    private static func url(_ url: String, database: String) -> String {
        guard let scheme = url.range(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let query = rest.firstIndex(of: "?").map { rest[$0...] } ?? ""
        return url[..<scheme.upperBound] + authority + "/" + database + query
    }
}

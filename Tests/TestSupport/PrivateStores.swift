import ChildProcess
import Foundation

/// A PostgreSQL cluster and a Redis of a test's own, whose files it may read and which it may stop.
package final class PrivateStores: Sendable {
    package let cluster: TestCluster
    package let redisURL: String
    private let directory: String
    private let home: String

    package init() throws {
        directory = "/tmp/aval-stores-" + String(UInt64.random(in: .min ... .max), radix: 36)
        _ = try StoreScript.run("start", directory)
        home = try StoreScript.run("home", directory)
        let url = { [directory] in try StoreScript.run("url", directory, $0) }
        cluster = TestCluster(
            ownerURL: try url("owner"),
            servingURL: try url("serving"),
            superuserURL: try url("superuser")
        )
        redisURL = try url("redis")
    }

    deinit {
        _ = try? StoreScript.run("remove", directory)
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Cleanly, so that all is in its files.
    package func stopPostgres() throws { _ = try StoreScript.run("stop-postgres", directory) }

    package func postgresLog() throws -> Data { try contents("postgres/postgres.log") }

    /// All files of the cluster.
    package func postgresFiles() throws -> [Data] {
        let data = URL(fileURLWithPath: home + "/postgres/data")
        let files = FileManager.default.enumerator(at: data, includingPropertiesForKeys: [.isRegularFileKey])
        return try (files?.compactMap { $0 as? URL } ?? [])
            .filter { try $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true }
            .map { try Data(contentsOf: $0, options: .alwaysMapped) }
    }

    /// What pg_dump tells of a database.
    package func dump(of database: TestDatabase) throws -> Data {
        let program = try TestEnvironment.value("AVAL_TEST_BIN") + "/pg_dump"
        return try ChildProcess.run(program, ["--dbname", database.superuserURL])
    }

    /// What Redis would write to its disk, without compression, which hides what is in it.
    package func redisDump() throws -> Data {
        try ChildProcess.run("/usr/bin/redis-cli", ["-u", redisURL, "config", "set", "rdbcompression", "no"])
        try ChildProcess.run("/usr/bin/redis-cli", ["-u", redisURL, "save"])
        return try contents("redis/dump.rdb")
    }

    private func contents(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: "\(home)/\(name)"))
    }
}

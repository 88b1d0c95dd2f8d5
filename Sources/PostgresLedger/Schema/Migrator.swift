import AuthorizationCore
import Foundation

/// Brings a database to the schema that this build knows. Migrations only go forward; each proves itself with its
/// `check.sql` in the transaction that makes it.
package struct Migrator {
    /// The number of the newest migration that this build was written for.
    package static let knownVersion: Int32 = 45

    package struct Migration: Sendable {
        package var number: Int32
        package var name: String
        var up: String
        var check: String
    }

    package struct Problem: Error, CustomStringConvertible {
        package var description: String
    }

    private let migrations: [Migration]
    private let servingRole: String

    /// - Parameters:
    ///   - directory: holds a folder `NNNN-name` with `up.sql` and `check.sql` for each migration.
    ///   - servingRole: the role that the service connects with; it is granted what it needs.
    package init(directory: URL, servingRole: String) throws {
        self.servingRole = servingRole
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory.path) else {
            throw Problem(
                description: "no migrations in \(directory.path): AVAL_MIGRATIONS_DIRECTORY names their folder"
            )
        }
        migrations = try names.sorted().compactMap { name in
            guard let number = Int32(name.prefix(4)), name.dropFirst(4).first == "-" else { return nil }
            let folder = directory.appendingPathComponent(name)
            return Migration(
                number: number,
                name: name,
                up: try String(contentsOf: folder.appendingPathComponent("up.sql"), encoding: .utf8),
                check: try String(contentsOf: folder.appendingPathComponent("check.sql"), encoding: .utf8)
            )
        }
        guard migrations.map(\.number) == Array(1...Self.knownVersion) else {
            throw Problem(
                description: "\(directory.path) must hold the migrations 1 to \(Self.knownVersion), and no others"
            )
        }
    }

    /// Applies what is missing. Safe to start twice at once: the second waits and finds nothing to do.
    ///
    /// - Returns: the names of the migrations that were applied.
    package func migrate(_ connection: PostgresConnection) throws -> [String] {
        try connection.run(script: "SELECT pg_advisory_lock(\(AdvisoryLock.migration.rawValue))")
        try connection.run(
            script: """
                SET client_min_messages = warning;
                CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, name text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now());
                GRANT SELECT ON migrations TO \(quoted(identifier: servingRole))
                """
        )
        let installed = try Self.installedVersion(connection)
        guard installed <= Self.knownVersion else { throw Self.newer(installed) }
        let missing = migrations.filter { $0.number > installed }
        for migration in missing {
            let script = """
                BEGIN;
                \(substituted(migration.up))
                \(substituted(migration.check))
                INSERT INTO migrations (number, name) VALUES (\(migration.number), \(quoted(text: migration.name)));
                COMMIT
                """
            do {
                try connection.run(script: script)
            } catch {
                throw Problem(description: "migration \(migration.name) was not applied: \(error)")
            }
        }
        try connection.run(script: "SELECT pg_advisory_unlock(\(AdvisoryLock.migration.rawValue))")
        return missing.map(\.name)
    }

    /// The number of the newest migration in a database; 0 when there is none.
    package static func installedVersion(_ connection: PostgresConnection) throws(PostgresError) -> Int32 {
        let exists = Statement("has_migrations", "SELECT to_regclass('migrations') IS NOT NULL")
        guard try connection.run(Call(exists)).map({ (row) throws(PostgresError) in try row.bool() }) == [true] else {
            return 0
        }
        let newest = Statement("newest_migration", "SELECT coalesce(max(number), 0)::int4 FROM migrations")
        return try connection.run(Call(newest)).map { (row) throws(PostgresError) in try row.int32() }.first ?? 0
    }

    /// Refuses a schema that this build was not written for, and says what mends it.
    package static func checkVersion(_ connection: PostgresConnection) throws {
        let installed = try installedVersion(connection)
        if installed > knownVersion { throw newer(installed) }
        if installed < knownVersion {
            throw Problem(
                description:
                    "the database has schema \(installed), this build needs \(knownVersion): run `aval migrate`"
            )
        }
    }

    /// Refuses a role that may do more than serve: what is journaled must be out of its reach.
    package static func checkServingRole(_ connection: PostgresConnection) throws {
        let statement = Statement("may_delete", "SELECT has_table_privilege('journal', 'DELETE')")
        let answers = try connection.run(Call(statement)).map { (row) throws(PostgresError) in try row.bool() }
        guard answers == [false] else {
            throw Problem(
                description: "AVAL_DATABASE_URL: the role \(connection.user) may delete from the journal. Serve with a "
                    + "role of its own, to which `aval migrate` grants what serving needs; the schema's owner belongs in "
                    + "AVAL_DATABASE_OWNER_URL"
            )
        }
    }

    private static func newer(_ installed: Int32) -> Problem {
        Problem(
            description: "the database has schema \(installed), newer than the \(knownVersion) that this build knows: "
                + "install the newer `aval`"
        )
    }

    private func substituted(_ sql: String) -> String {
        sql.replacingOccurrences(of: ":\"serving_role\"", with: quoted(identifier: servingRole))
            .replacingOccurrences(of: ":'serving_role'", with: quoted(text: servingRole))
    }

    private func quoted(identifier: String) -> String {
        "\"" + identifier.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }

    private func quoted(text: String) -> String {
        "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
    }
}

import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation

/// What operators do by command line beside migrations: programs and partitions here, the rest in extensions.
package struct Administration {
    let connection: PostgresConnection

    package init(_ connection: PostgresConnection) { self.connection = connection }

    /// Makes the daily partitions that are missing until `days` ahead; returns how many it made.
    package func makePartitions(days: Int32) throws(PostgresError) -> Int32 {
        let statement = Statement("make_partitions", "SELECT make_partitions($1::int4)")
        let made = try connection.run(Call(statement, [Parameter(days)]))
        return try made.map { (row) throws(PostgresError) in try row.int32() }.first ?? 0
    }

    /// Stores a version of a program and puts it in force, whatever other programs' ranges are.
    package func add(_ program: Program, name: String, author: String) throws(PostgresError) {
        let content = program.journalBytes
        let upsert = Statement(
            "add_program",
            """
            INSERT INTO programs (id, tenant_id, name, version, bin, sandbox) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (id) DO UPDATE SET version = excluded.version, bin = excluded.bin
            """
        )
        let version = Statement(
            "add_program_version",
            """
            INSERT INTO program_versions (program_id, version, content, content_hash, author)
            VALUES ($1, $2, $3, $4, $5)
            """
        )
        _ = try connection.run(
            [
                Call(
                    upsert,
                    [
                        Parameter(program.id), Parameter(program.tenant), Parameter(name), Parameter(program.version),
                        Parameter(program.bin), Parameter(program.sandbox != nil),
                    ]
                ),
                Call(
                    version,
                    [
                        Parameter(program.id), Parameter(program.version), Parameter(content),
                        Parameter(Digest.sha256(content)), Parameter(author),
                    ]
                ),
            ]
        )
    }

    /// Authorizations whose answers may not have arrived, with their accounts, oldest first.
    package func uncertainHolds(
        limit: Int64
    ) throws(PostgresError) -> [(account: AccountID, authorization: Authorization)] {
        let statement = Statement(
            "uncertain_holds",
            """
            SELECT \(AuthorizationColumns.list) FROM authorizations a
            WHERE a.uncertain AND a.currency IS NOT NULL ORDER BY a.created_at, a.id LIMIT $1
            """
        )
        return try connection.run(Call(statement, [Parameter(limit)])).map(AuthorizationColumns.read)
    }
}

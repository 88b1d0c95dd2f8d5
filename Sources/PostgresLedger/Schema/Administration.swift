import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation

/// What operators do by command line beside migrations: tenants, programs and partitions here, keys in the extensions.
package struct Administration {
    let connection: PostgresConnection

    package init(_ connection: PostgresConnection) { self.connection = connection }

    /// Makes the daily partitions that are missing until `days` ahead; returns how many it made.
    package func makePartitions(days: Int32) throws(PostgresError) -> Int32 {
        let statement = Statement("make_partitions", "SELECT make_partitions($1::int4)")
        let made = try connection.run(Call(statement, [Parameter(days)]))
        return try made.map { (row) throws(PostgresError) in try row.int32() }.first ?? 0
    }

    /// At most two: names need not be unique.
    package func tenants(named name: String) throws(PostgresError) -> [TenantID] {
        let statement = Statement("tenants_named", "SELECT id FROM tenants WHERE name = $1 ORDER BY id LIMIT 2")
        return try connection.run(Call(statement, [Parameter(name)]))
            .map { (row) throws(PostgresError) -> TenantID in try row.identifier() }
    }

    /// - Parameter author: nil while there is no operator.
    package func addTenant(_ id: TenantID, name: String, by author: Operator? = nil) throws(PostgresError) {
        let change = """
            done AS (INSERT INTO tenants (id, name) VALUES ($5, $6)
                RETURNING id AS tenant_id, NULL::jsonb AS before, jsonb_build_object('name', name) AS after)
            """
        let parameters = [Parameter(id), Parameter(name)]
        let details = "name \(name)"
        _ = try connection.run(
            Self.audited("add_tenant", .addTenant, "\(id)", details, by: author?.id, change: change, parameters)
        )
    }

    /// Stores a version of a program and puts it in force.
    ///
    /// - Parameter record: of the operator's action, in the same transaction; nil for what set-up does.
    package func add(
        _ program: Program,
        name: String,
        author: String,
        record: Call? = nil
    ) throws(PostgresError) {
        let content = program.journalBytes
        let upsert = Statement(
            "add_program",
            """
            INSERT INTO programs (id, tenant_id, name, version) VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE SET version = excluded.version
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
                    [Parameter(program.id), Parameter(program.tenant), Parameter(name), Parameter(program.version)]
                ),
                Call(
                    version,
                    [
                        Parameter(program.id), Parameter(program.version), Parameter(content),
                        Parameter(Digest.sha256(content)), Parameter(author),
                    ]
                ),
            ] + (record.map { [$0] } ?? [])
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

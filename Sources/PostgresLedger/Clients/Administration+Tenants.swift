import AuthorizationCore
import AuthorizationEngine

extension Administration {
    package struct ListedTenant: Sendable {
        package var id: TenantID
        package var name: String
        package var createdAt: Instant
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

    /// At most two: names need not be unique.
    package func tenants(named name: String) throws(PostgresError) -> [TenantID] {
        let statement = Statement("tenants_named", "SELECT id FROM tenants WHERE name = $1 ORDER BY id LIMIT 2")
        return try connection.run(Call(statement, [Parameter(name)]))
            .map { (row) throws(PostgresError) -> TenantID in try row.identifier() }
    }

    /// The oldest first.
    package func tenants() throws(PostgresError) -> [ListedTenant] {
        let statement = Statement("tenants", "SELECT id, name, created_at FROM tenants ORDER BY created_at, id")
        return try connection.run(Call(statement)).map { (row) throws(PostgresError) in
            ListedTenant(id: try row.identifier(), name: try row.text(), createdAt: try row.instant())
        }
    }

    func tenant(_ id: TenantID) throws(PostgresError) -> TenantView? {
        let tenant = Statement("tenant_view", "SELECT id, name, created_at FROM tenants WHERE id = $1")
        let programs = Statement(
            "program_names",
            "SELECT id, name, version FROM programs WHERE tenant_id = $1 ORDER BY id"
        )
        let results = try connection.run([Call(tenant, [Parameter(id)]), Call(programs, [Parameter(id)])])
        let found = try results[1].map { (row) throws(PostgresError) in
            TenantView.NamedProgram(id: try row.identifier(), name: try row.text(), version: try row.int32())
        }
        return try results[0].map { (row) throws(PostgresError) in
            TenantView(
                id: try row.identifier(),
                name: try row.text(),
                createdAt: try row.instant(),
                programs: found
            )
        }.first
    }
}

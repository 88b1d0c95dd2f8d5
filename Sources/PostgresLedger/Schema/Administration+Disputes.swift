import AuthorizationCore
import AuthorizationEngine

extension Administration {
    /// An authorization with everything that was decided on it, whatever its tenant; nil when there is none.
    package func authorizationView(_ id: AuthorizationID) throws(PostgresError) -> AuthorizationView? {
        let statement = Statement(
            "authorization_of_any",
            "SELECT \(AuthorizationColumns.list) FROM authorizations a WHERE a.shard = $1 AND a.id = $2"
        )
        let query = Call(statement, [Parameter(Int16(id.shard.number)), Parameter(id)])
        return try AuthorizationHistory.view(of: query, on: connection)
    }
}

import AuthorizationCore
import AuthorizationEngine

extension Administration {
    /// An authorization with everything that was decided on it, whatever its tenant; nil when there is none.
    package func authorizationView(_ id: AuthorizationID) throws(PostgresError) -> AuthorizationView? {
        let statement = Statement(
            "authorization_of_any",
            "SELECT \(AuthorizationColumns.list) FROM authorizations a WHERE a.shard = $1 AND a.id = $2"
        )
        let call = Call(statement, [Parameter(Int16(id.shard.number)), Parameter(id)])
        guard let found = try connection.run(call).map(AuthorizationColumns.read).first else { return nil }
        let calls = AuthorizationHistory.calls(id, on: found.account, since: found.authorization.createdAt)
        var history: [JournalEntry] = []
        for rows in try connection.run(calls) { history += try rows.map(AuthorizationHistory.read) }
        return AuthorizationView(
            authorization: found.authorization,
            account: found.account,
            history: history.sorted { $0.sequence < $1.sequence }
        )
    }
}

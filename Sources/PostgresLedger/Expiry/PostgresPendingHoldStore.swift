import AuthorizationCore
import AuthorizationEngine

/// Pending authorizations by their age, on a connection of its own.
package final class PostgresPendingHoldStore: PendingHoldStore {
    private let thread: ConnectionThread

    package init(url: String, timeout: Duration) {
        thread = ConnectionThread(name: "aval expiry", url: url, timeout: timeout)
    }

    package func close() { thread.close() }

    package func pending(
        before latest: Instant,
        after position: PendingPosition,
        limit: Int
    ) async throws -> [(account: AccountID, authorization: Authorization)] {
        let parameters = [
            Parameter(latest), Parameter(position.createdAt), Parameter(position.authorization),
            Parameter(Int64(limit)),
        ]
        return try await thread.run { connection in
            try connection.run(Call(Self.statement, parameters)).map(AuthorizationColumns.read)
        }
    }

    /// The status stands in the text, as the index has it.
    static let statement = Statement(
        "pending_authorizations",
        """
        SELECT \(AuthorizationColumns.list) FROM authorizations a
        WHERE a.status = \(AuthorizationStatus.pending.rawValue) AND a.created_at <= $1
            AND (a.created_at, a.id) > ($2::timestamptz, $3::uuid)
        ORDER BY a.created_at, a.id LIMIT $4
        """
    )
}

import AuthorizationCore
import AuthorizationEngine

/// Pending authorizations by their age, on a connection of its own.
package final class PostgresPendingHoldStore: PendingHoldStore {
    private let thread: ConnectionThread

    package init(url: String, timeout: Duration) {
        thread = ConnectionThread(name: "aval expiry", url: url, timeout: timeout)
    }

    package func close() { thread.close() }

    package func sandboxes() async throws -> [Program] {
        try await thread.run { connection in
            try connection.run(Call(Self.programs)).map { (row) throws(PostgresError) -> Program in try row.journaled()
            }
        }.filter { $0.sandbox?.clockOffset ?? 0 > 0 }
    }

    package func pending(
        of program: ProgramID?,
        before latest: Instant,
        after position: PendingPosition,
        limit: Int
    ) async throws -> [(account: AccountID, authorization: Authorization)] {
        let parameters = [
            Parameter(latest), Parameter(position.createdAt), Parameter(position.authorization),
            Parameter(Int64(limit)),
        ]
        let call =
            program.map { Call(Self.statementOfProgram, parameters + [Parameter($0)]) }
            ?? Call(Self.statement, parameters)
        return try await thread.run { try $0.run(call).map(AuthorizationColumns.read) }
    }

    private static let programs = Statement(
        "programs_in_force",
        "SELECT v.content FROM programs p JOIN program_versions v ON v.program_id = p.id AND v.version = p.version"
    )

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

    /// Those of a sandbox, which are few: all that is pending is looked through for them.
    private static let statementOfProgram = Statement(
        "pending_authorizations_of_program",
        """
        SELECT \(AuthorizationColumns.list) FROM authorizations a
        JOIN accounts o ON o.shard = a.shard AND o.id = a.account_id AND o.program_id = $5
        WHERE a.status = \(AuthorizationStatus.pending.rawValue) AND a.created_at <= $1
            AND (a.created_at, a.id) > ($2::timestamptz, $3::uuid)
        ORDER BY a.created_at, a.id LIMIT $4
        """
    )
}

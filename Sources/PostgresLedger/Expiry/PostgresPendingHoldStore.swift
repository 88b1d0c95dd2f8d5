import AuthorizationCore
import AuthorizationEngine

/// Pending authorizations by their age, and those of sandboxes by their accounts, each on a connection of its own: who
/// moves a test clock keeps no real hold waiting for its end.
package final class PostgresPendingHoldStore: PendingHoldStore {
    private let thread: ConnectionThread
    private let sandboxThread: ConnectionThread

    package init(url: String, timeout: Duration) {
        thread = ConnectionThread(name: "aval expiry", url: url, timeout: timeout)
        sandboxThread = ConnectionThread(
            name: "aval sandbox expiry",
            url: url,
            timeout: timeout,
            session: PostgresLaneStore.nestedLoops
        )
    }

    package func close() {
        thread.close()
        sandboxThread.close()
    }

    package func pending(
        before latest: Instant,
        after position: PendingPosition,
        limit: Int
    ) async throws -> [(account: AccountID, authorization: Authorization)] {
        let parameters = [
            Parameter(latest), Parameter(position.createdAt), Parameter(position.authorization),
            Parameter(Int64(limit)),
        ]
        return try await thread.run { try $0.run(Call(Self.statement, parameters)).map(AuthorizationColumns.read) }
    }

    package func sandboxes() async throws -> [Program] {
        try await sandboxThread.run { connection in
            try connection.run(Call(Self.programs)).map { (row) throws(PostgresError) -> Program in try row.journaled()
            }
        }.filter { $0.sandbox?.clockOffset ?? 0 > 0 }
    }

    package func accounts(of program: ProgramID, after last: AccountID?, limit: Int) async throws -> [AccountID] {
        let start = last ?? AccountID(high: 0, low: 0)
        let call = Call(Self.accounts, [Parameter(program), Parameter(start), Parameter(Int64(limit))])
        return try await sandboxThread.run { connection in
            try connection.run(call).map { (row) throws(PostgresError) in try row.identifier() }
        }
    }

    package func pending(
        of accounts: [AccountID],
        before latest: Instant,
        after last: AuthorizationID?,
        limit: Int
    ) async throws -> [(account: AccountID, authorization: Authorization)] {
        let start = last ?? AuthorizationID(high: 0, low: 0)
        let page = [Parameter(latest), Parameter(start), Parameter(Int64(limit))]
        let call = Call(Self.statementOfAccounts, BatchReads.identifierColumns(accounts) + page)
        return try await sandboxThread.run { try $0.run(call).map(AuthorizationColumns.read) }
    }

    private static let programs = Statement(
        "sandboxes_in_force",
        """
        SELECT v.content FROM programs p JOIN program_versions v ON v.program_id = p.id AND v.version = p.version
        WHERE p.sandbox
        """
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

    static let accounts = Statement(
        "accounts_of_program",
        "SELECT id FROM accounts WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    )

    static let statementOfAccounts = Statement(
        "pending_authorizations_of_accounts",
        """
        SELECT \(AuthorizationColumns.list) FROM unnest($1::int2[], $2::uuid[]) AS k(shard, account_id)
        JOIN authorizations a ON a.shard = k.shard AND a.account_id = k.account_id
        WHERE a.status = \(AuthorizationStatus.pending.rawValue) AND a.created_at <= $3 AND a.id > $4
        ORDER BY a.id LIMIT $5
        """
    )
}

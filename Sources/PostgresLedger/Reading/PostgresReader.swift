import AuthorizationCore
import AuthorizationEngine

/// Reads on connections of their own, with the serving role.
package final class PostgresReader: LedgerReader {
    let thread: ConnectionThread
    private let directory: PostgresDirectory

    package init(url: String, timeout: Duration, directory: PostgresDirectory) {
        thread = ConnectionThread(name: "aval reader", url: url, timeout: timeout)
        self.directory = directory
    }

    package func close() { thread.close() }

    package func tenantKey(hash: [UInt8]) async throws -> TenantKey? {
        let found = try await thread.run { connection in
            try connection.run(Call(APIKeyColumns.find, [Parameter(hash)])).map { (row) throws(PostgresError) in
                (key: try APIKeyColumns.read(&row), wasUsedLately: try row.bool())
            }.first
        }
        if let found, !found.wasUsedLately { noteUse(of: found.key.id) }
        return found?.key
    }

    /// Nobody waits for it, and what fails is written with the next use.
    private func noteUse(of key: APIKeyID) {
        thread.submit { connection in
            guard let connection = try? connection.get() else { return }
            _ = try? connection.run(Call(APIKeyColumns.noteUse, [Parameter(key)]))
        }
    }

    package func findOperator(keyHash: [UInt8]) async throws -> Operator? {
        try await thread.run { connection in
            try connection.run(Call(OperatorColumns.find, [Parameter(keyHash)])).map(OperatorColumns.read).first
        }
    }

    package func recordReveal(of card: CardID, by person: OperatorID) async throws {
        try await thread.run { connection in
            _ = try connection.run(Administration.record(.revealCard, "\(card)", "", by: person))
        }
    }

    package func hasTenant(_ id: TenantID) async throws -> Bool {
        try await thread.run { connection in
            try connection.run(Call(ReaderStatements.tenant, [Parameter(id)])).count > 0
        }
    }

    package func programs(of tenant: TenantID) async throws -> [Program] {
        try await thread.run { connection in
            let call = Call(ReaderStatements.programs, [Parameter(tenant)])
            return try connection.run(call).map { (row) throws(PostgresError) -> Program in try row.journaled() }
        }
    }

    /// The first digits of card numbers of the program versions that were made since then, and the time of the latest.
    package func issuerNumbers(since last: Instant) async throws -> (bins: Set<String>, latest: Instant?) {
        try await thread.run { connection in
            let call = Call(ReaderStatements.newPrograms, [Parameter(last)])
            let versions = try connection.run(call).map { (row) throws(PostgresError) in
                (program: try row.journaled() as Program, madeAt: try row.instant())
            }
            return (Set(versions.map(\.program.bin)), versions.map(\.madeAt).max())
        }
    }

    package func account(_ id: AccountID, of tenant: TenantID) async throws -> AccountView? {
        try await thread.run { connection in
            let key = [Parameter(Int16(id.shard.number)), Parameter(id)]
            let results = try connection.run([
                Call(ReaderStatements.account, key + [Parameter(tenant)]), Call(ReaderStatements.balances, key),
            ])
            guard let account = try results[0].map(AccountColumns.read).first else { return nil }
            return AccountView(account: account, balances: try results[1].map(BalanceColumns.read))
        }
    }

    package func card(_ id: CardID, of tenant: TenantID) async throws -> CardView? {
        try await thread.run { connection in
            let key = [Parameter(Int16(id.shard.number)), Parameter(id)]
            let results = try connection.run([
                Call(ReaderStatements.card, key + [Parameter(tenant)]), Call(FileColumns.ofCard, key),
            ])
            let rows = try results[0].map { (row) throws(PostgresError) -> CardView in
                let card = try CardColumns.read(&row).card
                let account: AccountID = try row.identifier()
                let secret = CardSecret(ciphertext: try row.bytes(), keyID: try row.int16())
                return CardView(card: card, account: account, secret: secret)
            }
            guard var view = rows.first else { return nil }
            view.card.instances = rows.flatMap(\.card.instances)
            view.files = try results[1].map(FileColumns.read)
            return view
        }
    }

    package func pin(of card: CardID) async throws -> StoredPIN? {
        try await thread.run { connection in
            let pins = try connection.run(Call(PINStatements.ofCards, BatchReads.identifierColumns([card])))
                .map { (row) throws(PostgresError) in
                    _ = try row.identifier() as CardID
                    return try PINColumns.read(&row)
                }
            return pins.first
        }
    }

    package func authorization(_ id: AuthorizationID, of tenant: TenantID) async throws -> AuthorizationView? {
        try await thread.run { connection in
            let key = [Parameter(Int16(id.shard.number)), Parameter(id), Parameter(tenant)]
            return try AuthorizationHistory.view(of: Call(ReaderStatements.authorization, key), on: connection)
        }
    }

    package func authorizationAlone(
        _ id: AuthorizationID,
        of tenant: TenantID
    ) async throws -> (account: AccountID, authorization: Authorization)? {
        try await thread.run { connection in
            let key = [Parameter(Int16(id.shard.number)), Parameter(id), Parameter(tenant)]
            return try connection.run(Call(ReaderStatements.authorization, key)).map(AuthorizationColumns.read).first
        }
    }

    package func authorizations(
        _ filter: AuthorizationFilter,
        after position: ListPosition?,
        limit: Int
    ) async throws -> AuthorizationPage? {
        try await thread.run { connection in
            let call = AuthorizationListing.call(filter, after: position, limit: limit)
            let results = try connection.run([Call(ReaderStatements.epoch), call])
            let epochs = try results[0].map { (row) throws(PostgresError) in UInt64(bitPattern: try row.int64()) }
            guard let epoch = epochs.first, position == nil || position?.epoch == epoch else { return nil }
            let rows = try results[1].map { (row) throws(PostgresError) in
                (row: try AuthorizationColumns.read(&row), transaction: try row.uint64())
            }
            let items = rows.map { (authorization: $0.row.authorization, account: $0.row.account) }
            let last = rows.count == limit ? rows.last : nil
            let next = last.map { ListPosition(epoch: epoch, transaction: $0.transaction, id: $0.row.authorization.id) }
            return AuthorizationPage(items: items, next: next)
        }
    }

    package func card(panIndex: [UInt8]) async throws -> CardRoute? {
        try await withCheckedThrowingContinuation { continuation in
            directory.findCard(panIndex: panIndex, fresh: true) { continuation.resume(with: $0) }
        }
    }

    package func isReady() async -> Bool {
        let version = try? await thread.run { connection in try Migrator.installedVersion(connection) }
        return version == Migrator.knownVersion
    }
}

enum ReaderStatements {
    static let epoch = Statement("epoch", "SELECT ledger_epoch()")

    static let tenant = Statement("tenant", "SELECT id FROM tenants WHERE id = $1")

    static let programs = Statement(
        "programs",
        """
        SELECT v.content FROM programs p JOIN program_versions v ON v.program_id = p.id AND v.version = p.version
        WHERE p.tenant_id = $1 ORDER BY p.id
        """
    )

    /// Those too that were being written when the last were read: a minute is far beyond the longest statement.
    static let newPrograms = Statement(
        "new_programs",
        "SELECT content, created_at FROM program_versions WHERE created_at >= $1::timestamptz - interval '1 minute'"
    )

    static let account = Statement(
        "account",
        """
        SELECT \(AccountColumns.list) FROM accounts a WHERE a.shard = $1 AND a.id = $2 AND a.tenant_id = $3
        """
    )

    static let balances = Statement(
        "account_balances",
        """
        SELECT currency, kind, posted, pending_debits, pending_credits, credit_limit, legal_holds, version
        FROM balances WHERE shard = $1 AND account_id = $2 ORDER BY currency, kind
        """
    )

    static let card = Statement(
        "card",
        """
        SELECT \(CardColumns.list), c.account_id, c.pan_ciphertext, c.pan_key_id
        FROM cards c JOIN card_instances i ON i.shard = c.shard AND i.card_id = c.id
        WHERE c.shard = $1 AND c.id = $2 AND c.tenant_id = $3 ORDER BY i.sequence_number
        """
    )

    static let authorization = Statement(
        "authorization",
        """
        SELECT \(AuthorizationColumns.list) FROM authorizations a
        JOIN accounts o ON o.shard = a.shard AND o.id = a.account_id
        WHERE a.shard = $1 AND a.id = $2 AND o.tenant_id = $3
        """
    )
}

/// Authorizations in the order of their transactions, which is the order in which they became visible. Rows of
/// transactions that may still be open are left to a later page, so that a cursor passes over nothing.
enum AuthorizationListing {
    static func call(_ filter: AuthorizationFilter, after position: ListPosition?, limit: Int) -> Call {
        var conditions = ["o.tenant_id = $1", "a.xid < pg_snapshot_xmin(pg_current_snapshot())"]
        var parameters = [Parameter(filter.tenant)]
        func add(_ parameter: Parameter) -> String {
            parameters.append(parameter)
            return "$\(parameters.count)"
        }
        var name = "authorizations"
        if let account = filter.account {
            let shard = add(Parameter(Int16(account.shard.number)))
            conditions.append("a.shard = \(shard) AND a.account_id = \(add(Parameter(account)))")
            name += "_account"
        }
        if let card = filter.card {
            conditions.append("a.card_id = \(add(Parameter(card)))")
            name += "_card"
        }
        if let status = filter.status {
            conditions.append("a.status = \(add(Parameter(Int16(status.rawValue))))")
            name += "_status"
        }
        if let from = filter.from {
            conditions.append("a.created_at >= \(add(Parameter(from)))")
            name += "_from"
        }
        if let to = filter.to {
            conditions.append("a.created_at < \(add(Parameter(to)))")
            name += "_to"
        }
        if let position {
            let transaction = add(Parameter(String(position.transaction)))
            conditions.append("(a.xid, a.id) > (\(transaction)::text::xid8, \(add(Parameter(position.id))))")
            name += "_after"
        }
        let sql = """
            SELECT \(AuthorizationColumns.list), a.xid FROM authorizations a
            JOIN accounts o ON o.shard = a.shard AND o.id = a.account_id
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY a.xid, a.id LIMIT \(add(Parameter(Int64(limit))))
            """
        return Call(Statement(name, sql), parameters)
    }
}

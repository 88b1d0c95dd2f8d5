import AuthorizationCore
import AuthorizationEngine

/// File entries for the senders, on a connection of their own.
package final class PostgresFileStore: FileStore {
    private let thread: ConnectionThread

    package init(url: String, timeout: Duration) {
        thread = ConnectionThread(name: "aval files", url: url, timeout: timeout)
    }

    package func close() { thread.close() }

    package func register(_ network: String) async throws {
        try await thread.run { _ = try $0.run(Call(Self.registration, [Parameter(network)])) }
    }

    package func expand() async throws -> Bool {
        try await thread.run { connection in
            let waiting = try connection.run(Call(Self.waitingAccount)).map { (row) throws(PostgresError) in
                (shard: try row.int16(), account: try row.identifier() as AccountID)
            }
            guard let (shard, account) = waiting.first else { return false }
            let key = [Parameter(shard), Parameter(account)]
            _ = try connection.run([Call(Self.lockAccount, key), Call(FileWrites.ofNextCards, key)])
            return true
        }
    }

    package func due(_ network: String, limit: Int) async throws -> [DueFileEntry] {
        try await thread.run { connection in
            let call = Call(Self.dueEntries, [Parameter(network), Parameter(Int64(limit))])
            return try connection.run(call).map { (row) throws(PostgresError) in
                let entry = try FileColumns.read(&row)
                let secret = CardSecret(ciphertext: try row.bytes(), keyID: try row.int16())
                return DueFileEntry(entry: entry, secret: secret, trace: try row.int64(), now: try row.instant())
            }
        }
    }

    package func store(_ entry: FileEntry) async throws -> Bool {
        try await thread.run { try $0.run(Call(Self.update, Self.parameters(of: entry))).count == 1 }
    }

    private static func parameters(of entry: FileEntry) -> [Parameter] {
        var sending = Column(.int2), refused = Column(.int2), trace = Column(.int4), sentAt = Column(.timestamptz)
        var code = Column(.text), answeredAt = Column(.timestamptz)
        if let message = entry.sending {
            sending.append(FileColumns.number(message.listing))
            trace.append(Int32(clamping: message.trace))
            sentAt.append(message.firstSentAt)
        }
        switch entry.refusal {
        case .entry(let listing): refused.append(FileColumns.number(listing))
        case .deletion: refused.append(FileColumns.number(nil))
        case nil: break
        }
        if let answer = entry.lastAnswer {
            code.append(answer.code)
            answeredAt.append(answer.at)
        }
        return [
            Parameter(Int16(entry.card.shard.number)), Parameter(entry.card), Parameter(entry.network),
            Parameter(entry.version), Parameter(FileColumns.number(entry.acknowledged)), Parameter(refused),
            Parameter(sending), Parameter(trace), Parameter(sentAt), Parameter(entry.attempts), Parameter(code),
            Parameter(answeredAt), Parameter(entry.dueAt),
        ]
    }
}

extension PostgresFileStore {
    private static let registration = Statement(
        "register_file_network",
        "INSERT INTO file_networks (name) VALUES ($1) ON CONFLICT (name) DO NOTHING"
    )

    private static let waitingAccount = Statement(
        "account_with_more_cards",
        "SELECT shard, account_id FROM file_expansions ORDER BY shard, account_id LIMIT 1"
    )

    private static let lockAccount = Statement(
        "lock_account_with_more_cards",
        "SELECT id FROM accounts WHERE shard = $1 AND id = $2 FOR NO KEY UPDATE"
    )

    /// Numbers are drawn only for those that are given.
    private static let dueEntries = Statement(
        "due_file_entries",
        """
        SELECT \(FileColumns.list), c.pan_ciphertext, c.pan_key_id, nextval('file_traces'), now()
        FROM (SELECT * FROM file_entries f WHERE f.network = $1 AND f.due_at <= now() AND \(FileColumns.isPending)
            ORDER BY f.due_at LIMIT $2) f
        JOIN cards c ON c.shard = f.shard AND c.id = f.card_id ORDER BY f.due_at
        """
    )

    /// An empty array's first element is null.
    private static let update = Statement(
        "update_file_entry",
        """
        UPDATE file_entries SET acknowledged = $5, refused = ($6::int2[])[1], sending = ($7::int2[])[1],
            trace = ($8::int4[])[1], first_sent_at = ($9::timestamptz[])[1], attempts = $10,
            answer_code = ($11::text[])[1], answered_at = ($12::timestamptz[])[1], due_at = $13, version = version + 1
        WHERE shard = $1 AND card_id = $2 AND network = $3 AND version = $4
        RETURNING 1
        """
    )
}

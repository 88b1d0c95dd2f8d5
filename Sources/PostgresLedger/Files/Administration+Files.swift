import AuthorizationCore
import AuthorizationEngine

/// What networks know of hot cards, for operators.
extension Administration {
    /// One card as we and a network know it.
    package struct CardInFile: Sendable {
        package var card: CardID
        package var status: CardStatus
        /// What the file is to say.
        package var wanted: FileListing?
        package var network: String
        /// Nil when the network was never to be told of the card.
        package var entry: FileEntry?

        package var standing: Standing {
            guard let entry else { return wanted == nil ? .right : .unknown }
            guard entry.wanted == wanted else { return .unknown }
            switch entry.state {
            case .acknowledged: return .right
            case .pending: return .pending
            case .refused: return .refused
            }
        }
    }

    /// How a network's file stands to a card.
    package enum Standing: String, Sendable {
        /// The network has acknowledged what the card's status asks for.
        case right
        /// It is being told.
        case pending
        case refused
        /// It is not to be told, and would have to be.
        case unknown
    }

    /// A page of cards times networks.
    package struct FilePage: Sendable {
        package var cards: [CardInFile]
        /// The last card of the page; nil when there are no more.
        package var last: CardID?
    }

    /// Networks that take file updates.
    package func fileNetworks() throws(PostgresError) -> [String] {
        let statement = Statement("file_networks", "SELECT name FROM file_networks ORDER BY name")
        return try connection.run(Call(statement)).map { (row) throws(PostgresError) in try row.text() }
    }

    /// Entries of a network, in the order of their cards.
    package func fileEntries(
        of network: String,
        after last: CardID?,
        limit: Int64
    ) throws(PostgresError) -> [FileEntry] {
        let statement = Statement(
            "file_entries",
            """
            SELECT \(FileColumns.list) FROM file_entries f
            WHERE f.network = $1 AND (f.shard, f.card_id) > ($2, $3) ORDER BY f.shard, f.card_id LIMIT $4
            """
        )
        let parameters = [Parameter(network)] + Self.key(after: last) + [Parameter(limit)]
        return try connection.run(Call(statement, parameters)).map(FileColumns.read)
    }

    /// So many of our cards, with what the network knows of each.
    package func cardsInFile(
        of network: String,
        after last: CardID?,
        limit: Int64
    ) throws(PostgresError) -> FilePage {
        let statement = Statement(
            "cards_in_file",
            """
            SELECT c.id, c.status, \(FileColumns.wanted), f.card_id IS NOT NULL, \(FileColumns.list)
            FROM (SELECT shard, id, account_id, status, status_reason FROM cards WHERE (shard, id) > ($2, $3)
                ORDER BY shard, id LIMIT $4) c
            JOIN accounts a ON a.shard = c.shard AND a.id = c.account_id
            LEFT JOIN file_entries f ON f.shard = c.shard AND f.card_id = c.id AND f.network = $1
            ORDER BY c.shard, c.id
            """
        )
        let parameters = [Parameter(network)] + Self.key(after: last) + [Parameter(limit)]
        let cards = try connection.run(Call(statement, parameters)).map { (row) throws(PostgresError) in
            CardInFile(
                card: try row.identifier(),
                status: try row.listed(),
                wanted: try FileColumns.listing(&row),
                network: network,
                entry: try row.bool() ? try FileColumns.read(&row) : nil
            )
        }
        return FilePage(cards: cards, last: Int64(cards.count) == limit ? cards.last?.card : nil)
    }

    /// Has the network told again, or for the first time, what its file is to say of a card. A message that is under way
    /// is let be: what comes of it is not known yet, and the next one follows from it.
    ///
    /// The account is locked first, by a statement of its own: a change of its status or the card's that is being written
    /// comes first, and is then seen, or comes after.
    package func repairFile(of network: String, _ card: CardID, by author: Operator?) throws(PostgresError) {
        let lock = Statement(
            "lock_account_of_card",
            """
            SELECT a.id FROM cards c JOIN accounts a ON a.shard = c.shard AND a.id = c.account_id
            WHERE c.shard = $1 AND c.id = $2 FOR NO KEY UPDATE OF a
            """
        )
        let statement = Statement(
            "repair_file_entry",
            """
            INSERT INTO file_entries AS f (shard, card_id, network, wanted)
            SELECT c.shard, c.id, $3, \(FileColumns.wanted)
            FROM cards c JOIN accounts a ON a.shard = c.shard AND a.id = c.account_id
            WHERE c.shard = $1 AND c.id = $2
            ON CONFLICT (shard, card_id, network) DO UPDATE SET wanted = excluded.wanted,
                wanted_at = CASE WHEN f.wanted = excluded.wanted THEN f.wanted_at ELSE now() END,
                refused = CASE WHEN f.sending IS NULL THEN NULL ELSE f.refused END,
                due_at = CASE WHEN f.sending IS NULL THEN now() ELSE f.due_at END,
                version = CASE WHEN f.sending IS NULL THEN f.version + 1 ELSE f.version END
            """
        )
        let key = [Parameter(Int16(card.shard.number)), Parameter(card)]
        _ = try connection.run([
            Call(lock, key), Call(statement, key + [Parameter(network)]),
            Self.record(.repairFile, "\(card)", "network \(network)", by: author),
        ])
    }

    /// From now on, changes of cards are not kept for the network. What it was told stays, in case it takes updates
    /// again.
    ///
    /// - Throws: SQLSTATE AV001 when it takes none.
    package func retireFile(of network: String, by author: Operator?) throws(PostgresError) {
        let statement = Statement(
            "retire_file_network",
            """
            WITH done AS (DELETE FROM file_networks WHERE name = $1 RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        _ = try connection.run([
            Call(statement, [Parameter(network)]), Self.record(.retireFile, "network \(network)", "", by: author),
        ])
    }

    /// Where a page begins: shard and card.
    private static func key(after last: CardID?) -> [Parameter] {
        let last = last ?? CardID(high: 0, low: 0)
        return [Parameter(Int16(last.shard.number)), Parameter(last)]
    }
}

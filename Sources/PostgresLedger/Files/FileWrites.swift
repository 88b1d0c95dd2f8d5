/// What lanes write of networks' files, with the change of a card or an account and in its transaction.
enum FileWrites {
    /// Of cards whose status has changed.
    static let ofCards = entries("upsert_file_entries", "c.shard = n.shard AND c.id = n.id")

    /// Of all cards of accounts whose status has changed: one statement, however many there are.
    static let ofAccounts = entries("upsert_file_entries_of_accounts", "c.shard = n.shard AND c.account_id = n.id")

    /// After both statuses are written. Only cards that are in files, and those that were, have entries. A message that is
    /// under way keeps its time.
    private static func entries(_ name: String, _ isNamed: String) -> Statement {
        Statement(
            name,
            """
            INSERT INTO file_entries AS f (shard, card_id, network, wanted)
            SELECT s.shard, s.id, w.name, s.wanted
            FROM (SELECT c.shard, c.id, \(FileColumns.wanted) AS wanted
                FROM unnest($1::int2[], $2::uuid[]) AS n(shard, id) JOIN cards c ON \(isNamed)
                JOIN accounts a ON a.shard = c.shard AND a.id = c.account_id) s
            CROSS JOIN file_networks w
            WHERE s.wanted > 0 OR EXISTS (SELECT FROM file_entries e
                WHERE e.shard = s.shard AND e.card_id = s.id AND e.network = w.name)
            ON CONFLICT (shard, card_id, network) DO UPDATE SET wanted = excluded.wanted, wanted_at = now(),
                due_at = CASE WHEN f.sending IS NULL THEN now() ELSE f.due_at END
            WHERE f.wanted <> excluded.wanted
            """
        )
    }
}

import AuthorizationCore

/// What is written of networks' files: by lanes, with the change of a card or an account and in its transaction, and of
/// accounts with many cards page by page behind it.
enum FileWrites {
    /// Cards of one account that one statement looks at. Whoever changes the account's status waits for them, and a page
    /// takes some 20 ms.
    static let pageLength = 1_000

    /// Of cards whose status has changed.
    static let ofCards = Statement(
        "upsert_file_entries",
        """
        WITH page AS (SELECT c.shard, c.id, c.account_id, c.status, c.status_reason
            FROM unnest($1::int2[], $2::uuid[]) AS n(shard, id) JOIN cards c ON c.shard = n.shard AND c.id = n.id)
        \(entries(but: "false"))
        """
    )

    /// Of the first cards of accounts whose status has changed. The others wait for ``ofNextCards``.
    static let ofAccounts = Statement(
        "upsert_file_entries_of_accounts",
        """
        WITH page AS (SELECT c.* FROM unnest($1::int2[], $2::uuid[]) AS n(shard, id)
            CROSS JOIN LATERAL (\(cards("n.id"))) c),
        waiting AS (INSERT INTO file_expansions AS x (shard, account_id, after_card)
            SELECT shard, account_id, \(last) FROM page WHERE EXISTS (SELECT FROM file_networks)
            GROUP BY shard, account_id HAVING count(*) = \(pageLength)
            ON CONFLICT (shard, account_id) DO UPDATE SET after_card = excluded.after_card)
        \(entries(but: isForgotten))
        """
    )

    /// Of the next cards of an account that has more. Its lock is to be held: a change of its status begins anew.
    static let ofNextCards = Statement(
        "upsert_file_entries_of_next_cards",
        """
        WITH page AS (SELECT c.* FROM file_expansions n
            CROSS JOIN LATERAL (\(cards("n.account_id", after: "n.after_card"))) c
            WHERE n.shard = $1 AND n.account_id = $2),
        moved AS (UPDATE file_expansions x SET after_card = (SELECT \(last) FROM page)
            WHERE x.shard = $1 AND x.account_id = $2 AND (SELECT count(*) FROM page) = \(pageLength)),
        done AS (DELETE FROM file_expansions x
            WHERE x.shard = $1 AND x.account_id = $2 AND (SELECT count(*) FROM page) < \(pageLength))
        \(entries(but: isForgotten))
        """
    )

    private static let last = "(array_agg(id ORDER BY id DESC))[1]"

    /// A card that is closed and in no file, whatever becomes of its account.
    private static let isForgotten = "s.status = \(CardStatus.closed.rawValue) AND e.card_id IS NULL"

    private static func cards(_ account: String, after card: String? = nil) -> String {
        """
        SELECT c.shard, c.id, c.account_id, c.status, c.status_reason FROM cards c
            WHERE c.shard = n.shard AND c.account_id = \(account)
            \(card.map { "AND c.id > \($0)" } ?? "") ORDER BY c.id LIMIT \(pageLength)
        """
    }

    /// Of the page's cards, after both statuses are written. Only cards that are in files, and those that were, have
    /// entries. A message that is under way keeps its time.
    private static func entries(but isLeftOut: String) -> String {
        """
        INSERT INTO file_entries AS f (shard, card_id, network, wanted)
        SELECT s.shard, s.id, w.name, s.wanted
        FROM (SELECT c.shard, c.id, c.status, \(FileColumns.wanted) AS wanted
            FROM page c JOIN accounts a ON a.shard = c.shard AND a.id = c.account_id) s
        CROSS JOIN file_networks w
        LEFT JOIN file_entries e ON e.shard = s.shard AND e.card_id = s.id AND e.network = w.name
        WHERE s.wanted <> coalesce(e.wanted, 0) AND NOT (\(isLeftOut))
        ON CONFLICT (shard, card_id, network) DO UPDATE SET wanted = excluded.wanted, wanted_at = now(),
            due_at = CASE WHEN f.sending IS NULL THEN now() ELSE f.due_at END
        """
    }
}

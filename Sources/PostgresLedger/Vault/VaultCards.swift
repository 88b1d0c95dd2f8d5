/// How a rotation finds and changes the cards.
enum VaultCards {
    /// Under the index key that is about to become active.
    static let withoutIndex = selection("without_index", "other_pan_index IS NULL AND index_key_id <> $1")
    static let sealed = selection("sealed", "pan_key_id = $1")
    static let withTwoIndexes = selection("with_two_indexes", "other_pan_index IS NOT NULL AND $1::int2 > 0")

    /// The next cards in the order of their keys, each with whether it meets a condition, and how many do: where hardly any
    /// do any more, a statement for those alone would go through all the others.
    private static func selection(_ name: String, _ condition: String) -> (window: Statement, count: Statement) {
        (
            Statement(
                "cards_\(name)",
                """
                SELECT id, account_id, pan_ciphertext, pan_key_id, \(condition) FROM cards
                WHERE (shard, id) > ($2, $3) ORDER BY shard, id LIMIT $4
                """
            ),
            Statement("count_cards_\(name)", "SELECT count(*) FROM cards WHERE \(condition)")
        )
    }

    /// Accounts in use are left out.
    static let lock = Statement(
        "lock_card_accounts",
        """
        SELECT id FROM accounts
        WHERE (shard, id) IN (SELECT * FROM unnest($1::int2[], $2::uuid[])) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
        """
    )

    /// The directory gets the entry that the card has under its own index key.
    ///
    /// - Throws: SQLSTATE AV001 when a card has none.
    static let addIndexes = Statement(
        "add_card_indexes",
        """
        WITH done AS (UPDATE cards c SET other_pan_index = n.index
            FROM unnest($1::int2[], $2::uuid[], $3::bytea[]) AS n(shard, id, index)
            WHERE c.shard = n.shard AND c.id = n.id AND c.other_pan_index IS NULL AND c.index_key_id <> $4::int2
            RETURNING c.pan_index AS known, n.index),
        entered AS (INSERT INTO pan_directory (pan_index, shard, account_id, card_id, tenant_id, version, key_id)
            SELECT done.index, d.shard, d.account_id, d.card_id, d.tenant_id, d.version, $4::int2
            FROM done JOIN pan_directory d ON d.pan_index = done.known RETURNING 1)
        SELECT count(*), expect_rows((SELECT count(*) FROM entered), count(*)) FROM done
        """
    )

    /// Values are the new key's id in two bytes, and the ciphertext.
    static let reseal = Statement(
        "reseal_cards",
        """
        WITH done AS (UPDATE cards c SET pan_ciphertext = substr(n.value, 3),
            pan_key_id = get_byte(n.value, 0) * 256 + get_byte(n.value, 1)
            FROM unnest($1::int2[], $2::uuid[], $3::bytea[]) AS n(shard, id, value)
            WHERE c.shard = n.shard AND c.id = n.id AND c.pan_key_id = $4 RETURNING 1)
        SELECT count(*) FROM done
        """
    )

    static let dropIndexes = Statement(
        "drop_card_indexes",
        """
        WITH done AS (UPDATE cards c SET other_pan_index = NULL,
            pan_index = CASE WHEN c.index_key_id = $4 THEN c.other_pan_index ELSE c.pan_index END,
            index_key_id = (SELECT id FROM vault_keys WHERE purpose = 2 AND state = 2)
            FROM cards o JOIN unnest($1::int2[], $2::uuid[], $3::bytea[]) AS n(shard, id, value)
                ON o.shard = n.shard AND o.id = n.id
            WHERE c.shard = o.shard AND c.id = o.id AND c.other_pan_index IS NOT NULL
            RETURNING CASE WHEN o.index_key_id = $4 THEN o.pan_index ELSE o.other_pan_index END AS index),
        gone AS (DELETE FROM pan_directory d USING done WHERE d.pan_index = done.index AND d.key_id = $4)
        SELECT count(*) FROM done
        """
    )

    static let usesDataKey = Statement(
        "uses_data_key",
        """
        SELECT EXISTS (SELECT FROM cards WHERE pan_key_id = $1)
            OR EXISTS (SELECT FROM webhook_secrets WHERE key_id = $1)
            OR EXISTS (SELECT FROM cardholders WHERE name_key_id = $1)
        """
    )

    static let usesIndexKey = Statement(
        "uses_index_key",
        """
        SELECT EXISTS (SELECT FROM cards WHERE index_key_id = $1 OR other_pan_index IS NOT NULL)
            OR EXISTS (SELECT FROM pan_directory WHERE key_id = $1)
        """
    )
}

/// The hot path's reads. Each joins the batch's keys, sent as arrays, to a primary key.
enum LaneReads {
    static let begin = Statement("begin", "BEGIN ISOLATION LEVEL READ COMMITTED")
    static let commit = Statement("commit", "COMMIT")
    static let rollback = Statement("rollback", "ROLLBACK")

    /// Only locks. Every other read is a later statement, so that its snapshot is newer than the last lock granted:
    /// after a wait, rows joined here would be stale.
    static let lockFree = Statement(
        "lock_free",
        """
        SELECT a.id FROM (SELECT \(elements("int2 uuid"))) AS k(shard, id)
        JOIN accounts a ON a.shard = k.shard AND a.id = k.id
        ORDER BY a.id FOR NO KEY UPDATE OF a SKIP LOCKED
        """
    )

    static let lockWaiting = Statement(
        "lock_waiting",
        """
        SELECT a.id FROM (SELECT \(elements("int2 uuid"))) AS k(shard, id)
        JOIN accounts a ON a.shard = k.shard AND a.id = k.id
        ORDER BY a.id FOR NO KEY UPDATE OF a
        """
    )

    static let accounts = Statement(
        "accounts",
        """
        SELECT \(AccountColumns.list), p.version
        FROM (SELECT \(elements("int2 uuid"))) AS k(shard, id)
        JOIN accounts a ON a.shard = k.shard AND a.id = k.id
        JOIN programs p ON p.id = a.program_id
        """
    )

    static let balances = Statement(
        "balances",
        """
        SELECT b.account_id, b.currency, b.kind, b.posted, b.pending_debits, b.pending_credits, b.credit_limit,
            b.legal_holds, b.version
        FROM (SELECT \(elements("int2 uuid"))) AS k(shard, id)
        JOIN balances b ON b.shard = k.shard AND b.account_id = k.id
        """
    )

    static let programVersion = Statement(
        "program_version",
        "SELECT content FROM program_versions WHERE program_id = $1 AND version = $2"
    )

    static let cards = Statement(
        "cards",
        """
        WITH k(shard, id) AS (SELECT \(elements("int2 uuid")))
        \(cardsOfK)
        """
    )

    /// With the cards in whose place they came, and so on: those tell whose token may pay.
    static let cardsAndReplaced = Statement(
        "cards_and_replaced",
        """
        WITH RECURSIVE k(shard, id) AS (
            SELECT \(elements("int2 uuid"))
            UNION
            SELECT c.shard, c.replaces_card FROM k
            JOIN cards c ON c.shard = k.shard AND c.id = k.id AND c.replaces_card IS NOT NULL
        )
        \(cardsOfK)
        """
    )

    private static let cardsOfK = """
        SELECT \(CardColumns.list), c.account_id
        FROM k
        JOIN cards c ON c.shard = k.shard AND c.id = k.id
        JOIN card_instances i ON i.shard = c.shard AND i.card_id = c.id
        ORDER BY c.id, i.sequence_number
        """

    static let chipCounters = Statement(
        "chip_counters",
        """
        SELECT c.account_id, \(ChipCounterColumns.list), c.version
        FROM (SELECT \(elements("int2 uuid uuid"))) AS k(shard, account_id, card_id)
        JOIN chip_counters c ON c.shard = k.shard AND c.account_id = k.account_id AND c.card_id = k.card_id
        """
    )

    static let counters = Statement(
        "counters",
        """
        SELECT c.account_id, c.card_id, c.currency, c.day_start, c.token_index, c.amount, c.count, c.version
        FROM (SELECT \(elements("int2 uuid uuid"))) AS k(shard, account_id, card_id)
        JOIN counters c ON c.shard = k.shard AND c.account_id = k.account_id AND c.card_id = k.card_id
            AND c.day_start >= $4::timestamptz
        """
    )

    /// The counters of the cards whose authorizations are named: of the day that counted them, and today's, which counts
    /// what comes on top also when the message has another card of the account.
    static let countersOfAuthorizations = Statement(
        "counters_of_authorizations",
        """
        SELECT c.account_id, c.card_id, c.currency, c.day_start, c.token_index, c.amount, c.count, c.version
        FROM (SELECT \(elements("int2 uuid"))) AS k(shard, id)
        JOIN authorizations a ON a.shard = k.shard AND a.id = k.id
        \(countersOfDays(since: "$3"))
        """
    )

    /// Of the day that counted an authorization, and of the days since another. Two arms, so that in each the index
    /// answers for the day, and not every day that the card was used on is fetched.
    private static func countersOfDays(since day: String) -> String {
        let ofCard = "d.shard = a.shard AND d.account_id = a.account_id AND d.card_id = a.card_id"
        return """
            CROSS JOIN LATERAL (
                SELECT d.* FROM counters d WHERE \(ofCard) AND d.day_start = a.counted_on
                UNION ALL
                SELECT d.* FROM counters d WHERE \(ofCard) AND d.day_start >= \(day)::timestamptz
                    AND d.day_start <> a.counted_on
            ) AS c
            """
    }

    static let authorizations = Statement(
        "authorizations",
        """
        SELECT \(AuthorizationColumns.list)
        FROM (SELECT \(elements("int2 uuid"))) AS k(shard, id)
        JOIN authorizations a ON a.shard = k.shard AND a.id = k.id
        """
    )

    private static let keyColumns = """
        n.account_id, n.key, n.fingerprint, n.authorization_id, n.answer, n.version, n.response_code, n.advice_code,
            n.card_code_answer, n.authentication_answer, n.chip_data
        """

    /// Seldom does a long key matter: it is looked for only where its message's short one is known.
    static let keys = Statement(
        "keys",
        """
        WITH known AS (
            SELECT n.*, k.long_key
            FROM (SELECT \(elements("int2 uuid text text"))) AS k(shard, account_id, key, long_key)
            JOIN network_keys n ON n.shard = k.shard AND n.account_id = k.account_id AND n.key = k.key
        )
        SELECT \(keyColumns) FROM known n
        UNION ALL
        SELECT \(keyColumns) FROM known k
        JOIN network_keys n ON n.shard = k.shard AND n.account_id = k.account_id AND n.key = k.long_key
        """
    )

    /// The authorizations that network messages name by their original's key.
    static let authorizationsByKey = Statement(
        "authorizations_by_key",
        """
        SELECT \(AuthorizationColumns.list)
        FROM (SELECT \(elements("int2 uuid text"))) AS k(shard, account_id, key)
        JOIN network_keys n ON n.shard = k.shard AND n.account_id = k.account_id AND n.key = k.key
        JOIN authorizations a ON a.shard = n.shard AND a.id = n.authorization_id
        """
    )

    static let countersByKey = Statement(
        "counters_by_key",
        """
        SELECT c.account_id, c.card_id, c.currency, c.day_start, c.token_index, c.amount, c.count, c.version
        FROM (SELECT \(elements("int2 uuid text"))) AS k(shard, account_id, key)
        JOIN network_keys n ON n.shard = k.shard AND n.account_id = k.account_id AND n.key = k.key
        JOIN authorizations a ON a.shard = n.shard AND a.id = n.authorization_id
        \(countersOfDays(since: "$4"))
        """
    )

    static let clientKeys = Statement(
        "client_keys",
        """
        SELECT c.tenant_id, c.key, c.fingerprint, c.event_id, c.decided_at, c.decision
        FROM (SELECT \(elements("uuid text"))) AS k(tenant_id, key)
        JOIN client_keys c ON c.tenant_id = k.tenant_id AND c.key = k.key
        """
    )

    static let openExceptions = Statement(
        "open_exceptions",
        """
        SELECT e.id, e.account_id, e.proposed_by, e.proposed_account, e.proposed_amount, e.proposed_currency,
            e.proposed_direction
        FROM (SELECT \(elements("uuid"))) AS k(id) JOIN exceptions e ON e.id = k.id WHERE e.settled_at IS NULL
        """
    )

    /// After an unknown outcome. Scalar bounds keep the plan to the partitions of the batch's days.
    static let journaled = Statement(
        "journaled",
        """
        SELECT id, decided_at, decision, response_code, advice_code, card_code_answer, authentication_answer,
            chip_data
        FROM journal
        WHERE id = ANY($1::uuid[]) AND id >= $2 AND id <= $3
        UNION ALL
        SELECT id, decided_at, decision, response_code, advice_code, card_code_answer, authentication_answer,
            NULL::bytea
        FROM unrouted_journal
        WHERE id = ANY($1::uuid[]) AND id >= $2 AND id <= $3
        """
    )

    /// Whether another session of this role, by its process, is in a transaction.
    static let isInTransaction = Statement(
        "is_in_transaction",
        """
        SELECT EXISTS (SELECT FROM pg_stat_activity
            WHERE pid = $1::int8 AND pid <> pg_backend_pid() AND xact_start IS NOT NULL)
        """
    )

    static let all =
        [
            begin, commit, rollback, lockFree, lockWaiting, accounts, balances, programVersion, cards,
            cardsAndReplaced, chipCounters, counters, countersOfAuthorizations, authorizations, keys,
            authorizationsByKey, countersByKey, clientKeys, openExceptions, journaled, PINStatements.read,
            AccountTransferRows.named, LegalHoldRows.named, TokenRows.named,
        ] + LimitStatements.reads
}

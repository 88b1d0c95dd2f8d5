/// The verification's reads: ranges of shard and account, on the indexes that begin with them. The first column is
/// the account, so that a row whose rest cannot be read is still named.
enum VerifierReads {
    static let begin = Statement("begin_snapshot", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    static let commit = Statement("commit", "COMMIT")

    private static func within(_ columns: String) -> String {
        "(\(columns)) > ($1::int2, $2::uuid) AND (\(columns)) <= ($3::int2, $4::uuid)"
    }

    static let countAccounts = Statement("count_accounts", "SELECT count(*) FROM accounts")

    /// The next accounts with their numbers of journal rows, from which a chunk is made.
    static let nextAccounts = Statement(
        "next_accounts",
        "SELECT shard, id, seq FROM accounts WHERE (shard, id) > ($1::int2, $2::uuid) ORDER BY shard, id LIMIT $3::int8"
    )

    static let accounts = Statement(
        "verify_accounts",
        """
        SELECT \(AccountColumns.list), a.shard FROM accounts a WHERE \(within("a.shard, a.id"))
        """
    )

    static let balances = Statement(
        "verify_balances",
        """
        SELECT account_id, currency, kind, posted, pending_debits, pending_credits, credit_limit, legal_holds, version
        FROM balances WHERE \(within("shard, account_id"))
        """
    )

    static let cards = Statement(
        "verify_cards",
        """
        SELECT c.account_id, \(CardColumns.list), d.card_id, d.account_id, d.tenant_id
        FROM cards c JOIN card_instances i ON i.shard = c.shard AND i.card_id = c.id
        LEFT JOIN pan_directory d ON d.pan_index = c.pan_index
        WHERE \(within("c.shard, c.account_id")) ORDER BY c.id, i.sequence_number
        """
    )

    static let authorizations = Statement(
        "verify_authorizations",
        "SELECT \(AuthorizationColumns.list) FROM authorizations a WHERE \(within("a.shard, a.account_id"))"
    )

    static let counters = Statement(
        "verify_counters",
        """
        SELECT account_id, card_id, currency, day_start, token_index, amount, count FROM counters
        WHERE \(within("shard, account_id"))
        """
    )

    static let chipCounters = Statement(
        "verify_chip_counters",
        """
        SELECT c.account_id, \(ChipCounterColumns.list) FROM chip_counters c
        WHERE \(within("c.shard, c.account_id"))
        """
    )

    static let contactless = Statement(
        "verify_contactless",
        """
        SELECT c.account_id, \(ContactlessColumns.list) FROM contactless_counters c
        WHERE \(within("c.shard, c.account_id"))
        """
    )

    static let failures = Statement(
        "verify_failures",
        """
        SELECT f.account_id, \(FailureColumns.list) FROM failure_counters f
        WHERE \(within("f.shard, f.account_id"))
        """
    )

    static let keys = Statement(
        "verify_keys",
        """
        SELECT account_id, key, fingerprint, authorization_id, answer FROM network_keys
        WHERE \(within("shard, account_id"))
        """
    )

    static let pins = Statement(
        "verify_pins",
        """
        SELECT p.account_id, p.card_id, \(PINColumns.state) FROM card_pins p
        WHERE \(within("p.shard, p.account_id"))
        """
    )

    /// From behind one journal row to another: the transfers of one page of the journal.
    static let transfers = Statement(
        "verify_transfers",
        """
        SELECT account_id, id, seq, event_id, debit_account, credit_account, layer, currency, balance_kind, amount,
            line, authorization_id, created_at, business_date, value_date
        FROM transfers
        WHERE (shard, account_id, seq) > ($1::int2, $2::uuid, $3::int8)
            AND (shard, account_id, seq) <= ($4::int2, $5::uuid, $6::int8)
        ORDER BY shard, account_id, seq, id
        """
    )

    static let exceptions = Statement(
        "verify_exceptions",
        "SELECT id, account_id, reason FROM exceptions WHERE id = ANY($1::uuid[])"
    )

    /// What became of the exceptions that journal rows settle.
    static let settlements = Statement(
        "verify_settlements",
        """
        SELECT id, settlement, settled_event, command, proposed_by, proposed_account, proposed_amount,
            proposed_currency, proposed_direction
        FROM exceptions WHERE id = ANY($1::uuid[])
        """
    )

    /// Settled exceptions, and whether there is a journal row that settles them (kinds 11 and 12), of the account and by
    /// the operator that they name.
    static let unfoundedSettlements = Statement(
        "verify_unfounded_settlements",
        """
        SELECT e.id, e.settled_event, j.id IS NOT NULL
        FROM (SELECT * FROM exceptions WHERE id > $1::uuid AND settlement IS NOT NULL ORDER BY id LIMIT $2::int8) e
        LEFT JOIN journal j ON j.id = e.settled_event AND j.kind = 10 + e.settlement
            AND j.account_id = e.settled_account AND j.actor_id = e.settled_by
        ORDER BY e.id
        """
    )

    /// Both sides of each checkpoint as text: sums may be wider than 64 bits.
    static let checkpoints = Statement(
        "verify_checkpoints",
        """
        WITH folded AS (
            SELECT m.shard, m.account_id, m.layer, m.currency, sum(m.debit) AS debits, sum(m.credit) AS credits,
                count(*) AS transfers
            FROM internal_movements m, internal_checkpoint_watermark w
            WHERE m.shard BETWEEN $1::int2 AND $2::int2 AND m.xid < w.below
            GROUP BY m.shard, m.account_id, m.layer, m.currency
        ), stored AS (
            SELECT * FROM internal_checkpoints WHERE shard BETWEEN $1::int2 AND $2::int2
        )
        SELECT account_id, layer, currency,
            format('debits %s, credits %s, transfers %s', f.debits, f.credits, f.transfers),
            format('debits %s, credits %s, transfers %s', s.debits, s.credits, s.transfers)
        FROM folded f FULL JOIN stored s USING (shard, account_id, layer, currency)
        ORDER BY shard, account_id, layer, currency
        """
    )

    /// A client's key of a decision and whether its journal row is there and says the same.
    static let clientKeys = Statement(
        "verify_client_keys",
        """
        SELECT c.tenant_id, c.key, c.event_id, j.id IS NOT NULL,
            coalesce(j.decision = c.decision AND j.decided_at = c.decided_at, false)
        FROM client_keys c LEFT JOIN journal j ON j.id = c.event_id
        WHERE (c.tenant_id, c.key) > ($1::uuid, $2::text) AND c.event_id IS NOT NULL
        ORDER BY c.tenant_id, c.key LIMIT $3::int8
        """
    )
}

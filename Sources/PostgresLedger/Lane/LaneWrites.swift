import AuthorizationCore
import CardCryptography

/// The hot path's writes: each row once, as absolute values; changes of rows are guarded by what was read.
enum LaneWrites {
    /// Wraps an UPDATE so that it ends the transaction unless it met as many rows as it names.
    static func guarded(_ name: String, _ update: String, rows: Int) -> Statement {
        Statement(
            name,
            "WITH done AS (\(update) RETURNING 1) SELECT expect_rows((SELECT count(*) FROM done), $\(rows)::int8)"
        )
    }

    static let journal = Statement(
        "insert_journal",
        """
        INSERT INTO journal (shard, account_id, seq, id, authorization_id, kind, command, decision, decided_at,
            day_start, business_date, seed, program_version, state_hash, actor_id, response_code, advice_code,
            card_code_answer, authentication_answer, chip_data, format, boot_id, lane, batch)
        SELECT \(elements("int2 uuid int8 uuid uuid int2 bytea bytea timestamptz timestamptz date int8 int4 bytea uuid"
            + " text text text text bytea")), 1, $21, $22, $23
        """
    )

    static let unrouted = Statement(
        "insert_unrouted",
        """
        INSERT INTO unrouted_journal (id, kind, command, decision, decided_at, seed, response_code, advice_code,
            card_code_answer, authentication_answer, format, boot_id, lane, batch)
        SELECT \(elements("uuid int2 bytea bytea timestamptz int8 text text text text")), 1, $11, $12, $13
        """
    )

    static let transfers = Statement(
        "insert_transfers",
        """
        INSERT INTO transfers (shard, id, debit_account, credit_account, layer, currency, balance_kind, amount, line,
            authorization_id, account_id, seq, event_id, created_at, business_date, value_date)
        SELECT \(elements("int2 uuid uuid uuid int2 int2 int2 int8 int2 uuid uuid int8 uuid timestamptz date date"))
        """
    )

    static let openAccounts = Statement(
        "insert_accounts",
        """
        INSERT INTO accounts (shard, id, tenant_id, program_id, status, seq, decided_at, state_hash, opened_at, type,
            charge_exempt, cardholder_id)
        SELECT \(elements("int2 uuid uuid uuid int2 int8 timestamptz bytea timestamptz int2 bool uuid"))
        """
    )

    static let changeAccounts = guarded(
        "update_accounts",
        """
        UPDATE accounts a SET status = n.status, seq = n.seq, decided_at = n.decided_at, state_hash = n.state_hash
        FROM (SELECT \(elements("int2 uuid int2 int8 timestamptz bytea int8")))
            AS n(shard, id, status, seq, decided_at, state_hash, stored)
        WHERE a.shard = n.shard AND a.id = n.id AND a.seq = n.stored
        """,
        rows: 8
    )

    static let newBalances = Statement(
        "insert_balances",
        """
        INSERT INTO balances (shard, account_id, currency, kind, posted, pending_debits, pending_credits,
            credit_limit, legal_holds, version)
        SELECT \(elements("int2 uuid int2 int2 int8 int8 int8 int8 int8")), 1
        """
    )

    static let changeBalances = guarded(
        "update_balances",
        """
        UPDATE balances b SET posted = n.posted, pending_debits = n.pending_debits,
            pending_credits = n.pending_credits, credit_limit = n.credit_limit, legal_holds = n.legal_holds,
            version = b.version + 1
        FROM (SELECT \(elements("int2 uuid int2 int2 int8 int8 int8 int8 int8 int8")))
            AS n(shard, account_id, currency, kind, posted, pending_debits, pending_credits, credit_limit, legal_holds,
            stored)
        WHERE b.shard = n.shard AND b.account_id = n.account_id AND b.currency = n.currency AND b.kind = n.kind
            AND b.version = n.stored
        """,
        rows: 11
    )

    static let newCards = Statement(
        "insert_cards",
        """
        INSERT INTO cards (shard, id, account_id, tenant_id, status, last_four, issued_at, pan_index, pan_ciphertext,
            pan_key_id, index_key_id, other_pan_index, form, use_limit, replaces_card, product, cardholder_id,
            uses, version)
        SELECT \(elements("int2 uuid uuid uuid int2 int2 timestamptz bytea bytea int2 int2 bytea int2 int8 uuid text"
            + " uuid int8")), 1
        """
    )

    /// Those that are new, and those that were activated or ended.
    static let instances = Statement(
        "upsert_instances",
        """
        INSERT INTO card_instances (shard, card_id, sequence_number, expiry, valid_until, service_code, active,
            ends_others, key_versions)
        SELECT \(elements("int2 uuid int2 int4 timestamptz int2 bool bool")),
            string_to_array(unnest($9::text[]), ' ')
        ON CONFLICT (shard, card_id, sequence_number) DO UPDATE SET active = excluded.active,
            ends_others = excluded.ends_others
        """
    )

    static let newPANs = Statement(
        "insert_pans",
        """
        INSERT INTO pan_directory (pan_index, shard, account_id, card_id, tenant_id, key_id)
        SELECT \(elements("bytea int2 uuid uuid uuid int2"))
        """
    )

    /// Refuses new cards whose keys are behind the vault's.
    static let admission = Statement(
        "admit_vault_keys",
        """
        SELECT admit_vault_keys($1::int2[], $2::int2[], $3::int2[],
            interval '\(PANVault.lease.wholeMilliseconds) milliseconds')
        """
    )

    static let changeCards = guarded(
        "update_cards",
        """
        UPDATE cards c SET status = n.status, uses = n.uses, replaced_by_card = n.replaced_by,
            status_reason = n.status_reason, version = c.version + 1
        FROM (SELECT \(elements("int2 uuid int2 int8 uuid int2 int8")))
            AS n(shard, id, status, uses, replaced_by, status_reason, stored)
        WHERE c.shard = n.shard AND c.id = n.id AND c.version = n.stored
        """,
        rows: 8
    )

    static let newAuthorizations = Statement(
        "insert_authorizations",
        """
        INSERT INTO authorizations (shard, id, account_id, card_id, status, kind, currency, balance_kind,
            transaction_currency, approved, remaining, billed, held, cleared, posted, counted_on, uncertain,
            created_at, version)
        SELECT \(elements("int2 uuid uuid uuid int2 int2 int2 int2 int2 int8 int8 int8 int8 int8 int8 timestamptz bool"
            + " timestamptz")), 1
        """
    )

    static let changeAuthorizations = guarded(
        "update_authorizations",
        """
        UPDATE authorizations a SET status = n.status, approved = n.approved, remaining = n.remaining,
            billed = n.billed, held = n.held, cleared = n.cleared, posted = n.posted, uncertain = n.uncertain,
            version = a.version + 1
        FROM (SELECT \(elements("int2 uuid int2 int8 int8 int8 int8 int8 int8 bool int8")))
            AS n(shard, id, status, approved, remaining, billed, held, cleared, posted, uncertain, stored)
        WHERE a.shard = n.shard AND a.id = n.id AND a.version = n.stored
        """,
        rows: 12
    )

    /// Those with something that only some have.
    static let newDetailedAuthorizations = Statement(
        "insert_detailed_authorizations",
        """
        INSERT INTO authorizations (shard, id, account_id, card_id, status, kind, currency, balance_kind,
            transaction_currency, approved, remaining, billed, held, cleared, posted, counted_on, uncertain,
            created_at, single_message, advised, fee, held_fee, acceptor, category_code, counted_part,
            instalment_count, cleared_instalments, token_index, contactless_round, contactless_amount, charges,
            version)
        SELECT \(elements("int2 uuid uuid uuid int2 int2 int2 int2 int2 int8 int8 int8 int8 int8 int8 timestamptz bool"
            + " timestamptz bool bool int8 int8 bytea int2 int8 int2 int2 bytea int8 int8 bytea")), 1
        """
    )

    /// Those with something that only some have. An advice may also give a declined one its balance and currency.
    static let changeDetailedAuthorizations = guarded(
        "update_detailed_authorizations",
        """
        UPDATE authorizations a SET status = n.status, currency = n.currency, balance_kind = n.balance_kind,
            transaction_currency = n.transaction_currency, approved = n.approved, remaining = n.remaining,
            billed = n.billed, held = n.held, cleared = n.cleared, posted = n.posted, counted_on = n.counted_on,
            uncertain = n.uncertain, single_message = n.single_message, advised = n.advised, fee = n.fee,
            held_fee = n.held_fee, acceptor = n.acceptor, category_code = n.category_code,
            counted_part = n.counted_part, instalment_count = n.instalment_count,
            cleared_instalments = n.cleared_instalments, token_index = n.token_index,
            contactless_round = n.contactless_round, contactless_amount = n.contactless_amount, charges = n.charges,
            version = a.version + 1
        FROM (SELECT \(elements("int2 uuid int2 int2 int2 int2 int8 int8 int8 int8 int8 int8 timestamptz bool bool bool"
            + " int8 int8 bytea int2 int8 int2 int2 bytea int8 int8 bytea int8")))
            AS n(shard, id, status, currency, balance_kind, transaction_currency, approved, remaining, billed, held,
            cleared, posted, counted_on, uncertain, single_message, advised, fee, held_fee, acceptor, category_code,
            counted_part, instalment_count, cleared_instalments, token_index, contactless_round, contactless_amount,
            charges, stored)
        WHERE a.shard = n.shard AND a.id = n.id AND a.version = n.stored
        """,
        rows: 29
    )

    static let newCounters = Statement(
        "insert_counters",
        """
        INSERT INTO counters (shard, account_id, card_id, currency, day_start, token_index, amount, count, version)
        SELECT \(elements("int2 uuid uuid int2 timestamptz bytea int8 int8")), 1
        """
    )

    static let changeCounters = guarded(
        "update_counters",
        """
        UPDATE counters c SET amount = n.amount, count = n.count, version = c.version + 1
        FROM (SELECT \(elements("int2 uuid uuid int2 timestamptz bytea int8 int8 int8")))
            AS n(shard, account_id, card_id, currency, day_start, token_index, amount, count, stored)
        WHERE c.shard = n.shard AND c.account_id = n.account_id AND c.card_id = n.card_id
            AND c.currency = n.currency AND c.day_start = n.day_start AND c.token_index = n.token_index
            AND c.version = n.stored
        """,
        rows: 10
    )

    static let newChipCounters = Statement(
        "insert_chip_counters",
        """
        INSERT INTO chip_counters (shard, account_id, card_id, token_index, sequence_number, highest, below, version)
        SELECT \(elements("int2 uuid uuid bytea int2 int4 int8")), 1
        """
    )

    static let changeChipCounters = guarded(
        "update_chip_counters",
        """
        UPDATE chip_counters c SET highest = n.highest, below = n.below, version = c.version + 1
        FROM (SELECT \(elements("int2 uuid uuid bytea int2 int4 int8 int8")))
            AS n(shard, account_id, card_id, token_index, sequence_number, highest, below, stored)
        WHERE c.shard = n.shard AND c.account_id = n.account_id AND c.card_id = n.card_id
            AND c.token_index = n.token_index AND c.sequence_number = n.sequence_number AND c.version = n.stored
        """,
        rows: 9
    )

    static let newKeys = Statement(
        "insert_keys",
        """
        INSERT INTO network_keys (shard, account_id, key, fingerprint, authorization_id, answer, response_code,
            advice_code, card_code_answer, authentication_answer, chip_data, version)
        SELECT \(elements("int2 uuid text bytea uuid bytea text text text text bytea")), 1
        """
    )

    static let changeKeys = guarded(
        "update_keys",
        """
        UPDATE network_keys k SET fingerprint = n.fingerprint, authorization_id = n.authorization_id,
            answer = n.answer, response_code = n.response_code, advice_code = n.advice_code,
            card_code_answer = n.card_code_answer, authentication_answer = n.authentication_answer,
            chip_data = n.chip_data, version = k.version + 1
        FROM (SELECT \(elements("int2 uuid text bytea uuid bytea text text text text bytea int8")))
            AS n(shard, account_id, key, fingerprint, authorization_id, answer, response_code, advice_code,
            card_code_answer, authentication_answer, chip_data, stored)
        WHERE k.shard = n.shard AND k.account_id = n.account_id AND k.key = n.key AND k.version = n.stored
        """,
        rows: 13
    )

    static let clientKeys = Statement(
        "insert_client_keys",
        """
        INSERT INTO client_keys (tenant_id, key, fingerprint, event_id, decided_at, decision)
        SELECT \(elements("uuid text bytea uuid timestamptz bytea"))
        """
    )

    static let exceptions = Statement(
        "insert_exceptions",
        """
        INSERT INTO exceptions (id, shard, account_id, authorization_id, reason, command, problem)
        SELECT \(elements("uuid int2 uuid uuid int2 bytea text"))
        ON CONFLICT (id) DO NOTHING
        """
    )

    /// Settles what nobody else has settled meanwhile, a write-off on the terms that were proposed.
    static let settleExceptions = guarded(
        "settle_exceptions",
        """
        UPDATE exceptions e SET settlement = n.settlement, settled_at = n.at, settled_by = n.person,
            settled_account = n.account, settled_event = n.event
        FROM (SELECT \(elements("uuid int2 timestamptz uuid uuid uuid uuid int8 int2")))
            AS n(id, settlement, at, person, account, event, proposed_by, amount, direction)
        WHERE e.id = n.id AND e.settled_at IS NULL AND (n.settlement = 1 OR (e.proposed_by, e.proposed_account,
            e.proposed_amount, e.proposed_direction) = (n.proposed_by, n.account, n.amount, n.direction))
        """,
        rows: 10
    )

    static let answered = Statement(
        "answered",
        """
        INSERT INTO lanes (boot_id, lane, answered_batch, unanswered_since, last_batch_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (boot_id, lane) DO UPDATE SET answered_batch = excluded.answered_batch,
            unanswered_since = excluded.unanswered_since, last_batch_at = excluded.last_batch_at
        """
    )

    static let all =
        [
            journal, unrouted, transfers, openAccounts, changeAccounts, newBalances, changeBalances, newCards,
            instances, newPANs, admission, changeCards, FileWrites.ofCards, FileWrites.ofAccounts,
            newAuthorizations, changeAuthorizations, newDetailedAuthorizations, changeDetailedAuthorizations,
            newCounters, changeCounters, newChipCounters, changeChipCounters, newKeys, changeKeys, clientKeys,
            exceptions, settleExceptions, answered, PINStatements.new, PINStatements.change, LegalHoldRows.new,
            LegalHoldRows.release, AccountTransferRows.new, AccountTransferRows.receive, TokenRows.new,
            TokenRows.change,
        ] + LimitStatements.writes
}

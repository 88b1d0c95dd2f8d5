-- The ledger, the journal and what hangs on accounts.
--
-- Numbers of closed lists are those of the code (AuthorizationCore), amounts are minor units, `shard` is the twelve
-- bits after the version digit of every identifier. No foreign keys between hot tables: `aval ledger verify` proves
-- them. :"serving_role" is the role of AVAL_DATABASE_URL, which may neither change nor delete what is append-only.

-- Tenants, programs and who may do what.

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    -- SHA-256 of the key, which has 256 bits of entropy.
    key_hash bytea NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
    label text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);

CREATE TABLE programs (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    name text NOT NULL,
    version integer NOT NULL
);

-- Versions are immutable: a change adds one and moves programs.version.
CREATE TABLE program_versions (
    program_id uuid NOT NULL REFERENCES programs,
    version integer NOT NULL CHECK (version > 0),
    content bytea NOT NULL,
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    author text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (program_id, version)
);

-- Accounts: the unit of locking, and what is changed only under its lock. Rows are updated in place often, so pages
-- keep room for heap-only updates.

CREATE TABLE accounts (
    shard smallint NOT NULL CHECK (shard BETWEEN 0 AND 4095),
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    program_id uuid NOT NULL,
    status smallint NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    decided_at timestamptz NOT NULL,
    state_hash bytea NOT NULL CHECK (octet_length(state_hash) = 32),
    opened_at timestamptz NOT NULL,
    PRIMARY KEY (shard, id)
) WITH (fillfactor = 70);

CREATE TABLE balances (
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    currency smallint NOT NULL,
    kind smallint NOT NULL,
    posted bigint NOT NULL,
    pending_debits bigint NOT NULL CHECK (pending_debits >= 0),
    pending_credits bigint NOT NULL CHECK (pending_credits >= 0),
    credit_limit bigint NOT NULL,
    legal_holds bigint NOT NULL CHECK (legal_holds >= 0),
    version bigint NOT NULL,
    PRIMARY KEY (shard, account_id, currency, kind)
) WITH (fillfactor = 70);

CREATE TABLE cards (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    status smallint NOT NULL,
    last_four smallint NOT NULL,
    -- HMAC-SHA-256 of the PAN; AES-256-GCM of the PAN with version byte, under the named key.
    pan_index bytea NOT NULL CHECK (octet_length(pan_index) = 32),
    pan_ciphertext bytea NOT NULL,
    pan_key_id smallint NOT NULL,
    issued_at timestamptz NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (shard, id)
) WITH (fillfactor = 80);
CREATE INDEX cards_by_account ON cards (shard, account_id, id);

CREATE TABLE card_instances (
    shard smallint NOT NULL,
    card_id uuid NOT NULL,
    sequence_number smallint NOT NULL CHECK (sequence_number BETWEEN 0 AND 99),
    -- Year × 100 + month.
    expiry integer NOT NULL,
    valid_until timestamptz NOT NULL,
    service_code smallint NOT NULL,
    active boolean NOT NULL,
    -- Of the chip and of PIN and CVV keys; used once cryptograms and PINs are checked.
    highest_atc integer NOT NULL DEFAULT 0,
    pin_tries smallint NOT NULL DEFAULT 0,
    pin_reference bytea,
    cvk_version smallint NOT NULL DEFAULT 0,
    imk_version smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (shard, card_id, sequence_number)
) WITH (fillfactor = 80);

-- Directory: from a PAN to its account. Not on the hot path's locks.
CREATE TABLE pan_directory (
    pan_index bytea PRIMARY KEY CHECK (octet_length(pan_index) = 32),
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    card_id uuid NOT NULL,
    tenant_id uuid NOT NULL
);

CREATE TABLE authorizations (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    card_id uuid NOT NULL,
    status smallint NOT NULL,
    kind smallint NOT NULL,
    -- The balance that holds it; null when nothing is held.
    currency smallint,
    balance_kind smallint,
    transaction_currency smallint NOT NULL,
    approved bigint NOT NULL,
    remaining bigint NOT NULL CHECK (remaining BETWEEN 0 AND approved),
    billed bigint NOT NULL,
    held bigint NOT NULL CHECK (held BETWEEN 0 AND billed),
    cleared bigint NOT NULL,
    posted bigint NOT NULL,
    counted_on timestamptz NOT NULL,
    uncertain boolean NOT NULL,
    created_at timestamptz NOT NULL,
    -- For readers that must miss nothing: rows below the snapshot's xmin are all there.
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    version bigint NOT NULL,
    PRIMARY KEY (shard, id)
) WITH (fillfactor = 70);
CREATE INDEX authorizations_by_visibility ON authorizations (xid, id);
CREATE INDEX authorizations_by_account ON authorizations (shard, account_id, xid, id);

-- Velocity of one card on one day.
CREATE TABLE counters (
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    card_id uuid NOT NULL,
    currency smallint NOT NULL,
    day_start timestamptz NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    count bigint NOT NULL CHECK (count >= 0),
    version bigint NOT NULL,
    PRIMARY KEY (shard, account_id, card_id, currency, day_start)
) WITH (fillfactor = 70);

-- A network's messages, so that repeats are answered alike. Unique within an account.
CREATE TABLE network_keys (
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    authorization_id uuid,
    -- The answer's own elements; null while a reversal waits for this message.
    answer bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL,
    PRIMARY KEY (shard, account_id, key)
) PARTITION BY HASH (shard);
DO $$
BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format(
            'CREATE TABLE network_keys_%s PARTITION OF network_keys FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
            lpad(part::text, 2, '0'), part
        );
    END LOOP;
END $$;

-- Clients' idempotency keys. Unique per tenant, so two accounts can meet in one: inserted in sorted order.
CREATE TABLE client_keys (
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    event_id uuid NOT NULL,
    decided_at timestamptz NOT NULL,
    decision bytea NOT NULL,
    CONSTRAINT client_keys_are_unique PRIMARY KEY (tenant_id, key)
);

-- Append-only, partitioned by the time in their identifier.

CREATE TABLE journal (
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    seq bigint NOT NULL,
    id uuid NOT NULL,
    authorization_id uuid,
    -- Version of the bytes below.
    format smallint NOT NULL,
    kind smallint NOT NULL,
    command bytea NOT NULL,
    decision bytea NOT NULL,
    decided_at timestamptz NOT NULL,
    day_start timestamptz NOT NULL,
    business_date date NOT NULL,
    seed bigint NOT NULL,
    program_version integer NOT NULL,
    state_hash bytea NOT NULL,
    -- The process, its lane and the lane's transaction that decided.
    boot_id uuid NOT NULL,
    lane smallint NOT NULL,
    batch bigint NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (shard, account_id, seq, id)
) PARTITION BY RANGE (id);
CREATE INDEX journal_by_id ON journal (id);
CREATE INDEX journal_by_authorization ON journal (authorization_id) WHERE authorization_id IS NOT NULL;

-- Decisions on requests that belong to no account.
CREATE TABLE unrouted_journal (
    id uuid PRIMARY KEY,
    format smallint NOT NULL,
    kind smallint NOT NULL,
    command bytea NOT NULL,
    decision bytea NOT NULL,
    decided_at timestamptz NOT NULL,
    seed bigint NOT NULL,
    boot_id uuid NOT NULL,
    lane smallint NOT NULL,
    batch bigint NOT NULL
) PARTITION BY RANGE (id);

CREATE TABLE transfers (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    debit_account uuid NOT NULL,
    credit_account uuid NOT NULL,
    -- 1 pending debits, 2 pending credits, 3 posted.
    layer smallint NOT NULL,
    currency smallint NOT NULL,
    balance_kind smallint NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    -- 0 is the principal; charges are numbered from 1.
    line smallint NOT NULL,
    authorization_id uuid,
    -- The journal row that made it.
    account_id uuid NOT NULL,
    seq bigint NOT NULL,
    event_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    business_date date NOT NULL,
    value_date date NOT NULL,
    -- For the checkpoints of internal accounts: rows below a snapshot's xmin are all there.
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (shard, id)
) PARTITION BY RANGE (id);
CREATE INDEX transfers_by_account ON transfers (shard, account_id, seq);
CREATE INDEX transfers_by_transaction ON transfers (xid);

-- What the internal accounts were debited and credited by the transfers of all transactions below the watermark.
-- They have no running balance: their rows would be every payment's bottleneck.
CREATE TABLE internal_checkpoints (
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    layer smallint NOT NULL,
    currency smallint NOT NULL,
    -- Sums of minor units, which may exceed one account's range.
    debits numeric NOT NULL,
    credits numeric NOT NULL,
    transfers bigint NOT NULL,
    PRIMARY KEY (shard, account_id, layer, currency)
) WITH (fillfactor = 70);

-- One row.
CREATE TABLE internal_checkpoint_watermark (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    below xid8 NOT NULL,
    folded_at timestamptz NOT NULL
);
INSERT INTO internal_checkpoint_watermark (below, folded_at) VALUES (pg_current_xact_id(), now());

-- What had to be accepted and could not be applied.
CREATE TABLE exceptions (
    id uuid PRIMARY KEY,
    -- Null when no account is known.
    shard smallint,
    account_id uuid,
    authorization_id uuid,
    -- Null when the ledger would not even take the journal row; then `command` has what came.
    reason smallint,
    command bytea NOT NULL,
    problem text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    settled_by text
);
CREATE INDEX exceptions_open ON exceptions (created_at) WHERE settled_at IS NULL;

-- One row a lane of a running process: the last batch whose answers have all left.
CREATE TABLE lanes (
    boot_id uuid NOT NULL,
    lane smallint NOT NULL,
    answered_batch bigint NOT NULL,
    PRIMARY KEY (boot_id, lane)
) WITH (fillfactor = 50);

-- A write that changed another number of rows than it names ends the transaction.
CREATE FUNCTION expect_rows(actual bigint, expected bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF actual <> expected THEN
        RAISE EXCEPTION 'a guarded write met % of % rows', actual, expected USING ERRCODE = 'AV001';
    END IF;
END $$;

-- The lowest identifier of a day.
CREATE FUNCTION first_identifier(day date) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((day - DATE '1970-01-01')::bigint * 86400000), 12, '0') || '00000000000000000000')::uuid
$$;

-- Makes the daily partitions from yesterday until `days` ahead, those that are missing. Returns how many it made.
CREATE FUNCTION make_partitions(days integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    made integer := 0;
    day date;
    parent text;
    child text;
BEGIN
    FOR day IN SELECT generate_series((now() AT TIME ZONE 'UTC')::date - 1, (now() AT TIME ZONE 'UTC')::date + days,
        '1 day')::date LOOP
        FOREACH parent IN ARRAY ARRAY['journal', 'transfers', 'unrouted_journal'] LOOP
            child := parent || '_' || to_char(day, 'YYYYMMDD');
            IF to_regclass(child) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                    child, parent, first_identifier(day), first_identifier(day + 1));
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

-- Whether an identifier is an internal account's: those have UUID version 8, where customers' have 7.
CREATE FUNCTION is_internal_account(id uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$ SELECT substr(id::text, 15, 1) = '8' $$;

-- Each transfer's sides that are internal accounts, for checkpoints and for their proof.
CREATE VIEW internal_movements AS
    SELECT shard, debit_account AS account_id, layer, currency, amount AS debit, 0::bigint AS credit, xid
    FROM transfers WHERE is_internal_account(debit_account)
    UNION ALL
    SELECT shard, credit_account, layer, currency, 0::bigint, amount, xid
    FROM transfers WHERE is_internal_account(credit_account);

-- Adds the transfers since the last time to the checkpoints, those of at most `transactions` transactions. Returns
-- how many transactions' numbers it went past; 0 means that nothing is left. Two at once: the second waits.
CREATE FUNCTION fold_internal_accounts(transactions bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    old_below xid8;
    new_below xid8;
BEGIN
    SELECT below INTO old_below FROM internal_checkpoint_watermark FOR UPDATE;
    -- Every transaction below has ended, so the next statement's snapshot sees all of its rows.
    new_below := least(pg_snapshot_xmin(pg_current_snapshot()),
        (old_below::text::bigint + transactions)::text::xid8);
    IF new_below <= old_below THEN
        RETURN 0;
    END IF;
    INSERT INTO internal_checkpoints AS c (shard, account_id, layer, currency, debits, credits, transfers)
    SELECT shard, account_id, layer, currency, sum(debit), sum(credit), count(*) FROM internal_movements
    WHERE xid >= old_below AND xid < new_below
    GROUP BY shard, account_id, layer, currency
    ORDER BY shard, account_id, layer, currency
    ON CONFLICT (shard, account_id, layer, currency) DO UPDATE SET debits = c.debits + excluded.debits,
        credits = c.credits + excluded.credits, transfers = c.transfers + excluded.transfers;
    UPDATE internal_checkpoint_watermark SET below = new_below, folded_at = now();
    RETURN new_below::text::bigint - old_below::text::bigint;
END $$;

SELECT make_partitions(14);

GRANT SELECT, INSERT ON tenants, api_keys, programs, program_versions TO :"serving_role";
GRANT UPDATE (version) ON programs TO :"serving_role";
GRANT SELECT, INSERT ON journal, unrouted_journal, transfers, pan_directory TO :"serving_role";
GRANT SELECT, INSERT, UPDATE ON accounts, balances, cards, card_instances, authorizations, counters, network_keys,
    exceptions, lanes TO :"serving_role";
GRANT SELECT, INSERT ON client_keys TO :"serving_role";
GRANT SELECT ON internal_checkpoints, internal_checkpoint_watermark, internal_movements TO :"serving_role";
REVOKE EXECUTE ON FUNCTION make_partitions(integer), fold_internal_accounts(bigint) FROM PUBLIC;

-- Cards that are asked for many at a time, and made behind the request.

CREATE TABLE card_batches (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    -- Who has sent it: an API key's identifier, or an operator's with their name.
    actor_id uuid NOT NULL,
    operator_name text,
    row_count integer NOT NULL CHECK (row_count BETWEEN 1 AND 10000),
    -- How many rows are in each state but the first.
    issued integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    cancelled integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    cancelled_at timestamptz,
    CONSTRAINT batch_ends_with_its_rows CHECK (
        issued >= 0 AND failed >= 0 AND cancelled >= 0 AND issued + failed + cancelled <= row_count
        AND (issued + failed + cancelled = row_count) = (ended_at IS NOT NULL))
);
CREATE INDEX card_batches_by_tenant ON card_batches (tenant_id, id);

CREATE TABLE card_batch_rows (
    batch_id uuid NOT NULL REFERENCES card_batches,
    number integer NOT NULL,
    reference text NOT NULL,
    -- Of account and card, whose identifiers are drawn before they are made.
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    card_id uuid NOT NULL,
    program_id uuid NOT NULL,
    -- How the account is to be opened, as it is journaled. Null where it was there before.
    opening bytea,
    form smallint NOT NULL CHECK (form IN (1, 2)),
    use_limit integer CHECK (use_limit BETWEEN 1 AND 1000000),
    -- Name of the program's product; empty where the program has none.
    product text NOT NULL DEFAULT '',
    -- 1 waiting, 2 issued, 3 failed, 4 cancelled.
    state smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 4),
    -- Until when a process has the row to itself. Null until one has begun it.
    leased_until timestamptz,
    last_four smallint CHECK ((last_four IS NOT NULL) = (state = 2)),
    -- Why it failed; null when the ledger would not store it.
    refusal smallint CHECK (refusal IS NULL OR state = 3),
    PRIMARY KEY (batch_id, number),
    CONSTRAINT cancelled_before_begun CHECK (state <> 4 OR leased_until IS NULL)
);
-- Batches take turns: the first rows of all come before the second ones.
CREATE INDEX card_batch_rows_waiting ON card_batch_rows (number, batch_id) WHERE state = 1;

GRANT SELECT, INSERT ON card_batches, card_batch_rows TO :"serving_role";
GRANT UPDATE (issued, failed, cancelled, started_at, ended_at, cancelled_at) ON card_batches TO :"serving_role";
GRANT UPDATE (state, leased_until, last_four, refusal) ON card_batch_rows TO :"serving_role";

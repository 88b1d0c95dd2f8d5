-- What became of exceptions: applied by one operator, or written off by two.

-- Until now whoever settled one wrote it here, and no journal row was made.
UPDATE exceptions SET settled_by = '' WHERE settled_at IS NOT NULL AND settled_by IS NULL;
ALTER TABLE exceptions RENAME COLUMN settled_by TO settled_by_name;

ALTER TABLE exceptions
    -- 1 applied, 2 written off; null while it is open.
    ADD COLUMN settlement smallint CHECK (settlement IN (1, 2)),
    ADD COLUMN settled_by uuid REFERENCES operators,
    -- The journal row that settled it, and the account, a customer's or an internal one, whose row that is.
    ADD COLUMN settled_account uuid,
    ADD COLUMN settled_event uuid,
    -- What the first of two operators wants it written off with.
    ADD COLUMN proposed_by uuid REFERENCES operators,
    ADD COLUMN proposed_at timestamptz,
    ADD COLUMN proposed_account uuid,
    ADD COLUMN proposed_amount bigint CHECK (proposed_amount >= 0),
    ADD COLUMN proposed_currency smallint,
    -- 1 lost to the network, 2 given back by it.
    ADD COLUMN proposed_direction smallint CHECK (proposed_direction IN (1, 2)),
    ADD COLUMN proposed_reason text,
    ADD CONSTRAINT settlement_is_whole
        CHECK (num_nulls(settled_at, settlement, settled_by, settled_account, settled_event) IN (0, 5)
            OR settled_at IS NOT NULL AND settled_by_name IS NOT NULL),
    ADD CONSTRAINT proposal_is_whole CHECK (num_nulls(proposed_by, proposed_at, proposed_account, proposed_amount,
        proposed_currency, proposed_direction, proposed_reason) IN (0, 7)),
    ADD CONSTRAINT two_operators_write_off
        CHECK (settlement <> 2 OR (proposed_by IS NOT NULL AND proposed_by <> settled_by));

-- What came stays as it came.
REVOKE UPDATE ON exceptions FROM :"serving_role";
GRANT UPDATE (settled_at, settlement, settled_by, settled_account, settled_event, proposed_by, proposed_at,
    proposed_account, proposed_amount, proposed_currency, proposed_direction, proposed_reason)
    ON exceptions TO :"serving_role";

-- For reports on what networks decided: advices (journal kind 10) are few among all rows.
CREATE INDEX journal_advices ON journal (id) WHERE kind = 10;

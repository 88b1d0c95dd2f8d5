-- What limits cards until something sets it back, under their accounts' locks.

-- Contactless payments without a PIN since the last right one, those with tokens included.
CREATE TABLE contactless_counters (
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    card_id uuid NOT NULL,
    currency smallint NOT NULL,
    -- Billing amounts in minor units, and payments.
    amount bigint NOT NULL CHECK (amount >= 0),
    count bigint NOT NULL CHECK (count >= 0),
    -- How often a PIN has set both back.
    round bigint NOT NULL CHECK (round >= 0),
    version bigint NOT NULL,
    PRIMARY KEY (shard, account_id, card_id, currency)
) WITH (fillfactor = 70);

GRANT SELECT, INSERT, UPDATE ON contactless_counters TO :"serving_role";

-- When proofs of a card's number, or of a token in its place, were wrong.
CREATE TABLE failure_counters (
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    card_id uuid NOT NULL,
    -- Keyed index of the token's number; empty for the card itself.
    token_index bytea NOT NULL CHECK (octet_length(token_index) IN (0, 32)),
    -- At most twenty times in the journal's form, the oldest first.
    times bytea NOT NULL CHECK (octet_length(times) <= 201),
    version bigint NOT NULL,
    PRIMARY KEY (shard, account_id, card_id, token_index)
) WITH (fillfactor = 70);

GRANT SELECT, INSERT, UPDATE ON failure_counters TO :"serving_role";

-- What the counter counts of an authorization, and in which round; null where the program counts none.
ALTER TABLE authorizations ADD COLUMN contactless_round bigint, ADD COLUMN contactless_amount bigint;

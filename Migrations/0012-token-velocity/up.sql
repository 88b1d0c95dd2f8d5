-- Velocity of tokens, where a program limits it: counted beside that of their card.

-- Keyed index of the token's number; empty for all payments of the card.
ALTER TABLE counters
    ADD COLUMN token_index bytea NOT NULL DEFAULT '' CHECK (octet_length(token_index) IN (0, 32)),
    DROP CONSTRAINT counters_pkey,
    ADD PRIMARY KEY (shard, account_id, card_id, currency, day_start, token_index);

-- Null where the payment was not made with one, or no program limits it, which is nearly everywhere.
ALTER TABLE authorizations
    ADD COLUMN token_index bytea CHECK (octet_length(token_index) = 32);

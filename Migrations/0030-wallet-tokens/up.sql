-- Tokens of wallets that clients have registered, each with a state of its own.
CREATE TABLE tokens (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    card_id uuid NOT NULL,
    -- Keyed index of the token's number. Like a PAN's in the directory it is one card's, over all shards and for ever.
    token_index bytea NOT NULL UNIQUE CHECK (octet_length(token_index) = 32),
    -- 1 active, 2 suspended, 3 deleted.
    status smallint NOT NULL CHECK (status IN (1, 2, 3)),
    reference text NOT NULL CHECK (char_length(reference) <= 64),
    requestor text NOT NULL CHECK (char_length(requestor) <= 11),
    registered_at timestamptz NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX tokens_by_card ON tokens (shard, account_id, card_id, id);

GRANT SELECT, INSERT ON tokens TO :"serving_role";
GRANT UPDATE (status, version) ON tokens TO :"serving_role";

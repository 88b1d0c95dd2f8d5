-- PINs of cards: how far each may still be tried, and what it is verified with. No PIN and no PIN block is ever stored.

CREATE TABLE card_pins (
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    card_id uuid NOT NULL,
    -- Wrong PINs since the last right one.
    tries smallint NOT NULL CHECK (tries BETWEEN 0 AND 255),
    -- Version of what follows: 1 for the first PIN, one more with each new one.
    reference integer NOT NULL CHECK (reference > 0),
    -- 1 PVV, 2 IBM 3624 offset.
    method smallint NOT NULL CHECK (method IN (1, 2)),
    -- PVKI; offsets have none.
    key_index smallint CHECK (key_index BETWEEN 0 AND 6),
    -- The verification key's id, with which later keys of the program have nothing to do.
    key_name text NOT NULL CHECK (key_name ~ '^[a-z0-9.-]{1,64}$'),
    -- The PVV or offset, encrypted as card numbers are, and bound to card and version. Longer than any in clear.
    ciphertext bytea NOT NULL CHECK (octet_length(ciphertext) BETWEEN 32 AND 64),
    vault_key_id smallint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (shard, account_id, card_id),
    CONSTRAINT index_is_of_pvv CHECK ((method = 1) = (key_index IS NOT NULL))
) WITH (fillfactor = 70);

GRANT SELECT, INSERT, UPDATE ON card_pins TO :"serving_role";

-- What is known of chips under their account's lock, and what they were answered.

-- Which of its counters (ATC, tag 9F36) each chip has used: those of a card, or of the token in its place.
CREATE TABLE chip_counters (
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    card_id uuid NOT NULL,
    -- Keyed index of the token's number; empty for the card itself.
    token_index bytea NOT NULL CHECK (octet_length(token_index) IN (0, 32)),
    sequence_number smallint NOT NULL CHECK (sequence_number BETWEEN 0 AND 99),
    highest integer NOT NULL CHECK (highest BETWEEN 0 AND 65535),
    -- 64 bits, for the counters below the highest: the lowest bit for the next one down.
    below bigint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (shard, account_id, card_id, token_index, sequence_number)
) WITH (fillfactor = 80);
GRANT SELECT, INSERT, UPDATE ON chip_counters TO :"serving_role";

-- Never used: an instance's counter is above.
ALTER TABLE card_instances DROP COLUMN highest_atc;

-- ISO 8583 element 55 of an answer: a repeat gets the same. Null where a chip is told nothing.
ALTER TABLE journal ADD COLUMN chip_data bytea CHECK (octet_length(chip_data) <= 255);
ALTER TABLE network_keys ADD COLUMN chip_data bytea CHECK (octet_length(chip_data) <= 255);

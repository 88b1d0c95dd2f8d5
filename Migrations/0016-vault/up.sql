-- The vault: its keys in the database, wrapped by keys that are files; a second index of each card while the index key is
-- rotated; tokens with which a card's number is revealed once.

CREATE TABLE vault_keys (
    -- 1 data: AES-256-GCM of PANs; 2 index: HMAC-SHA-256 that PANs are found by; 3 content: HMAC-SHA-256 of PANs in what is
    -- compared with later requests; 4 token: HMAC-SHA-256 of reveal tokens; 5 PIN: AES-256-GCM of what they are verified
    -- with.
    purpose smallint NOT NULL CHECK (purpose BETWEEN 1 AND 5),
    id smallint NOT NULL CHECK (id > 0),
    -- 1 announced, 2 active, 3 previous, 4 leaving, 5 retired.
    state smallint NOT NULL CHECK (state BETWEEN 1 AND 5),
    -- The key of the keys directory that wraps it.
    kek_id smallint NOT NULL CHECK (kek_id > 0),
    -- AES-256-GCM, bound to purpose and id. Null once it is retired: then nobody can open what it sealed.
    wrapped bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    state_since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (purpose, id),
    CHECK ((state = 5) = (wrapped IS NULL))
);
CREATE UNIQUE INDEX vault_keys_active ON vault_keys (purpose) WHERE state = 2;

-- What stands in the tables was made with the first keys, which the first start brings from their files.
ALTER TABLE cards ADD COLUMN index_key_id smallint NOT NULL DEFAULT 1;
-- The same PAN under the other index key; null while there is one.
ALTER TABLE cards ADD COLUMN other_pan_index bytea CHECK (octet_length(other_pan_index) = 32);
ALTER TABLE pan_directory ADD COLUMN key_id smallint NOT NULL DEFAULT 1;

-- Who issues cards holds this shared; who is about to go through all cards takes it alone, and then knows that no card is
-- on its way that was admitted before.
CREATE FUNCTION lock_vault_keys(alone boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF alone THEN
        PERFORM pg_advisory_xact_lock(x'6176616C0003'::bigint);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(x'6176616C0003'::bigint);
    END IF;
END $$;

-- Refuses new cards whose keys a process has not heard of within `lease`: without the index by which all will look it up,
-- or under a key that a rotation believes to be gone. Volatile, so that the look follows the lock.
CREATE FUNCTION admit_vault_keys(data_keys smallint[], index_keys smallint[], other_keys smallint[], lease interval)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_vault_keys(false);
    IF EXISTS (SELECT FROM unnest(data_keys, index_keys, other_keys) AS n(data, index, other), vault_keys k
        WHERE k.purpose = 1 AND k.id = n.data AND k.state <> 2
            AND NOT (k.state = 3 AND k.state_since > clock_timestamp() - lease)
        OR k.purpose = 2 AND k.state IN (1, 2, 3) AND k.id IS DISTINCT FROM n.index AND k.id IS DISTINCT FROM n.other
            AND NOT (k.state = 1 AND k.state_since > clock_timestamp() - lease)
        OR k.purpose = 2 AND k.id IN (n.index, n.other)
            AND (k.state = 5 OR k.state = 4 AND k.state_since <= clock_timestamp() - lease)) THEN
        RAISE EXCEPTION 'a new card has other keys than the vault'
            USING ERRCODE = '23514', CONSTRAINT = 'cards_have_the_vaults_keys';
    END IF;
END $$;

-- Permissions to see one card's number once, and the record of who asked and who saw it.
CREATE TABLE reveal_tokens (
    id uuid PRIMARY KEY,
    card_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    -- The API key or the operator that asked for it.
    actor_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL CHECK (expires_at <= created_at + interval '60 seconds'),
    -- When the number was given out, to which address, and to a page of which origin.
    used_at timestamptz,
    used_from text,
    used_origin text
);
CREATE INDEX reveal_tokens_by_card ON reveal_tokens (card_id, created_at);

-- Who saw a number stays as it was recorded.
CREATE FUNCTION refuse_second_use() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.used_at IS NOT NULL THEN
        RAISE EXCEPTION 'the reveal token was used' USING ERRCODE = '23514', CONSTRAINT = 'reveal_tokens_are_used_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reveal_tokens_are_used_once BEFORE UPDATE ON reveal_tokens
    FOR EACH ROW EXECUTE FUNCTION refuse_second_use();

-- The first start adds keys; to change or erase one is the owner's.
GRANT SELECT, INSERT ON vault_keys, reveal_tokens TO :"serving_role";
GRANT UPDATE (used_at, used_from, used_origin) ON reveal_tokens TO :"serving_role";

-- The life cycle of payments: what only some authorizations have. Null where there is nothing, so that a plain payment's
-- row is as small as before.
ALTER TABLE authorizations
    -- Posted at once (ISO 8583 class 02xx).
    ADD COLUMN single_message boolean,
    -- The decision that stands was taken elsewhere.
    ADD COLUMN advised boolean,
    -- Parts of billed and held that are the acquirer's fee.
    ADD COLUMN fee bigint CHECK (fee BETWEEN 0 AND billed),
    ADD COLUMN held_fee bigint CHECK (held_fee BETWEEN 0 AND held),
    -- Where it was approved, kept when increments may follow: bytes, because networks send any.
    ADD COLUMN acceptor bytea,
    ADD COLUMN category_code smallint CHECK (category_code BETWEEN 0 AND 9999),
    ADD CONSTRAINT acceptor_is_whole CHECK ((acceptor IS NULL) = (category_code IS NULL));

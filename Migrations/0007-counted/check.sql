-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'authorizations'::regclass AND NOT attnotnull
        AND attname = 'counted_part') THEN
        RAISE EXCEPTION 'authorizations lack the part that a later day counted';
    END IF;
    IF current_user <> :'serving_role'
        AND NOT has_column_privilege(:'serving_role', 'authorizations', 'counted_part', 'UPDATE')
    THEN
        RAISE EXCEPTION 'the serving role cannot change a counted part';
    END IF;
    BEGIN
        INSERT INTO authorizations (shard, id, account_id, card_id, status, kind, transaction_currency, approved,
            remaining, billed, held, cleared, posted, counted_on, uncertain, created_at, version, counted_part)
        VALUES (0, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 1, 978, 1, 1, 1, 1, 0, 0, now(), false,
            now(), 1, -1);
        RAISE EXCEPTION 'a counted part below 0 is taken';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

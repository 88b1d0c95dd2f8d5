-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_attribute WHERE attrelid = 'authorizations'::regclass AND NOT attnotnull
        AND attname IN ('counted_part', 'instalment_count', 'cleared_instalments')) <> 3 THEN
        RAISE EXCEPTION 'authorizations lack a column of payments in parts';
    END IF;
    IF current_user <> :'serving_role'
        AND NOT has_column_privilege(:'serving_role', 'authorizations', 'counted_part', 'UPDATE')
    THEN
        RAISE EXCEPTION 'the serving role cannot change a counted part';
    END IF;
    BEGIN
        INSERT INTO authorizations (shard, id, account_id, card_id, status, kind, transaction_currency, approved,
            remaining, billed, held, cleared, posted, counted_on, uncertain, created_at, version, instalment_count,
            cleared_instalments)
        VALUES (0, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 1, 978, 1, 1, 1, 1, 0, 0, now(), false,
            now(), 1, 2, 3);
        RAISE EXCEPTION 'more instalments cleared than there are, and taken';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_attribute WHERE attrelid = 'authorizations'::regclass AND NOT attnotnull
        AND attname IN ('single_message', 'advised', 'fee', 'held_fee', 'acceptor', 'category_code')) <> 6 THEN
        RAISE EXCEPTION 'authorizations lack a column of the life cycle';
    END IF;
    IF current_user <> :'serving_role' AND NOT has_column_privilege(:'serving_role', 'authorizations', 'fee', 'UPDATE')
    THEN
        RAISE EXCEPTION 'the serving role cannot change a fee';
    END IF;
    BEGIN
        INSERT INTO authorizations (shard, id, account_id, card_id, status, kind, transaction_currency, approved,
            remaining, billed, held, cleared, posted, counted_on, uncertain, created_at, version, fee)
        VALUES (0, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 1, 978, 1, 1, 1, 1, 0, 0, now(), false,
            now(), 1, 2);
        RAISE EXCEPTION 'a fee above what was billed is taken';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

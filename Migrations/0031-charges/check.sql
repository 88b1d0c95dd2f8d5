-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'accounts'::regclass AND attname = 'charge_exempt'
        AND attnotnull) THEN
        RAISE EXCEPTION 'accounts cannot be exempt of charges';
    END IF;
    IF current_user <> :'serving_role'
        AND NOT has_column_privilege(:'serving_role', 'authorizations', 'charges', 'UPDATE')
    THEN
        RAISE EXCEPTION 'the serving role cannot change charges';
    END IF;
    BEGIN
        INSERT INTO authorizations (shard, id, account_id, card_id, status, kind, transaction_currency, approved,
            remaining, billed, held, cleared, posted, counted_on, uncertain, created_at, version, charges)
        VALUES (0, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 1, 978, 1, 1, 1, 1, 0, 0, now(), false,
            now(), 1, '');
        RAISE EXCEPTION 'charges of nothing are taken';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    account uuid := gen_random_uuid();
BEGIN
    IF EXISTS (SELECT FROM accounts WHERE type IS NOT NULL) THEN
        RAISE EXCEPTION 'an account has got a type that nobody gave it';
    END IF;
    BEGIN
        INSERT INTO accounts (shard, id, tenant_id, program_id, status, seq, decided_at, state_hash, opened_at, type)
        VALUES (0, account, account, account, 1, 1, now(), sha256('state'), now(), 4);
        RAISE EXCEPTION 'an account of no known type';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    holder uuid := gen_random_uuid();
BEGIN
    IF NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = 'accounts_by_program'::regclass AND indisvalid) THEN
        RAISE EXCEPTION 'the accounts of a program are found by no index';
    END IF;
    INSERT INTO cardholders (id, tenant_id, status, created_at) VALUES (holder, holder, 2, now());
    BEGIN
        INSERT INTO accounts (shard, id, tenant_id, program_id, status, seq, decided_at, state_hash, opened_at,
            cardholder_id)
        VALUES (0, holder, holder, holder, 1, 1, now(), sha256(''), now(), holder);
        RAISE EXCEPTION 'an account of a cardholder who is suspended';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
    DELETE FROM cardholders WHERE id = holder;
END $$;

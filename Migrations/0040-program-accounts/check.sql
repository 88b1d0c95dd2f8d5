-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = 'accounts_by_program'::regclass AND indisvalid) THEN
        RAISE EXCEPTION 'the accounts of a program are found by no index';
    END IF;
END $$;

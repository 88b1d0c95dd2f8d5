-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_indexes
        WHERE indexname = 'authorizations_pending' AND indexdef LIKE '%(created_at, id) WHERE (status = 1)') THEN
        RAISE EXCEPTION 'pending authorizations cannot be looked through';
    END IF;
END $$;

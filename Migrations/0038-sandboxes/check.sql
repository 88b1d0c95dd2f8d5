-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF EXISTS (SELECT FROM programs WHERE sandbox) THEN
        RAISE EXCEPTION 'programs of before are no sandboxes';
    END IF;
END $$;

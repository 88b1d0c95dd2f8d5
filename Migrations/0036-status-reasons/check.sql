-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM information_schema.columns
        WHERE table_name = 'cards' AND column_name = 'status_reason' AND is_nullable = 'YES')
    THEN
        RAISE EXCEPTION 'cards of before have no reason';
    END IF;
END $$;

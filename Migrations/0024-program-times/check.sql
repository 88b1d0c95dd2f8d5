-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_index WHERE indexrelid = 'program_versions_by_time'::regclass AND indisvalid
            AND indrelid = 'program_versions'::regclass)
    THEN
        RAISE EXCEPTION 'new versions of programs are not found by their time';
    END IF;
END $$;

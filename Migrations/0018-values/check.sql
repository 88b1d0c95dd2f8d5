-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    lacking text;
BEGIN
    SELECT string_agg(name, ', ') INTO lacking
    FROM unnest(ARRAY['journal', 'unrouted_journal', 'network_keys']) AS parent, LATERAL (
        SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = parent::regclass
    ) AS partition
    WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = name::regclass AND NOT attnotnull
        AND attname = 'authentication_answer');
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION 'partitions without what was said of 3-D Secure: %', lacking;
    END IF;
END $$;

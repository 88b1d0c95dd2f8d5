-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    lacking text;
BEGIN
    SELECT string_agg(name, ', ') INTO lacking
    FROM unnest(ARRAY['journal', 'unrouted_journal', 'network_keys']) AS parent, LATERAL (
        SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = parent::regclass
    ) AS partition
    WHERE (SELECT count(*) FROM pg_attribute WHERE attrelid = name::regclass AND NOT attnotnull
        AND attname IN ('response_code', 'advice_code')) <> 2;
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION 'partitions without the codes sent: %', lacking;
    END IF;
END $$;

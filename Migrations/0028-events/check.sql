-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'journal'::regclass AND NOT EXISTS (
        SELECT FROM pg_indexes WHERE tablename = inhrelid::regclass::text AND indexdef LIKE '%USING btree (xid)')) THEN
        RAISE EXCEPTION 'a partition of the journal has no index of transactions';
    END IF;
END $$;

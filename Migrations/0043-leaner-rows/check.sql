-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    part regclass;
    keys text[];
BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'transfers'::regclass LOOP
        SELECT array_agg(substring(pg_get_indexdef(indexrelid) FROM 'USING .*') ORDER BY indisprimary DESC) INTO keys
        FROM pg_index WHERE indrelid = part;
        IF keys <> ARRAY['USING btree (shard, account_id, seq, id)', 'USING btree (xid)'] THEN
            RAISE EXCEPTION 'the indexes of % are %', part, keys;
        END IF;
    END LOOP;
END $$;

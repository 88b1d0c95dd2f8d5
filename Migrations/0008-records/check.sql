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

    IF (SELECT count(*) FROM pg_inherits WHERE inhparent = 'network_messages'::regclass) < 15 THEN
        RAISE EXCEPTION 'messages have too few daily partitions';
    END IF;
    IF current_user <> :'serving_role' AND (has_table_privilege(:'serving_role', 'network_messages', 'UPDATE')
        OR has_table_privilege(:'serving_role', 'network_messages', 'DELETE')
        OR has_table_privilege(:'serving_role', 'network_messages', 'TRUNCATE')) THEN
        RAISE EXCEPTION 'the serving role may change messages';
    END IF;
END $$;

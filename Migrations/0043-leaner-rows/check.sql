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
    IF current_user <> :'serving_role'
        AND has_column_privilege(:'serving_role', 'network_messages', 'answer', 'UPDATE')
    THEN
        RAISE EXCEPTION 'the serving role can change what was answered';
    END IF;
    BEGIN
        INSERT INTO network_messages (id, at, network, connection, direction, mti, trace, response_code, content,
            answer_mti)
        VALUES (first_identifier(current_date), now(), 'blue', '', 1, 100, '', '', '0100', 110);
        RAISE EXCEPTION 'an answer without content';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

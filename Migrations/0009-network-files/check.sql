-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF has_table_privilege(:'serving_role', 'file_entries', 'DELETE') AND current_user <> :'serving_role' THEN
        RAISE EXCEPTION 'the serving role may forget what a network knows';
    END IF;
    IF NOT has_sequence_privilege(:'serving_role', 'file_traces', 'USAGE') THEN
        RAISE EXCEPTION 'the serving role cannot number its messages';
    END IF;
    BEGIN
        INSERT INTO file_entries (shard, card_id, network, wanted, sending)
        VALUES (0, gen_random_uuid(), 'check', 4, 4);
        RAISE EXCEPTION 'a message may be without its numbers';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

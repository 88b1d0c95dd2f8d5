-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF current_user <> :'serving_role'
        AND (has_table_privilege(:'serving_role', 'legal_holds', 'DELETE')
            OR has_table_privilege(:'serving_role', 'account_transfers', 'DELETE')
            OR has_column_privilege(:'serving_role', 'legal_holds', 'amount', 'UPDATE')
            OR has_column_privilege(:'serving_role', 'account_transfers', 'amount', 'UPDATE'))
    THEN
        RAISE EXCEPTION 'the serving role must neither forget nor change what is held or was sent';
    END IF;
    BEGIN
        INSERT INTO account_transfers (shard, id, sender_id, receiver_id, amount, currency, reference, sent_event,
            sent_at, received_at)
        VALUES (0, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 978, '', gen_random_uuid(), now(),
            now());
        RAISE EXCEPTION 'a receipt without its journal row';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

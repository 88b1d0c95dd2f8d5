-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    batch uuid := gen_random_uuid();
BEGIN
    IF current_user <> :'serving_role'
        AND (has_table_privilege(:'serving_role', 'card_batches', 'DELETE')
            OR has_table_privilege(:'serving_role', 'card_batch_rows', 'DELETE')
            OR has_column_privilege(:'serving_role', 'card_batches', 'row_count', 'UPDATE')
            OR has_column_privilege(:'serving_role', 'card_batch_rows', 'card_id', 'UPDATE'))
    THEN
        RAISE EXCEPTION 'the serving role must neither forget nor change what was asked for';
    END IF;
    BEGIN
        INSERT INTO card_batches (id, tenant_id, actor_id, row_count, issued, created_at)
        VALUES (batch, gen_random_uuid(), gen_random_uuid(), 1, 1, now());
        RAISE EXCEPTION 'a batch whose rows are done goes on';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
    INSERT INTO card_batches (id, tenant_id, actor_id, row_count, created_at)
    VALUES (batch, gen_random_uuid(), gen_random_uuid(), 1, now());
    BEGIN
        INSERT INTO card_batch_rows (batch_id, number, reference, shard, account_id, card_id, program_id, form, state)
        VALUES (batch, 0, '', 0, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 2);
        RAISE EXCEPTION 'a card without its last digits';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
    DELETE FROM card_batches WHERE id = batch;
END $$;

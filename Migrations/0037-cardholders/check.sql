-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    holder uuid := gen_random_uuid();
BEGIN
    IF current_user <> :'serving_role'
        AND (has_table_privilege(:'serving_role', 'cardholders', 'DELETE')
            OR has_column_privilege(:'serving_role', 'cardholders', 'tenant_id', 'UPDATE'))
    THEN
        RAISE EXCEPTION 'the serving role must neither forget a cardholder nor give it to another tenant';
    END IF;
    INSERT INTO cardholders (id, tenant_id, reference, status, created_at)
    VALUES (holder, holder, 'check', 2, now());
    BEGIN
        INSERT INTO cardholders (id, tenant_id, reference, status, created_at)
        VALUES (gen_random_uuid(), holder, 'check', 1, now());
        RAISE EXCEPTION 'one reference of two cardholders';
    EXCEPTION WHEN unique_violation THEN
        NULL;
    END;
    BEGIN
        INSERT INTO cards (shard, id, account_id, tenant_id, status, last_four, issued_at, pan_index, pan_ciphertext,
            pan_key_id, index_key_id, cardholder_id, version)
        VALUES (0, holder, holder, holder, 2, 1, now(), '', '', 1, 1, holder, 1);
        RAISE EXCEPTION 'a card of a cardholder who is suspended';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
    DELETE FROM cardholders WHERE id = holder;
END $$;

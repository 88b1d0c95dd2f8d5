-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF current_user <> :'serving_role'
        AND (NOT has_table_privilege(:'serving_role', 'card_pins', 'UPDATE')
            OR has_table_privilege(:'serving_role', 'card_pins', 'DELETE'))
    THEN
        RAISE EXCEPTION 'the serving role must change PINs, and forget none';
    END IF;
    BEGIN
        INSERT INTO card_pins (shard, account_id, card_id, tries, reference, method, key_index, key_name, ciphertext,
            vault_key_id, version)
        VALUES (0, gen_random_uuid(), gen_random_uuid(), 0, 1, 2, 1, 'key', decode(repeat('00', 33), 'hex'), 1, 1);
        RAISE EXCEPTION 'an offset with a key index';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
    BEGIN
        INSERT INTO card_pins (shard, account_id, card_id, tries, reference, method, key_index, key_name, ciphertext,
            vault_key_id, version)
        VALUES (0, gen_random_uuid(), gen_random_uuid(), 0, 1, 1, 1, 'key', '1234', 1, 1);
        RAISE EXCEPTION 'a PVV in clear';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    BEGIN
        INSERT INTO card_pins (shard, account_id, card_id, tries, reference, method, key_name, ciphertext, vault_key_id,
            script, script_sends, version)
        VALUES (0, gen_random_uuid(), gen_random_uuid(), 0, 1, 2, 'key', decode(repeat('00', 33), 'hex'), 1, 1, 1, 1);
        RAISE EXCEPTION 'a script that was sent with no counter';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
    BEGIN
        INSERT INTO card_pins (shard, account_id, card_id, tries, reference, method, key_name, ciphertext, vault_key_id,
            script_sends, version)
        VALUES (0, gen_random_uuid(), gen_random_uuid(), 0, 1, 2, 'key', decode(repeat('00', 33), 'hex'), 1, 0, 1);
        RAISE EXCEPTION 'sends of no script';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

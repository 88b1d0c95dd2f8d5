-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF EXISTS (SELECT FROM card_instances WHERE key_versions IS NOT NULL) THEN
        RAISE EXCEPTION 'an instance from before is said to be of a version of a key';
    END IF;
    BEGIN
        INSERT INTO card_instances (shard, card_id, sequence_number, expiry, valid_until, service_code, active,
            ends_others, key_versions)
        VALUES (0, '00000000-0000-7000-8000-000000000000', 0, 202911, now(), 201, true, false, '{}');
        RAISE EXCEPTION 'an instance may know of no key instead of knowing nothing';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

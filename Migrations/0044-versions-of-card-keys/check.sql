-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    INSERT INTO payment_keys (id, usage, direction) VALUES ('check', 'C0', 1);
    -- Two versions before the active one, without an end.
    INSERT INTO key_versions (key_id, version, state, algorithm, check_value, key_block, grace)
    VALUES ('check', 1, 3, 'T', '\x010203', '\x00', interval '0'),
        ('check', 2, 3, 'T', '\x010204', '\x00', interval '0'),
        ('check', 3, 2, 'T', '\x010205', '\x00', interval '0');
    BEGIN
        UPDATE key_versions SET previous_until = now() WHERE key_id = 'check' AND version = 3;
        RAISE EXCEPTION 'an active version may have an end';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
    IF EXISTS (SELECT FROM card_pins WHERE key_version IS NOT NULL) THEN
        RAISE EXCEPTION 'a PIN from before is said to be of a version of its key';
    END IF;
    RAISE EXCEPTION 'done' USING ERRCODE = 'AV002';
EXCEPTION WHEN SQLSTATE 'AV002' THEN NULL;
END $$;

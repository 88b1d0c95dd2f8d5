-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    forbidden text;
    olga uuid := gen_random_uuid();
BEGIN
    SELECT string_agg(relname || ' ' || privilege, ', ') INTO forbidden
    FROM unnest(ARRAY['payment_keys', 'key_versions', 'key_components']) AS relname,
        unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
    WHERE has_table_privilege(:'serving_role', relname, privilege);
    IF forbidden IS NOT NULL AND current_user <> :'serving_role' THEN
        RAISE EXCEPTION 'the serving role may do what it must not: %', forbidden;
    END IF;

    BEGIN
        INSERT INTO operators (id, name, role, key_hash) VALUES (olga, '.check', 2, decode(repeat('00', 32), 'hex'));
        INSERT INTO payment_keys (id, usage, direction) VALUES ('check', 'K0', 1);
        INSERT INTO key_versions (key_id, version, state, algorithm, check_value, key_block, grace, proposed_by,
            approved_by) VALUES ('check', 1, 2, 'A', '\x010203', '\x00', interval '0', olga, olga);
        RAISE EXCEPTION 'one operator may import a key alone';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    forbidden text;
BEGIN
    SELECT string_agg(relname || ' ' || privilege, ', ') INTO forbidden
    FROM unnest(ARRAY['operators', 'operator_actions']) AS relname, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE'])
        AS privilege
    WHERE has_table_privilege(:'serving_role', relname, privilege);
    IF forbidden IS NOT NULL AND current_user <> :'serving_role' THEN
        RAISE EXCEPTION 'the serving role may do what it must not: %', forbidden;
    END IF;
    IF NOT has_column_privilege(:'serving_role', 'operators', 'revoked_at', 'UPDATE') THEN
        RAISE EXCEPTION 'the serving role cannot revoke an operator';
    END IF;

    BEGIN
        INSERT INTO operators (id, name, role, key_hash)
        VALUES (gen_random_uuid(), 'setup', 3, decode(repeat('00', 32), 'hex'));
        RAISE EXCEPTION 'an operator may be called setup';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;

    IF EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'journal'::regclass AND NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = inhrelid AND attname = 'actor_id')) THEN
        RAISE EXCEPTION 'a partition of the journal has no actor_id';
    END IF;
END $$;

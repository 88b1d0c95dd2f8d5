-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    forbidden text;
    tenant uuid := gen_random_uuid();
    key uuid := gen_random_uuid();
    refused boolean := false;
BEGIN
    SELECT string_agg(relname || ' ' || privilege, ', ') INTO forbidden
    FROM unnest(ARRAY['api_keys', 'api_key_secrets', 'operator_requests', 'program_versions']) AS relname,
        unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
    WHERE has_table_privilege(:'serving_role', relname, privilege);
    IF forbidden IS NOT NULL AND current_user <> :'serving_role' THEN
        RAISE EXCEPTION 'the serving role may do what it must not: %', forbidden;
    END IF;
    IF EXISTS (SELECT FROM api_keys k WHERE k.scopes IS NOT NULL OR NOT EXISTS (
        SELECT FROM api_key_secrets s WHERE s.key_id = k.id AND s.valid_until IS NULL)) THEN
        RAISE EXCEPTION 'an API key was not carried over';
    END IF;

    INSERT INTO tenants (id, name) VALUES (tenant, 'check');
    INSERT INTO api_keys (id, tenant_id, label) VALUES (key, tenant, 'check');
    INSERT INTO api_key_secrets (key_hash, key_id) VALUES (sha256('first'), key);
    BEGIN
        INSERT INTO api_key_secrets (key_hash, key_id) VALUES (sha256('second'), key);
    EXCEPTION WHEN unique_violation THEN
        refused := true;
    END;
    IF NOT refused THEN
        RAISE EXCEPTION 'an API key may have two secrets for ever';
    END IF;
    IF NOT has_table_privilege(:'serving_role', 'program_proposals', 'DELETE') THEN
        RAISE EXCEPTION 'the serving role cannot settle a proposal';
    END IF;
    DELETE FROM api_key_secrets WHERE key_id = key;
    DELETE FROM api_keys WHERE id = key;
    DELETE FROM tenants WHERE id = tenant;
END $$;

-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    tenant uuid := gen_random_uuid();
    all_scopes uuid := gen_random_uuid();
    no_keys uuid := gen_random_uuid();
    last_ones uuid[];
    program uuid := gen_random_uuid();
BEGIN
    IF current_user <> :'serving_role' AND has_table_privilege(:'serving_role', 'operator_actions', 'UPDATE') THEN
        RAISE EXCEPTION 'the serving role may change the record';
    END IF;
    INSERT INTO tenants (id, name) VALUES (tenant, 'check');
    INSERT INTO api_keys (id, tenant_id, label, scopes) VALUES
        (all_scopes, tenant, 'check', NULL), (no_keys, tenant, 'check', '{cards:read}'),
        (gen_random_uuid(), tenant, 'check', '{keys:write}');
    UPDATE api_keys SET revoked_at = now() WHERE tenant_id = tenant AND id NOT IN (all_scopes, no_keys);
    SELECT array_agg(k.id) INTO last_ones FROM api_keys k WHERE k.tenant_id = tenant AND is_last_to_write_keys(k);
    IF last_ones IS DISTINCT FROM ARRAY[all_scopes] THEN
        RAISE EXCEPTION 'the last key that makes keys is not told from the others';
    END IF;
    INSERT INTO programs (id, tenant_id, name, version, bin) VALUES (program, tenant, 'check', 1, '00000012');
    IF NOT is_bin_taken('000000', all_scopes) OR is_bin_taken('00000013', all_scopes)
        OR is_bin_taken('00000012', program)
    THEN
        RAISE EXCEPTION 'ranges that overlap are not told from others';
    END IF;
    -- Two identifiers, version 1, the zone UTC, then the digits.
    IF bin_of_version(decode(repeat('00', 32) || '0103555443' || '083030303030303132', 'hex')) <> '00000012' THEN
        RAISE EXCEPTION 'the first digits are not found in a version';
    END IF;
    IF to_regclass('api_key_secrets_by_key') IS NULL THEN
        RAISE EXCEPTION 'the secrets of a key are not found by the key';
    END IF;
    DELETE FROM programs WHERE id = program;
    DELETE FROM api_keys WHERE tenant_id = tenant;
    DELETE FROM tenants WHERE id = tenant;
END $$;

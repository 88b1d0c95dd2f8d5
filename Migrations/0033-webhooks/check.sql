-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    endpoint uuid := gen_random_uuid();
BEGIN
    IF current_user <> :'serving_role'
        AND (has_column_privilege(:'serving_role', 'webhook_endpoints', 'tenant_id', 'UPDATE')
            OR has_column_privilege(:'serving_role', 'webhook_secrets', 'ciphertext', 'UPDATE')
            OR has_column_privilege(:'serving_role', 'webhook_deliveries', 'body', 'UPDATE'))
    THEN
        RAISE EXCEPTION 'the serving role must not change what is sent, to whom, and how it is signed';
    END IF;
    INSERT INTO webhook_endpoints (id, tenant_id, url, description, created_at)
    VALUES (endpoint, gen_random_uuid(), 'https://example.com/', '', now());
    INSERT INTO webhook_secrets (endpoint_id, ciphertext, key_id) VALUES (endpoint, '', 1);
    BEGIN
        INSERT INTO webhook_secrets (endpoint_id, ciphertext, key_id) VALUES (endpoint, '', 1);
        RAISE EXCEPTION 'an endpoint with two newest secrets';
    EXCEPTION WHEN unique_violation THEN
        NULL;
    END;
    DELETE FROM webhook_endpoints WHERE id = endpoint;
    IF EXISTS (SELECT FROM webhook_secrets WHERE endpoint_id = endpoint) THEN
        RAISE EXCEPTION 'a secret outlives its endpoint';
    END IF;
END $$;

-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    tenant uuid := gen_random_uuid();
BEGIN
    IF EXISTS (SELECT FROM operator_requests r WHERE NOT EXISTS (
        SELECT FROM client_keys c WHERE c.tenant_id = r.tenant_id AND c.key = r.key)) THEN
        RAISE EXCEPTION 'a key of a change away from the lanes was not carried over';
    END IF;
    INSERT INTO client_keys (tenant_id, key, fingerprint, decided_at) VALUES (tenant, 'check', 'x', now());
    BEGIN
        INSERT INTO client_keys (tenant_id, key, fingerprint, event_id, decided_at, decision)
        VALUES (tenant, 'check', 'x', gen_random_uuid(), now(), 'x');
        RAISE EXCEPTION 'a key was taken twice';
    EXCEPTION WHEN unique_violation THEN NULL;
    END;
    BEGIN
        INSERT INTO client_keys (tenant_id, key, fingerprint, event_id, decided_at)
        VALUES (tenant, 'half', 'x', gen_random_uuid(), now());
        RAISE EXCEPTION 'an event without its decision was taken';
    EXCEPTION WHEN check_violation THEN NULL;
    END;
    RAISE EXCEPTION 'done' USING ERRCODE = 'AV002';
EXCEPTION WHEN SQLSTATE 'AV002' THEN NULL;
END $$;

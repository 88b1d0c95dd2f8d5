-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    account uuid := gen_random_uuid();
    mine uuid := gen_random_uuid();
BEGIN
    IF current_user <> :'serving_role' AND has_column_privilege(:'serving_role', 'tokens', 'tenant_id', 'UPDATE') THEN
        RAISE EXCEPTION 'the serving role must not give a token to another tenant';
    END IF;
    IF EXISTS (SELECT FROM tokens t LEFT JOIN accounts a ON a.shard = t.shard AND a.id = t.account_id
        WHERE a.tenant_id IS DISTINCT FROM t.tenant_id)
    THEN
        RAISE EXCEPTION 'a token is of another tenant than its account';
    END IF;
    BEGIN
        INSERT INTO tokens VALUES
            (0, gen_random_uuid(), account, account, sha256('token'), 1, '', '', now(), 1, gen_random_uuid()),
            (0, gen_random_uuid(), account, account, sha256('token'), 1, '', '', now(), 1, mine);
        INSERT INTO tokens VALUES
            (1, gen_random_uuid(), account, account, sha256('token'), 3, '', '', now(), 1, mine);
        RAISE EXCEPTION 'one token of two cards of a tenant';
    EXCEPTION WHEN unique_violation THEN
        NULL;
    END;
END $$;

-- API keys that tenants make, change and revoke themselves.

-- The API key that made the change. Null where an operator did, and before there was one.
ALTER TABLE operator_actions
    ADD COLUMN key_id uuid REFERENCES api_keys,
    ADD CHECK (operator_id IS NULL OR key_id IS NULL);

-- What people tell a secret by. Null of those that were made before.
ALTER TABLE api_key_secrets ADD COLUMN prefix text CHECK (prefix ~ '^aval_sk_[0-9a-f]{4}$');

CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, created_at, id);

-- Whether a live key may make others, and no other live one of its tenant may.
CREATE FUNCTION is_last_to_write_keys(k api_keys) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT k.revoked_at IS NULL AND (k.scopes IS NULL OR 'keys:write' = ANY (k.scopes)) AND NOT EXISTS (
        SELECT FROM api_keys o WHERE o.tenant_id = k.tenant_id AND o.id <> k.id AND o.revoked_at IS NULL
            AND (o.scopes IS NULL OR 'keys:write' = ANY (o.scopes)))
$$;

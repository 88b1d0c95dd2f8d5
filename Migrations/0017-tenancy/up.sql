-- What an API key may do, from where and how often; secrets that overlap while one is replaced; its last use.

ALTER TABLE api_keys
    -- Null has all, those that come later too: so do keys that were made before.
    ADD COLUMN scopes text[] CHECK (cardinality(scopes) > 0),
    -- From where it may be used. Null is from everywhere.
    ADD COLUMN addresses cidr[] CHECK (cardinality(addresses) BETWEEN 1 AND 64),
    -- Requests a second, and how many may come at once. Null has the installation's.
    ADD COLUMN rate integer CHECK (rate > 0),
    ADD COLUMN burst integer CHECK (burst > 0),
    -- To the minute.
    ADD COLUMN last_used_at timestamptz,
    ADD CHECK ((rate IS NULL) = (burst IS NULL));

CREATE TABLE api_key_secrets (
    -- SHA-256 of the key, which has 256 bits of entropy.
    key_hash bytea PRIMARY KEY CHECK (octet_length(key_hash) = 32),
    key_id uuid NOT NULL REFERENCES api_keys,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Null until another one takes its place.
    valid_until timestamptz
);
CREATE UNIQUE INDEX api_key_secrets_current ON api_key_secrets (key_id) WHERE valid_until IS NULL;
INSERT INTO api_key_secrets (key_hash, key_id, created_at) SELECT key_hash, id, created_at FROM api_keys;
ALTER TABLE api_keys DROP COLUMN key_hash;

-- What records of changes tell of a key.
CREATE FUNCTION api_key_record(k api_keys) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('label', k.label, 'scopes', k.scopes, 'addresses', k.addresses::text[], 'rate', k.rate,
        'burst', k.burst, 'revoked_at', k.revoked_at)
$$;

-- Whose it was, and what it was before and after.
ALTER TABLE operator_actions
    ADD COLUMN tenant_id uuid,
    ADD COLUMN before jsonb,
    ADD COLUMN after jsonb;
CREATE INDEX operator_actions_by_tenant ON operator_actions (tenant_id, at, id);

GRANT SELECT, INSERT ON api_key_secrets TO :"serving_role";
GRANT UPDATE (valid_until) ON api_key_secrets TO :"serving_role";
GRANT UPDATE (scopes, addresses, rate, burst, last_used_at) ON api_keys TO :"serving_role";

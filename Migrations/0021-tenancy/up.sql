-- What an API key may do, from where and how often; secrets that overlap while one is replaced; its last use. What was
-- before and after a change. Changes of programs that a second operator approves. Idempotency keys that are forgotten.

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

-- Whether a second operator must approve each change of a program.
ALTER TABLE programs ADD COLUMN needs_approval boolean NOT NULL DEFAULT false;

-- What waits for that: one version a program, gone once it is approved. Records of changes keep what was proposed.
CREATE TABLE program_proposals (
    program_id uuid PRIMARY KEY REFERENCES programs,
    id uuid NOT NULL UNIQUE,
    version integer NOT NULL,
    content bytea NOT NULL,
    needs_approval boolean NOT NULL,
    proposed_by uuid NOT NULL REFERENCES operators,
    proposed_at timestamptz NOT NULL DEFAULT now()
);

-- Operators' idempotency keys, of what is changed away from the lanes.
CREATE TABLE operator_requests (
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    -- As it was sent.
    answer bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT operator_requests_are_unique PRIMARY KEY (tenant_id, key)
);
CREATE INDEX operator_requests_by_time ON operator_requests (created_at);
-- Keys are forgotten some time after their requests.
CREATE INDEX client_keys_by_time ON client_keys (decided_at);

GRANT SELECT, INSERT, DELETE ON program_proposals TO :"serving_role";
GRANT UPDATE (id, version, content, needs_approval, proposed_by, proposed_at) ON program_proposals TO :"serving_role";
GRANT SELECT, INSERT ON operator_requests TO :"serving_role";
GRANT UPDATE (needs_approval) ON programs TO :"serving_role";

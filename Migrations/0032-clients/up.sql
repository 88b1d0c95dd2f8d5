-- API keys that tenants make, change and revoke themselves; ranges of programs that must not
-- overlap; cards with the product of their program.

-- The API key that made the change. Null where an operator did, and before there was one.
ALTER TABLE operator_actions
    ADD COLUMN key_id uuid REFERENCES api_keys,
    ADD CHECK (operator_id IS NULL OR key_id IS NULL);

-- What people tell a secret by. Null of those that were made before.
ALTER TABLE api_key_secrets ADD COLUMN prefix text CHECK (prefix ~ '^aval_sk_[0-9a-f]{4}$');

-- A key that is often rotated has many secrets, few of which are still taken.
CREATE INDEX api_key_secrets_by_key ON api_key_secrets (key_id, valid_until);

CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, created_at, id);

-- Whether a live key may make others, and no other live one of its tenant may.
CREATE FUNCTION is_last_to_write_keys(k api_keys) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT k.revoked_at IS NULL AND (k.scopes IS NULL OR 'keys:write' = ANY (k.scopes)) AND NOT EXISTS (
        SELECT FROM api_keys o WHERE o.tenant_id = k.tenant_id AND o.id <> k.id AND o.revoked_at IS NULL
            AND (o.scopes IS NULL OR 'keys:write' = ANY (o.scopes)))
$$;

-- First digits of a version's numbers. They are behind two identifiers of 16 bytes, a number of which only the last byte
-- is below 128, and the time zone with its length.
CREATE FUNCTION bin_of_version(content bytea) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT convert_from(substring(content FROM b.at + 2 FOR get_byte(content, b.at)), 'UTF8')
    FROM (SELECT 33 + min(i) AS at FROM generate_series(0, 4) i WHERE get_byte(content, 32 + i) < 128) zone,
        LATERAL (SELECT zone.at + 1 + get_byte(content, zone.at) AS at) b
$$;

-- Of the version in force.
ALTER TABLE programs ADD COLUMN bin text CHECK (bin ~ '^[0-9]{6,8}$');
UPDATE programs p SET bin = bin_of_version(v.content)
FROM program_versions v WHERE v.program_id = p.id AND v.version = p.version;
ALTER TABLE programs ALTER COLUMN bin SET NOT NULL;
GRANT UPDATE (bin) ON programs TO :"serving_role";

-- Whether another program's numbers may begin like those of the program: by any of its versions, as cards stay when a
-- program takes other digits. Programs of before may overlap and go on.
CREATE FUNCTION is_bin_taken(wanted text, program uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM (
            SELECT id, bin FROM programs UNION ALL SELECT program_id, bin_of_version(content) FROM program_versions
        ) o WHERE o.id <> program AND (starts_with(o.bin, wanted) OR starts_with(wanted, o.bin)))
$$;

-- Null of cards whose program had no products.
ALTER TABLE cards ADD COLUMN product text CHECK (product ~ '^[a-z0-9-]{1,15}$');

-- A token is one card's within its tenant: what others register under its number is no concern of that tenant.
ALTER TABLE tokens ADD COLUMN tenant_id uuid;
UPDATE tokens t SET tenant_id = a.tenant_id FROM accounts a WHERE a.shard = t.shard AND a.id = t.account_id;
ALTER TABLE tokens
    ALTER COLUMN tenant_id SET NOT NULL,
    DROP CONSTRAINT tokens_token_index_key,
    -- The index first: payments look tokens up by it alone.
    ADD CONSTRAINT tokens_are_unique UNIQUE (token_index, tenant_id);

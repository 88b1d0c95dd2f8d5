-- What tenants are told of endpoints that were disabled. Their other endpoints get it: among deliveries it stands as of
-- the account 00000000-0000-0000-0000-000000000000, with its number as the sequence.
CREATE TABLE webhook_notices (
    id uuid PRIMARY KEY,
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    tenant_id uuid NOT NULL,
    -- The notice's document, as it is sent.
    body bytea NOT NULL
);
CREATE INDEX webhook_notices_by_tenant ON webhook_notices (tenant_id, id);
GRANT SELECT, INSERT ON webhook_notices TO :"serving_role";

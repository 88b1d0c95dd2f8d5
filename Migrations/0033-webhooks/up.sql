-- Where tenants have their events sent, and what is on its way there.

CREATE TABLE webhook_endpoints (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    url text NOT NULL CHECK (octet_length(url) BETWEEN 8 AND 500),
    -- Of events, with commas between them. Null has all.
    types text,
    description text NOT NULL,
    -- Nothing that was decided before is sent.
    created_at timestamptz NOT NULL,
    -- 1 asked, 2 failing, 3 gone.
    disabled_reason smallint CHECK (disabled_reason BETWEEN 1 AND 3),
    disabled_at timestamptz CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
    -- Since when nothing has arrived, although it was tried.
    failing_since timestamptz,
    -- After the last event that was taken up; all null at the beginning.
    epoch bigint,
    xid bigint,
    account_id uuid,
    sequence bigint,
    since timestamptz CHECK (num_nulls(epoch, xid, account_id, sequence, since) IN (0, 5)),
    -- Which process has it, until when.
    lease uuid,
    leased_until timestamptz,
    look_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_endpoints_by_tenant ON webhook_endpoints (tenant_id, id);

CREATE TABLE webhook_secrets (
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    ciphertext bytea NOT NULL,
    -- Of the vault's data key.
    key_id smallint NOT NULL,
    -- Null of the newest.
    expires_at timestamptz
);
CREATE UNIQUE INDEX webhook_secrets_newest ON webhook_secrets (endpoint_id) WHERE expires_at IS NULL;
CREATE INDEX webhook_secrets_by_endpoint ON webhook_secrets (endpoint_id);

CREATE TABLE webhook_deliveries (
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    account_id uuid NOT NULL,
    sequence bigint NOT NULL,
    event_id uuid NOT NULL,
    -- The event's document, the same at each attempt.
    body bytea NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    first_at timestamptz,
    next_at timestamptz NOT NULL,
    last_status smallint,
    -- 1 address refused, 2 host unknown, 3 unreachable.
    last_fault smallint CHECK (last_fault IS NULL OR last_status IS NULL),
    -- Nothing more is tried since.
    parked_at timestamptz,
    PRIMARY KEY (endpoint_id, account_id, sequence)
);

GRANT SELECT, INSERT, DELETE ON webhook_endpoints, webhook_secrets, webhook_deliveries TO :"serving_role";
GRANT UPDATE (url, types, description, disabled_reason, disabled_at, failing_since, epoch, xid, account_id, sequence,
    since, lease, leased_until, look_at) ON webhook_endpoints TO :"serving_role";
GRANT UPDATE (expires_at) ON webhook_secrets TO :"serving_role";
GRANT UPDATE (attempts, first_at, next_at, last_status, last_fault, parked_at) ON webhook_deliveries
    TO :"serving_role";

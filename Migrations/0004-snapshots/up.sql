-- The state of an account after one of its journal rows, so that a replay need not begin with the first.
CREATE TABLE account_snapshots (
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    -- When that row was decided.
    decided_at timestamptz NOT NULL,
    -- Version of the bytes below.
    format smallint NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (shard, account_id, seq)
);
GRANT SELECT ON account_snapshots TO :"serving_role";

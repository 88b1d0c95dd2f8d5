-- Who runs Aval, what they may do, and what they did.

CREATE TABLE operators (
    id uuid PRIMARY KEY,
    -- Never used again, so that a record names one person for ever. `setup` stands for nobody.
    name text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9._-]{1,64}$' AND name <> 'setup'),
    -- 1 reader, 2 operator, 3 administrator.
    role smallint NOT NULL CHECK (role > 0),
    -- SHA-256 of the key, which has 256 bits of entropy.
    key_hash bytea NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);

-- Append-only: one row for each change by command line. Changes of accounts are in the journal, with their actor.
CREATE TABLE operator_actions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    at timestamptz NOT NULL DEFAULT now(),
    -- Null for what was set up before there was an operator.
    operator_id uuid REFERENCES operators,
    action text NOT NULL,
    object text NOT NULL,
    details text NOT NULL
);
CREATE INDEX operator_actions_by_time ON operator_actions (at, id);

-- Who had the command carried out: an API key or an operator. Null for networks and for Aval itself.
ALTER TABLE journal ADD COLUMN actor_id uuid;

GRANT SELECT, INSERT ON operators, operator_actions TO :"serving_role";
GRANT UPDATE (revoked_at) ON operators, api_keys TO :"serving_role";

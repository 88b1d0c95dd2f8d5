-- Keys of payment cryptography. No clear key is here: each is a key block (TR-31) under the installation's own key, bound
-- to its usage, its id and its version.

CREATE TABLE payment_keys (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9.-]{1,64}$'),
    -- Key usage of ANSI X9.143 (TR-31), such as M3 or P0.
    usage text NOT NULL CHECK (usage ~ '^[A-Z][0-9]$'),
    -- 1 both, 2 incoming: what the network sends, 3 outgoing: what it is sent.
    direction smallint NOT NULL CHECK (direction BETWEEN 1 AND 3),
    -- Whose key it is: a network's, a program's or, without either, the installation's.
    network text,
    program_id uuid REFERENCES programs,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (network IS NULL OR program_id IS NULL)
);

CREATE TABLE key_versions (
    key_id text NOT NULL REFERENCES payment_keys,
    version integer NOT NULL CHECK (version > 0),
    -- 1 pending, 2 active, 3 previous, 4 retired, 5 destroyed.
    state smallint NOT NULL CHECK (state BETWEEN 1 AND 5),
    -- The key's algorithm as key blocks name it: T Triple DES, A AES.
    algorithm text NOT NULL CHECK (algorithm IN ('T', 'A')),
    check_value bytea NOT NULL CHECK (octet_length(check_value) BETWEEN 3 AND 5),
    -- Null while components are missing, and once it is destroyed.
    key_block bytea,
    -- How many operators bring a component; null where there are none.
    component_count smallint CHECK (component_count BETWEEN 2 AND 9),
    -- How long the version before this one is taken once this one is active.
    grace interval NOT NULL CHECK (grace >= interval '0'),
    -- Of a previous version: until when it is taken.
    previous_until timestamptz,
    -- Null for what a network has sent.
    proposed_by uuid REFERENCES operators,
    -- Null for what needs no second operator.
    approved_by uuid REFERENCES operators,
    destruction_proposed_by uuid REFERENCES operators,
    destruction_approved_by uuid REFERENCES operators,
    created_at timestamptz NOT NULL DEFAULT now(),
    state_since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (key_id, version),
    CHECK (approved_by <> proposed_by),
    CHECK (destruction_approved_by <> destruction_proposed_by),
    CHECK ((state = 3) = (previous_until IS NOT NULL)),
    CHECK (state NOT IN (2, 3, 4) OR key_block IS NOT NULL),
    CHECK (state <> 5 OR key_block IS NULL)
);
CREATE UNIQUE INDEX key_versions_pending ON key_versions (key_id) WHERE state = 1;
CREATE UNIQUE INDEX key_versions_active ON key_versions (key_id) WHERE state = 2;
CREATE UNIQUE INDEX key_versions_previous ON key_versions (key_id) WHERE state = 3;

CREATE TABLE key_components (
    key_id text NOT NULL,
    version integer NOT NULL,
    -- No operator holds two parts of a key.
    operator_id uuid NOT NULL REFERENCES operators,
    check_value bytea NOT NULL CHECK (octet_length(check_value) BETWEEN 3 AND 5),
    -- Null once all are there and the key was made of them.
    key_block bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (key_id, version, operator_id),
    FOREIGN KEY (key_id, version) REFERENCES key_versions
);

GRANT SELECT, INSERT ON payment_keys, key_versions, key_components TO :"serving_role";
GRANT UPDATE (state, key_block, previous_until, approved_by, destruction_proposed_by, destruction_approved_by,
    state_since) ON key_versions TO :"serving_role";
GRANT UPDATE (key_block) ON key_components TO :"serving_role";

-- What issuing needs beside accounts and plain cards: legal holds, transfers between customers, cards with terms.

-- Null where a card has nothing of this, which is nearly everywhere.
ALTER TABLE cards
    -- 1 virtual, as is null; 2 physical.
    ADD COLUMN form smallint CHECK (form IN (1, 2)),
    -- How many payments are approved in all; uses counts them.
    ADD COLUMN use_limit integer CHECK (use_limit BETWEEN 1 AND 1000000),
    ADD COLUMN uses integer CHECK (uses >= 0 AND uses <= coalesce(use_limit, 0)),
    -- Cards with other numbers that came before and after.
    ADD COLUMN replaces_card uuid,
    ADD COLUMN replaced_by_card uuid;

ALTER TABLE card_instances
    -- Whether activating it ends the card's other instances.
    ADD COLUMN ends_others boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT ends_others_when_activated CHECK (NOT (active AND ends_others));

CREATE TABLE legal_holds (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    currency smallint NOT NULL,
    balance_kind smallint NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    reason text NOT NULL,
    placed_at timestamptz NOT NULL,
    released_at timestamptz,
    version bigint NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX legal_holds_by_account ON legal_holds (shard, account_id, id);

-- Money from one customer's account to another's: the first half is written with the sender's journal row, and marked
-- received with the receiver's. Shard and identifier are those of the first half's transfer.
CREATE TABLE account_transfers (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    sender_id uuid NOT NULL,
    receiver_id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    currency smallint NOT NULL,
    reference text NOT NULL,
    sent_event uuid NOT NULL,
    sent_at timestamptz NOT NULL,
    received_event uuid,
    received_at timestamptz,
    PRIMARY KEY (shard, id),
    CONSTRAINT receipt_is_whole CHECK ((received_event IS NULL) = (received_at IS NULL))
);
CREATE INDEX account_transfers_in_transit ON account_transfers (id) WHERE received_event IS NULL;

GRANT SELECT, INSERT ON legal_holds, account_transfers TO :"serving_role";
GRANT UPDATE (released_at, version) ON legal_holds TO :"serving_role";
GRANT UPDATE (received_event, received_at) ON account_transfers TO :"serving_role";

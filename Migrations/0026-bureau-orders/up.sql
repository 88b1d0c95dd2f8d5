-- Orders of physical cards with the bureau that makes them.

CREATE SEQUENCE bureau_order_numbers;

CREATE TABLE bureau_orders (
    number bigint PRIMARY KEY,
    program_id uuid NOT NULL REFERENCES programs,
    tenant_id uuid NOT NULL,
    card_count integer NOT NULL CHECK (card_count BETWEEN 1 AND 10000),
    -- 1 made, 2 sent, 3 confirmed.
    state smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
    made_at timestamptz NOT NULL DEFAULT now(),
    state_since timestamptz NOT NULL DEFAULT now()
);

-- Each instance of a card is ordered once.
CREATE TABLE bureau_order_cards (
    shard smallint NOT NULL,
    card_id uuid NOT NULL,
    sequence_number smallint NOT NULL,
    order_number bigint NOT NULL REFERENCES bureau_orders,
    PRIMARY KEY (shard, card_id, sequence_number)
);
CREATE INDEX bureau_order_cards_by_order ON bureau_order_cards (order_number);

GRANT USAGE ON SEQUENCE bureau_order_numbers TO :"serving_role";
GRANT SELECT, INSERT ON bureau_orders, bureau_order_cards TO :"serving_role";
GRANT UPDATE (state, state_since) ON bureau_orders TO :"serving_role";

-- What card networks know of hot cards, for when they stand in for us. Numbers are those of the code's closed lists.

-- Networks that take file updates. A change of a card makes an entry for each of them.
CREATE TABLE file_networks (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9-]{1,16}$'),
    since timestamptz NOT NULL DEFAULT now()
);

-- One row a card and network: what the network's file is to say and what it says. Card statuses; 0 is no entry.
CREATE TABLE file_entries (
    shard smallint NOT NULL,
    card_id uuid NOT NULL,
    network text NOT NULL,
    -- Written with the card's own row, in its transaction.
    wanted smallint NOT NULL,
    wanted_at timestamptz NOT NULL DEFAULT now(),
    -- The rest is the sender's, who raises the version with each write.
    acknowledged smallint NOT NULL DEFAULT 0,
    -- What the network will not take, until something else is wanted or it is asked again.
    refused smallint,
    -- What was sent and has no answer, with DE 11 and the moment of DE 7 of its first message.
    sending smallint,
    trace integer CHECK (trace BETWEEN 1 AND 999999),
    first_sent_at timestamptz,
    -- Messages since the last answer that settled something.
    attempts integer NOT NULL DEFAULT 0,
    -- DE 39 of the last answer.
    answer_code text,
    answered_at timestamptz,
    -- When the next message may leave, if there is something to say.
    due_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (shard, card_id, network),
    CONSTRAINT message_is_whole CHECK ((sending IS NULL) = (trace IS NULL) AND (sending IS NULL) = (first_sent_at IS NULL)),
    CONSTRAINT answer_is_whole CHECK ((answer_code IS NULL) = (answered_at IS NULL))
) WITH (fillfactor = 70);

-- Whether there is something to say: in one place, because the index serves only who asks in its words.
CREATE INDEX file_entries_pending ON file_entries (network, due_at)
    WHERE sending IS NOT NULL OR (wanted <> acknowledged AND wanted IS DISTINCT FROM refused);

-- DE 11 of file updates, so that no two at once have the same.
CREATE SEQUENCE file_traces AS integer MINVALUE 1 MAXVALUE 999999 CYCLE;

GRANT SELECT, INSERT, DELETE ON file_networks TO :"serving_role";
GRANT SELECT, INSERT, UPDATE ON file_entries TO :"serving_role";
GRANT USAGE ON SEQUENCE file_traces TO :"serving_role";

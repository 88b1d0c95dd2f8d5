-- What networks were told. Their tables of codes change; what was sent does not, and a repeat gets the same.

-- ISO 8583 element 39, and how the merchant may go on after a decline. Null where no network asked, and in older rows.
ALTER TABLE journal ADD COLUMN response_code text, ADD COLUMN advice_code text;
ALTER TABLE unrouted_journal ADD COLUMN response_code text, ADD COLUMN advice_code text;
ALTER TABLE network_keys ADD COLUMN response_code text, ADD COLUMN advice_code text;

-- The networks' messages in the form in which they may be kept (nothing in them opens a card), for a configured number
-- of days. No part of the ledger: written behind the payments' back, and dropped by the day.
CREATE TABLE network_messages (
    -- A UUID version 7: begins with the time.
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    network text NOT NULL,
    -- The other side's address.
    connection text NOT NULL,
    -- 1 received, 2 sent.
    direction smallint NOT NULL,
    -- Null when not even it could be read.
    mti smallint,
    -- ISO 8583 elements 11 and 39; empty when there is none.
    trace text NOT NULL,
    response_code text NOT NULL,
    authorization_id uuid,
    -- Of an answer: microseconds from the last byte of what it answers.
    latency_us bigint,
    content text,
    -- Of bytes that are no message: their length, what was announced, what is wrong.
    problem text,
    CHECK ((content IS NULL) <> (problem IS NULL))
) PARTITION BY RANGE (id);
CREATE INDEX network_messages_by_authorization ON network_messages (authorization_id)
    WHERE authorization_id IS NOT NULL;

-- As before, with one more table.
CREATE OR REPLACE FUNCTION make_partitions(days integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    made integer := 0;
    day date;
    parent text;
    child text;
BEGIN
    FOR day IN SELECT generate_series((now() AT TIME ZONE 'UTC')::date - 1, (now() AT TIME ZONE 'UTC')::date + days,
        '1 day')::date LOOP
        FOREACH parent IN ARRAY ARRAY['journal', 'transfers', 'unrouted_journal', 'network_messages'] LOOP
            child := parent || '_' || to_char(day, 'YYYYMMDD');
            IF to_regclass(child) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                    child, parent, first_identifier(day), first_identifier(day + 1));
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;
SELECT make_partitions(14);

GRANT SELECT, INSERT ON network_messages TO :"serving_role";

-- What a payment writes, with less of it.

-- A transfer's identifier is looked up by nobody: transfers are read with the journal row that made them. The key is
-- made as the journal's is: the locked account makes the number unique, and `aval ledger verify` compares each row with
-- what was decided.
ALTER TABLE transfers
    DROP CONSTRAINT transfers_pkey,
    ADD PRIMARY KEY (shard, account_id, seq, id);
DROP INDEX transfers_by_account;

-- A request and the answer that left are one row; older rows and messages without an answer stay as they are.
ALTER TABLE network_messages
    -- Of the answer, `latency_us` as well.
    ADD COLUMN answer_mti smallint,
    -- ISO 8583 element 39; empty when there is none.
    ADD COLUMN answer_code text,
    ADD COLUMN answer text,
    ADD CHECK ((answer_mti IS NULL) = (answer IS NULL) AND (answer_code IS NULL) = (answer IS NULL)
        AND (answer IS NULL OR latency_us IS NOT NULL));

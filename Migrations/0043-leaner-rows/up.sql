-- What a payment writes, with less of it.

-- A transfer's identifier is looked up by nobody: transfers are read with the journal row that made them. The key is
-- made as the journal's is: the locked account makes the number unique, and `aval ledger verify` compares each row with
-- what was decided.
ALTER TABLE transfers
    DROP CONSTRAINT transfers_pkey,
    ADD PRIMARY KEY (shard, account_id, seq, id);
DROP INDEX transfers_by_account;

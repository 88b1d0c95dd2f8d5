-- Fees and taxes that programs charge on payments: each is a transfer of its own (line 2 and on).

-- What was decided of them, in the journal's form. Null where nothing is charged, so that a plain payment's row is as
-- small as before.
ALTER TABLE authorizations ADD COLUMN charges bytea CHECK (octet_length(charges) BETWEEN 1 AND 4096);

-- Whether charges that spare exempt accounts are not made.
ALTER TABLE accounts ADD COLUMN charge_exempt boolean NOT NULL DEFAULT false;

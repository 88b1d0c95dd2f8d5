-- Accounts are opened as prepaid, debit or credit.

-- 1 prepaid, 2 debit, 3 credit; null for an account without a type, whose balances may have any limit.
ALTER TABLE accounts ADD COLUMN type smallint CHECK (type IN (1, 2, 3));

-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF ledger_epoch() IS NULL OR ledger_epoch() <> ledger_epoch() THEN
        RAISE EXCEPTION 'the ledger has no epoch';
    END IF;
    PERFORM fold_internal_accounts(1);
END $$;

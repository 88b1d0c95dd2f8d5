-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF NOT has_table_privilege(:'serving_role', 'file_expansions', 'SELECT, INSERT, UPDATE, DELETE') THEN
        RAISE EXCEPTION 'the serving role cannot tell of all cards of an account';
    END IF;
END $$;

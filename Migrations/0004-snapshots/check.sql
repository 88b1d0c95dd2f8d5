-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF current_user <> :'serving_role' AND (has_table_privilege(:'serving_role', 'account_snapshots', 'INSERT')
        OR has_table_privilege(:'serving_role', 'account_snapshots', 'UPDATE')
        OR has_table_privilege(:'serving_role', 'account_snapshots', 'DELETE')) THEN
        RAISE EXCEPTION 'the serving role may change snapshots';
    END IF;
END $$;

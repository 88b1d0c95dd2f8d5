-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF EXISTS (SELECT FROM key_versions WHERE custody <> 1) THEN
        RAISE EXCEPTION 'a key from before is said to be in a token';
    END IF;
    IF has_column_privilege(:'serving_role', 'key_versions', 'custody', 'UPDATE')
        AND current_user <> :'serving_role' THEN
        RAISE EXCEPTION 'the serving role may move keys';
    END IF;
END $$;

-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    account uuid := gen_random_uuid();
    card uuid := gen_random_uuid();
BEGIN
    IF current_user <> :'serving_role'
        AND (NOT has_table_privilege(:'serving_role', 'contactless_counters', 'UPDATE')
            OR has_table_privilege(:'serving_role', 'contactless_counters', 'DELETE')
            OR NOT has_table_privilege(:'serving_role', 'failure_counters', 'UPDATE')
            OR has_table_privilege(:'serving_role', 'failure_counters', 'DELETE'))
    THEN
        RAISE EXCEPTION 'the serving role must count, and forget nothing';
    END IF;
    BEGIN
        -- Each currency stands beside the others.
        INSERT INTO contactless_counters VALUES (0, account, card, 978, 1, 1, 0, 1);
        INSERT INTO contactless_counters VALUES (0, account, card, 840, 1, 1, 0, 1);
        INSERT INTO contactless_counters VALUES (0, account, card, 978, 1, 1, 1, 1);
        RAISE EXCEPTION 'two counters of one card';
    EXCEPTION WHEN unique_violation THEN
        NULL;
    END;
    BEGIN
        INSERT INTO contactless_counters VALUES (0, account, card, 978, -1, 1, 0, 1);
        RAISE EXCEPTION 'less than nothing';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

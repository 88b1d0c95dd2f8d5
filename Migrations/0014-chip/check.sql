-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    account uuid := gen_random_uuid();
    card uuid := gen_random_uuid();
BEGIN
    IF has_table_privilege(:'serving_role', 'chip_counters', 'DELETE') AND current_user <> :'serving_role' THEN
        RAISE EXCEPTION 'the serving role may forget which counters were used';
    END IF;
    IF current_user <> :'serving_role' AND NOT has_table_privilege(:'serving_role', 'chip_counters', 'UPDATE') THEN
        RAISE EXCEPTION 'the serving role cannot count';
    END IF;
    BEGIN
        -- A card's and its token's stand beside each other.
        INSERT INTO chip_counters VALUES (0, account, card, '', 0, 65535, -1, 1);
        INSERT INTO chip_counters VALUES (0, account, card, sha256('token'), 0, 1, 0, 1);
        INSERT INTO chip_counters VALUES (0, account, card, '', 0, 1, 0, 1);
        RAISE EXCEPTION 'two counters of one chip';
    EXCEPTION WHEN unique_violation THEN
        NULL;
    END;
    BEGIN
        INSERT INTO chip_counters VALUES (0, account, card, '', 0, 65536, 0, 1);
        RAISE EXCEPTION 'a counter of more than two bytes';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

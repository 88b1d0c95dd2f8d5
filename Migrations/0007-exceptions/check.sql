-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    person uuid := gen_random_uuid();
BEGIN
    IF has_column_privilege(:'serving_role', 'exceptions', 'command', 'UPDATE') AND current_user <> :'serving_role' THEN
        RAISE EXCEPTION 'the serving role may change what came';
    END IF;
    IF NOT has_column_privilege(:'serving_role', 'exceptions', 'settlement', 'UPDATE') THEN
        RAISE EXCEPTION 'the serving role cannot settle an exception';
    END IF;
    IF EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'journal'::regclass AND NOT EXISTS (
        SELECT FROM pg_indexes WHERE tablename = inhrelid::regclass::text AND indexdef LIKE '%WHERE (kind = 10)')) THEN
        RAISE EXCEPTION 'a partition of the journal has no index of advices';
    END IF;

    BEGIN
        INSERT INTO operators (id, name, role, key_hash) VALUES (person, 'check', 2, sha256('check'));
        INSERT INTO exceptions (id, command, problem, settled_at, settlement, settled_by, settled_account,
            settled_event, proposed_by, proposed_at, proposed_account, proposed_amount, proposed_currency,
            proposed_direction, proposed_reason)
        SELECT person, '', '', now(), 2, person, person, person, person, now(), person, 0, 978, 1, '';
        RAISE EXCEPTION 'one operator alone may write off';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

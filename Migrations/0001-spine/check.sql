-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    forbidden text;
    days integer;
BEGIN
    SELECT string_agg(relname || ' ' || privilege, ', ') INTO forbidden
    FROM unnest(ARRAY['journal', 'transfers', 'unrouted_journal', 'program_versions', 'internal_checkpoints']) AS relname,
        unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
    WHERE has_table_privilege(:'serving_role', relname, privilege);
    IF forbidden IS NOT NULL AND current_user <> :'serving_role' THEN
        RAISE EXCEPTION 'the serving role may do what it must not: %', forbidden;
    END IF;

    SELECT count(*) INTO days FROM pg_inherits WHERE inhparent = 'journal'::regclass;
    IF days < 15 THEN
        RAISE EXCEPTION 'the journal has only % daily partitions', days;
    END IF;

    BEGIN
        PERFORM expect_rows(1, 2);
        RAISE EXCEPTION 'expect_rows lets a wrong count pass';
    EXCEPTION WHEN SQLSTATE 'AV001' THEN
        NULL;
    END;

    IF is_internal_account('00000526-5c00-7000-8000-000000000000')
        OR NOT is_internal_account('00000526-5c00-8000-8000-000000000000') THEN
        RAISE EXCEPTION 'internal accounts are not told from customers''';
    END IF;
    PERFORM fold_internal_accounts(1000);
    IF EXISTS (SELECT FROM internal_checkpoints) THEN
        RAISE EXCEPTION 'there are checkpoints without transfers';
    END IF;

    IF first_identifier(DATE '1970-01-02') <> '00000526-5c00-0000-0000-000000000000'::uuid THEN
        RAISE EXCEPTION 'identifiers do not begin with milliseconds';
    END IF;
END $$;

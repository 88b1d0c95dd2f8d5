-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    account uuid := gen_random_uuid();
BEGIN
    IF current_user <> :'serving_role'
        AND (has_table_privilege(:'serving_role', 'tokens', 'DELETE')
            OR has_column_privilege(:'serving_role', 'tokens', 'card_id', 'UPDATE')
            OR has_column_privilege(:'serving_role', 'tokens', 'token_index', 'UPDATE'))
    THEN
        RAISE EXCEPTION 'the serving role must neither forget a token nor give it to another card';
    END IF;
    BEGIN
        INSERT INTO tokens VALUES (0, gen_random_uuid(), account, account, sha256('token'), 1, '', '', now(), 1);
        INSERT INTO tokens VALUES (1, gen_random_uuid(), account, account, sha256('token'), 3, '', '', now(), 1);
        RAISE EXCEPTION 'one token of two cards';
    EXCEPTION WHEN unique_violation THEN
        NULL;
    END;
END $$;

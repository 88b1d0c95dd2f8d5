-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    account uuid := gen_random_uuid();
    card uuid := gen_random_uuid();
BEGIN
    IF current_user <> :'serving_role'
        AND NOT has_column_privilege(:'serving_role', 'authorizations', 'token_index', 'UPDATE')
    THEN
        RAISE EXCEPTION 'the serving role cannot change an authorization''s token';
    END IF;
    BEGIN
        -- A card's and its token's stand beside each other.
        INSERT INTO counters (shard, account_id, card_id, currency, day_start, amount, count, version)
        VALUES (0, account, card, 978, now(), 1, 1, 1);
        INSERT INTO counters (shard, account_id, card_id, currency, day_start, token_index, amount, count, version)
        VALUES (0, account, card, 978, now(), sha256('token'), 1, 1, 1);
        INSERT INTO counters (shard, account_id, card_id, currency, day_start, amount, count, version)
        VALUES (0, account, card, 978, now(), 1, 1, 1);
        RAISE EXCEPTION 'two counters of one card and day';
    EXCEPTION WHEN unique_violation THEN
        NULL;
    END;
    BEGIN
        INSERT INTO counters (shard, account_id, card_id, currency, day_start, token_index, amount, count, version)
        VALUES (0, account, card, 978, now(), 'short', 1, 1, 1);
        RAISE EXCEPTION 'a token index of another length';
    EXCEPTION WHEN check_violation THEN
        NULL;
    END;
END $$;

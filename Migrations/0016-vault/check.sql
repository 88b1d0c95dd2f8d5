-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    forbidden text;
    lease interval := interval '10 seconds';
    refused boolean;
    example record;
BEGIN
    SELECT string_agg(relname || ' ' || privilege, ', ') INTO forbidden
    FROM unnest(ARRAY['vault_keys', 'reveal_tokens', 'pan_directory']) AS relname,
        unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
    WHERE has_table_privilege(:'serving_role', relname, privilege)
        OR relname <> 'reveal_tokens' AND privilege = 'UPDATE'
            AND has_any_column_privilege(:'serving_role', relname, privilege);
    IF forbidden IS NOT NULL AND current_user <> :'serving_role' THEN
        RAISE EXCEPTION 'the serving role may do what it must not: %', forbidden;
    END IF;
    IF EXISTS (SELECT FROM cards WHERE index_key_id <> 1 OR other_pan_index IS NOT NULL) THEN
        RAISE EXCEPTION 'a card was not carried over';
    END IF;

    -- Data keys 1 to 3: one that was replaced long ago, the active one, none. Index keys 1 to 3: active, announced, none.
    INSERT INTO vault_keys (purpose, id, state, kek_id, wrapped, state_since) VALUES
        (1, 1, 3, 1, '\x00', now() - lease * 2), (1, 2, 2, 1, '\x00', now()),
        (2, 1, 2, 1, '\x00', now() - lease * 2), (2, 2, 1, 1, '\x00', now() - lease * 2);
    FOR example IN SELECT * FROM (VALUES (2, 1, 2, false), (2, 2, 1, false), (1, 1, 2, true), (2, 1, NULL, true),
        (2, 2, NULL, true)) AS e(data, index, other, is_refused) LOOP
        refused := false;
        BEGIN
            PERFORM admit_vault_keys(ARRAY[example.data]::smallint[], ARRAY[example.index]::smallint[],
                ARRAY[example.other]::smallint[], lease);
        EXCEPTION WHEN check_violation THEN
            refused := true;
        END;
        IF refused <> example.is_refused THEN
            RAISE EXCEPTION 'a new card with the keys % is wrongly taken or refused', example;
        END IF;
    END LOOP;
    DELETE FROM vault_keys;

    INSERT INTO reveal_tokens (id, card_id, tenant_id, actor_id, expires_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), now());
    UPDATE reveal_tokens SET used_at = now(), used_from = 'first';
    refused := false;
    BEGIN
        UPDATE reveal_tokens SET used_from = 'second';
    EXCEPTION WHEN check_violation THEN
        refused := true;
    END;
    IF NOT refused THEN
        RAISE EXCEPTION 'the record of who saw a number can be changed';
    END IF;
    DELETE FROM reveal_tokens;
END $$;

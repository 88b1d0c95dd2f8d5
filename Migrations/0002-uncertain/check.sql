-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF NOT has_table_privilege(:'serving_role', 'lanes', 'DELETE') THEN
        RAISE EXCEPTION 'the serving role cannot take a lane''s row away';
    END IF;
    INSERT INTO lanes (boot_id, lane, answered_batch, unanswered_since, last_batch_at)
        VALUES ('00000000-0000-0000-0000-000000000000', 0, 0, now(), now());
    DELETE FROM lanes WHERE boot_id = '00000000-0000-0000-0000-000000000000';
END $$;

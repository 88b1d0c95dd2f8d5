-- Proves the migration: raises when something is not as it should be.
DO $$
DECLARE
    numbers bigint[];
BEGIN
    IF current_user <> :'serving_role'
        AND (has_table_privilege(:'serving_role', 'webhook_notices', 'UPDATE')
            OR has_table_privilege(:'serving_role', 'webhook_notices', 'DELETE'))
    THEN
        RAISE EXCEPTION 'the serving role must not change what was told';
    END IF;
    WITH told AS (INSERT INTO webhook_notices (id, tenant_id, body)
        SELECT gen_random_uuid(), gen_random_uuid(), '' FROM generate_series(1, 2) RETURNING number)
    SELECT array_agg(number ORDER BY number) INTO numbers FROM told;
    IF numbers[1] < 1 OR numbers[2] <= numbers[1] THEN
        RAISE EXCEPTION 'notices are not numbered one after another';
    END IF;
    RAISE EXCEPTION 'done' USING ERRCODE = 'AV002';
EXCEPTION WHEN SQLSTATE 'AV002' THEN NULL;
END $$;

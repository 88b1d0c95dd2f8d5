-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT chip_data FROM journal UNION ALL SELECT chip_data FROM network_keys) kept
        WHERE encode(chip_data, 'hex') ~ '^([0-9a-f]{2})*7[12][0-9a-f]{2}86[0-9a-f]{2}84240002')
    THEN
        RAISE EXCEPTION 'an answer is kept with the script of a new PIN';
    END IF;
END $$;

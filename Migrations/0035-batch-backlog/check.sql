-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_indexes WHERE indexname = 'card_batches_under_way'
        AND indexdef LIKE '%(tenant_id) WHERE (ended_at IS NULL)') THEN
        RAISE EXCEPTION 'batches under way are not found by their tenant';
    END IF;
END $$;

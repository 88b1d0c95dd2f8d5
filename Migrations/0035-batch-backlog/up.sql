-- What a tenant's batches have not done yet is counted with each new one.
CREATE INDEX card_batches_under_way ON card_batches (tenant_id) WHERE ended_at IS NULL;

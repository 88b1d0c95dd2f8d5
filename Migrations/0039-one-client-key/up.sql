-- A client's key is taken once, by a command of a lane or by a change away from the lanes. The latter has no event and
-- no decision: its answer is with its request.
ALTER TABLE client_keys ALTER COLUMN event_id DROP NOT NULL, ALTER COLUMN decision DROP NOT NULL;
-- What is there has both.
ALTER TABLE client_keys ADD CONSTRAINT client_keys_are_whole CHECK ((event_id IS NULL) = (decision IS NULL)) NOT VALID;
INSERT INTO client_keys (tenant_id, key, fingerprint, decided_at)
SELECT tenant_id, key, fingerprint, created_at FROM operator_requests ON CONFLICT DO NOTHING;

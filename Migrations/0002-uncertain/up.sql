-- Holds whose answers may not have arrived.

-- From when on a process that ended may have left answers unsent: between these times its batches after the answered
-- one were decided.
ALTER TABLE lanes ADD COLUMN unanswered_since timestamptz NOT NULL DEFAULT now();
ALTER TABLE lanes ADD COLUMN last_batch_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE lanes ALTER COLUMN unanswered_since DROP DEFAULT, ALTER COLUMN last_batch_at DROP DEFAULT;
-- A process that has sent all its answers leaves no row.
GRANT DELETE ON lanes TO :"serving_role";

CREATE INDEX authorizations_uncertain ON authorizations (created_at, id) WHERE uncertain;

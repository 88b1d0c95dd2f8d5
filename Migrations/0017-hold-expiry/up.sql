-- Holds that are looked through for those whose time has run out, oldest first.

-- By the status and not by the amount: an index's condition may not change where updates are to stay cheap, and the status
-- changes once.
CREATE INDEX authorizations_pending ON authorizations (created_at, id) WHERE status = 1;

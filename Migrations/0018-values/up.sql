-- What networks were told of the value of 3-D Secure (CAVV), where they asked: a repeat is told the same. Null where
-- nothing was said of it, and in older rows.
ALTER TABLE journal ADD COLUMN authentication_answer text;
ALTER TABLE unrouted_journal ADD COLUMN authentication_answer text;
ALTER TABLE network_keys ADD COLUMN authentication_answer text;

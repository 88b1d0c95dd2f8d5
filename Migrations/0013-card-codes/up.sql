-- What networks were told of the code printed on the card (CVV2, CVC 2), where they asked: a repeat is told the same.
-- Null where nothing was said of it, and in older rows.
ALTER TABLE journal ADD COLUMN card_code_answer text;
ALTER TABLE unrouted_journal ADD COLUMN card_code_answer text;
ALTER TABLE network_keys ADD COLUMN card_code_answer text;

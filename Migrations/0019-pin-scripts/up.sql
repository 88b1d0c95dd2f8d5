-- What a card's chip is still to be told of its PIN: the command that gives the tries of the chip's own PIN back.

ALTER TABLE card_pins
    -- The script's identifier (tag 9F18): 0 to 4294967295. Null where nothing waits.
    ADD COLUMN script bigint CHECK (script BETWEEN 0 AND 4294967295),
    -- With how many answers it went.
    ADD COLUMN script_sends smallint CHECK (script_sends BETWEEN 0 AND 15),
    -- ATC of the last request that was answered with it.
    ADD COLUMN script_counter integer CHECK (script_counter BETWEEN 0 AND 65535),
    ADD CONSTRAINT sends_are_of_script CHECK ((script IS NULL) = (script_sends IS NULL)),
    ADD CONSTRAINT counter_is_of_sends CHECK ((coalesce(script_sends, 0) = 0) = (script_counter IS NULL));

-- What is deleted after a while: permissions to see a number that nobody used.
CREATE INDEX reveal_tokens_unused ON reveal_tokens (expires_at) WHERE used_at IS NULL;

-- Accounts whose status has changed, and of whose cards the networks' files are not all told yet: those behind this one.
-- The change itself tells of the first ones only, so that it does not take longer the more cards there are.
CREATE TABLE file_expansions (
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    after_card uuid NOT NULL,
    PRIMARY KEY (shard, account_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON file_expansions TO :"serving_role";

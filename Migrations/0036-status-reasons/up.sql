-- Why a card is in its status: a number of the code's closed list. Null where it was not told.
ALTER TABLE cards ADD COLUMN status_reason smallint CHECK (status_reason > 0);

-- In file_entries the numbers of what a file says have 256 times the reason beside the card's status.

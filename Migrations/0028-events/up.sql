-- Journal rows are events: readers take them in the order in which they became visible.

-- By the transaction alone: the rows of one have one entry among them, and the few of them are sorted when read.
CREATE INDEX journal_by_visibility ON journal (xid);

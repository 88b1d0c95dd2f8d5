-- A sandbox's accounts, whose holds end with a move of its clock. An account keeps its program, so that payments change
-- nothing in the index.
CREATE INDEX accounts_by_program ON accounts (program_id, id);

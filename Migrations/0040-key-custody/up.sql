-- Where a version of a key is of use: 1 in Aval's processes, 2 in a token alone, which has wrapped it besides.
ALTER TABLE key_versions ADD COLUMN custody smallint NOT NULL DEFAULT 1 CHECK (custody IN (1, 2));

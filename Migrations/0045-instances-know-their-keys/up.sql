-- The versions of the program's keys that an instance's values are made with, each as the key's id and, behind a dot,
-- the version: `acme-cvk.2`. With the name, because a program may come to name another key. Null where nobody knows
-- them: then each version in use is tried. The columns for numbers alone were never written.
ALTER TABLE card_instances
    ADD COLUMN key_versions text[] CHECK (cardinality(key_versions) > 0),
    DROP COLUMN cvk_version,
    DROP COLUMN imk_version;

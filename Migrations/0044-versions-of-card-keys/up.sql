-- Cards live with the versions of keys (usages C0, E0 to E4, V1 and V2) that made what they have. Such a version, once
-- it is replaced, is taken until an operator retires it: it has no end, and there may be several. Of other keys, too,
-- each previous version is taken until the end that it was promised.
ALTER TABLE key_versions DROP CONSTRAINT key_versions_check2,
    ADD CONSTRAINT end_is_of_previous CHECK (state = 3 OR previous_until IS NULL);
DROP INDEX key_versions_previous;

-- What is taken now stays; what is over stays over.
UPDATE key_versions v SET previous_until = NULL
FROM payment_keys k
WHERE k.id = v.key_id AND v.previous_until > now()
    AND k.usage IN ('C0', 'E0', 'E1', 'E2', 'E3', 'E4', 'V1', 'V2');

-- Of the verification key: the one that made the reference, and with which alone it is compared. Null where it was not
-- kept: then each version in use is tried.
ALTER TABLE card_pins ADD COLUMN key_version integer CHECK (key_version > 0);

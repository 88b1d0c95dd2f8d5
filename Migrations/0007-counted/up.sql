-- What a later day's velocity counted of a payment. Null where one day counted all of it, which is nearly everywhere.
ALTER TABLE authorizations
    -- What the day of counted_on still counts, in the balance's currency.
    ADD COLUMN counted_part bigint CHECK (counted_part >= 0);

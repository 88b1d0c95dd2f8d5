-- Payments that are counted or cleared in parts. Null where there is nothing, which is nearly everywhere.
ALTER TABLE authorizations
    -- What the day of counted_on still counts, in the balance's currency, where an earlier day counted the rest.
    ADD COLUMN counted_part bigint CHECK (counted_part >= 0),
    -- Into how many parts a merchant divided the payment, and how many of them are cleared.
    ADD COLUMN instalment_count smallint CHECK (instalment_count BETWEEN 1 AND 99),
    ADD COLUMN cleared_instalments smallint CHECK (cleared_instalments BETWEEN 0 AND instalment_count),
    ADD CONSTRAINT instalments_are_whole CHECK ((instalment_count IS NULL) = (cleared_instalments IS NULL));

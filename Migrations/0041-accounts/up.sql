-- A sandbox's accounts, whose holds end with a move of its clock. An account keeps its program, so that payments change
-- nothing in the index.
CREATE INDEX accounts_by_program ON accounts (program_id, id);

-- Whose an account is. Null where it names nobody. Written when it is opened, and never again.
ALTER TABLE accounts ADD COLUMN cardholder_id uuid;
CREATE INDEX accounts_by_cardholder ON accounts (cardholder_id) WHERE cardholder_id IS NOT NULL;
CREATE OR REPLACE FUNCTION refuse_other_cardholder() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'cards and accounts keep their cardholders'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'cardholder_stays';
END $$;
CREATE TRIGGER cardholder_is_active BEFORE INSERT ON accounts FOR EACH ROW
    WHEN (NEW.cardholder_id IS NOT NULL) EXECUTE FUNCTION check_cardholder();
CREATE TRIGGER cardholder_stays BEFORE UPDATE OF cardholder_id ON accounts FOR EACH ROW
    WHEN (OLD.cardholder_id IS DISTINCT FROM NEW.cardholder_id) EXECUTE FUNCTION refuse_other_cardholder();

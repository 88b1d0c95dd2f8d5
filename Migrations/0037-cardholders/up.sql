-- Who holds cards. Status: 1 active, 2 suspended, 3 closed.
CREATE TABLE cardholders (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    -- The client's own identifier.
    reference text,
    -- As it stands on cards, sealed with a data key of the vault.
    name bytea,
    name_key_id smallint,
    status smallint NOT NULL CHECK (status BETWEEN 1 AND 3),
    created_at timestamptz NOT NULL,
    -- When the name was forgotten for ever.
    erased_at timestamptz,
    CONSTRAINT cardholder_references_are_unique UNIQUE (tenant_id, reference),
    CONSTRAINT name_is_whole CHECK ((name IS NULL) = (name_key_id IS NULL)),
    CONSTRAINT erased_has_no_name CHECK (erased_at IS NULL OR (name IS NULL AND status = 3))
);
CREATE INDEX cardholders_by_tenant ON cardholders (tenant_id, id);

-- Null where a card names nobody. Written when the card is made, and never again.
ALTER TABLE cards ADD COLUMN cardholder_id uuid;
CREATE INDEX cards_by_cardholder ON cards (cardholder_id) WHERE cardholder_id IS NOT NULL;
ALTER TABLE card_batch_rows ADD COLUMN cardholder_id uuid;

-- Whoever makes a card has looked before. This holds also against a status that changes meanwhile: its change waits for
-- the card, or the card is refused.
CREATE FUNCTION check_cardholder() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM cardholders h
    WHERE h.id = NEW.cardholder_id AND h.tenant_id = NEW.tenant_id AND h.status = 1 FOR SHARE;
    IF NOT FOUND THEN
        -- With a name, as it is the card that is refused: without one no partition would take it.
        RAISE EXCEPTION 'the cardholder gets no card'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'cardholder_is_active';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION refuse_other_cardholder() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a card keeps its cardholder'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'cardholder_stays';
END $$;
CREATE TRIGGER cardholder_is_active BEFORE INSERT ON cards FOR EACH ROW
    WHEN (NEW.cardholder_id IS NOT NULL) EXECUTE FUNCTION check_cardholder();
CREATE TRIGGER cardholder_stays BEFORE UPDATE OF cardholder_id ON cards FOR EACH ROW
    WHEN (OLD.cardholder_id IS DISTINCT FROM NEW.cardholder_id) EXECUTE FUNCTION refuse_other_cardholder();

-- What is recorded of a change: the name is not told.
CREATE FUNCTION cardholder_record(h cardholders) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('status', (ARRAY['active', 'suspended', 'closed'])[h.status], 'reference', h.reference,
        'has_name', h.name IS NOT NULL, 'erased', h.erased_at IS NOT NULL)
$$;

GRANT SELECT, INSERT ON cardholders TO :"serving_role";
GRANT UPDATE (reference, name, name_key_id, status, erased_at) ON cardholders TO :"serving_role";

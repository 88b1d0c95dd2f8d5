-- Proves the migration: raises when something is not as it should be.
DO $$
BEGIN
    IF current_user <> :'serving_role'
        AND (has_table_privilege(:'serving_role', 'bureau_orders', 'DELETE')
            OR has_table_privilege(:'serving_role', 'bureau_order_cards', 'DELETE')
            OR has_table_privilege(:'serving_role', 'bureau_order_cards', 'UPDATE')
            OR has_column_privilege(:'serving_role', 'bureau_orders', 'card_count', 'UPDATE'))
    THEN
        RAISE EXCEPTION 'the serving role must not forget what was ordered';
    END IF;
    IF NOT has_sequence_privilege(:'serving_role', 'bureau_order_numbers', 'USAGE') THEN
        RAISE EXCEPTION 'the serving role cannot number orders';
    END IF;
END $$;

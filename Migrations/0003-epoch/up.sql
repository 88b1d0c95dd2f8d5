-- Transaction numbers order rows only within one cluster and one line of its history.

-- Changes with a restore, a failover or a move to another cluster. Positions of readers carry it.
CREATE FUNCTION ledger_epoch() RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT hashint8extended(system_identifier, CASE
        WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint())
        -- The first eight digits of a segment's name; the control file follows only with a checkpoint.
        ELSE ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int
    END) FROM pg_control_system()
$$;

-- Rows that were copied into another cluster keep numbers that mean nothing there.
ALTER TABLE internal_checkpoint_watermark ADD COLUMN cluster bigint;
UPDATE internal_checkpoint_watermark SET cluster = (SELECT system_identifier FROM pg_control_system());
ALTER TABLE internal_checkpoint_watermark ALTER COLUMN cluster SET NOT NULL;

-- As before, and refuses to count on another cluster's numbers.
CREATE OR REPLACE FUNCTION fold_internal_accounts(transactions bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    old_below xid8;
    new_below xid8;
    home bigint;
BEGIN
    SELECT below, cluster INTO old_below, home FROM internal_checkpoint_watermark FOR UPDATE;
    IF home <> (SELECT system_identifier FROM pg_control_system()) THEN
        RAISE EXCEPTION 'the checkpoints were made in another cluster: copy data files, not rows'
            USING ERRCODE = 'AV002';
    END IF;
    -- Every transaction below has ended, so the next statement's snapshot sees all of its rows.
    new_below := least(pg_snapshot_xmin(pg_current_snapshot()),
        (old_below::text::bigint + transactions)::text::xid8);
    IF new_below <= old_below THEN
        RETURN 0;
    END IF;
    INSERT INTO internal_checkpoints AS c (shard, account_id, layer, currency, debits, credits, transfers)
    SELECT shard, account_id, layer, currency, sum(debit), sum(credit), count(*) FROM internal_movements
    WHERE xid >= old_below AND xid < new_below
    GROUP BY shard, account_id, layer, currency
    ORDER BY shard, account_id, layer, currency
    ON CONFLICT (shard, account_id, layer, currency) DO UPDATE SET debits = c.debits + excluded.debits,
        credits = c.credits + excluded.credits, transfers = c.transfers + excluded.transfers;
    UPDATE internal_checkpoint_watermark SET below = new_below, folded_at = now();
    RETURN new_below::text::bigint - old_below::text::bigint;
END $$;

-- Of a card's place. A copy elsewhere is replaced only by a higher one.
ALTER TABLE pan_directory ADD COLUMN version bigint NOT NULL DEFAULT 1;

import AuthorizationCore
import AuthorizationEngine

/// The statements of legal holds, and how their rows are read and written.
enum LegalHoldRows {
    private static let list = """
        h.account_id, h.id, h.currency, h.balance_kind, h.amount, h.reason, h.placed_at, h.released_at, h.version
        """

    static let named = Statement(
        "legal_holds",
        """
        SELECT \(list) FROM unnest($1::int2[], $2::uuid[]) AS k(shard, id)
        JOIN legal_holds h ON h.shard = k.shard AND h.id = k.id
        """
    )

    static let ofAccount = Statement(
        "legal_holds_of_account",
        """
        SELECT \(list) FROM legal_holds h WHERE h.shard = $1 AND h.account_id = $2 AND h.id < $3::uuid
        ORDER BY h.id DESC LIMIT $4::int8
        """
    )

    static let owner = Statement(
        "account_of_legal_hold",
        """
        SELECT a.id FROM legal_holds h JOIN accounts a ON a.shard = h.shard AND a.id = h.account_id
        WHERE h.shard = $1 AND h.id = $2 AND a.tenant_id = $3
        """
    )

    static let verified = Statement(
        "verify_legal_holds",
        """
        SELECT \(list) FROM legal_holds h WHERE (h.shard, h.account_id) > ($1::int2, $2::uuid)
            AND (h.shard, h.account_id) <= ($3::int2, $4::uuid)
        """
    )

    static let new = Statement(
        "insert_legal_holds",
        """
        INSERT INTO legal_holds (shard, account_id, id, currency, balance_kind, amount, reason, placed_at, version)
        SELECT n.*, 1 FROM unnest($1::int2[], $2::uuid[], $3::uuid[], $4::int2[], $5::int2[], $6::int8[], $7::text[],
            $8::timestamptz[]) AS n
        """
    )

    /// Of a hold nothing changes but that it is released.
    static let release = LaneWrites.guarded(
        "release_legal_holds",
        """
        UPDATE legal_holds h SET released_at = n.released_at, version = h.version + 1
        FROM unnest($1::int2[], $2::uuid[], $3::timestamptz[], $4::int8[]) AS n(shard, id, released_at, stored)
        WHERE h.shard = n.shard AND h.id = n.id AND h.version = n.stored
        """,
        rows: 5
    )

    static func read(_ row: inout RowReader) throws(PostgresError) -> (account: AccountID, hold: LegalHold) {
        let account: AccountID = try row.identifier()
        let id: LegalHoldID = try row.identifier()
        let balance = BalanceKey(try row.currency(), try row.listed())
        var hold = LegalHold(
            id: id,
            balance: balance,
            amount: try row.int64(),
            reason: try row.text(),
            placedAt: try row.instant()
        )
        hold.releasedAt = try row.optionalInstant()
        hold.version = try row.int64()
        return (account, hold)
    }
}

extension BatchCalls {
    mutating func addLegalHolds(_ rows: [BatchWrites.AccountRow<LegalHold>]) {
        var shard = Column(.int2), account = Column(.uuid), id = Column(.uuid), currency = Column(.int2)
        var kind = Column(.int2), amount = Column(.int8), reason = Column(.text), placedAt = Column(.timestamptz)
        for row in rows where row.value.version == 0 {
            shard.append(Int16(row.account.shard.number))
            account.append(row.account)
            id.append(row.value.id)
            currency.append(Int16(row.value.balance.currency.numeric))
            kind.append(Int16(row.value.balance.kind.rawValue))
            amount.append(row.value.amount)
            reason.append(row.value.reason)
            placedAt.append(row.value.placedAt)
        }
        add(LegalHoldRows.new, [shard, account, id, currency, kind, amount, reason, placedAt])
        var releasedShard = Column(.int2), released = Column(.uuid), at = Column(.timestamptz), stored = Column(.int8)
        for row in rows {
            guard row.value.version > 0, let releasedAt = row.value.releasedAt else { continue }
            releasedShard.append(Int16(row.account.shard.number))
            released.append(row.value.id)
            at.append(releasedAt)
            stored.append(row.value.version)
        }
        addGuarded(LegalHoldRows.release, [releasedShard, released, at, stored])
    }
}

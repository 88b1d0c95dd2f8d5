import AuthorizationCore
import AuthorizationEngine

/// The statements of wallets' tokens, and how their rows are read and written.
enum TokenRows {
    private static let list = """
        t.account_id, t.id, t.token_index, t.card_id, t.status, t.reference, t.requestor, t.registered_at, t.version
        """

    /// Whatever account and tenant they are of: a token that another account has is known by that.
    static let named = Statement(
        "tokens",
        """
        SELECT \(list), t.tenant_id FROM unnest($1::bytea[]) AS k(token_index)
        JOIN tokens t ON t.token_index = k.token_index
        """
    )

    static let ofCard = Statement(
        "tokens_of_card",
        """
        SELECT \(list) FROM tokens t WHERE t.shard = $1 AND t.account_id = $2 AND t.card_id = $3 AND t.id < $4::uuid
        ORDER BY t.id DESC LIMIT $5::int8
        """
    )

    static let ofTenant = Statement(
        "token_of_tenant",
        """
        SELECT \(list) FROM tokens t JOIN accounts a ON a.shard = t.shard AND a.id = t.account_id
        WHERE t.shard = $1 AND t.id = $2 AND a.tenant_id = $3
        """
    )

    static let verified = Statement(
        "verify_tokens",
        """
        SELECT \(list), t.tenant_id FROM tokens t WHERE (t.shard, t.account_id) > ($1::int2, $2::uuid)
            AND (t.shard, t.account_id) <= ($3::int2, $4::uuid)
        """
    )

    static let new = Statement(
        "insert_tokens",
        """
        INSERT INTO tokens (shard, account_id, id, token_index, card_id, status, reference, requestor, registered_at,
            tenant_id, version)
        SELECT n.*, 1 FROM unnest($1::int2[], $2::uuid[], $3::uuid[], $4::bytea[], $5::uuid[], $6::int2[], $7::text[],
            $8::text[], $9::timestamptz[], $10::uuid[]) AS n
        """
    )

    static let change = LaneWrites.guarded(
        "update_tokens",
        """
        UPDATE tokens t SET status = n.status, version = t.version + 1
        FROM unnest($1::int2[], $2::uuid[], $3::int2[], $4::int8[]) AS n(shard, id, status, stored)
        WHERE t.shard = n.shard AND t.id = n.id AND t.version = n.stored
        """,
        rows: 5
    )

    static func readWithTenant(_ row: inout RowReader) throws(PostgresError) -> (view: TokenView, tenant: TenantID) {
        (try read(&row), try row.identifier())
    }

    static func read(_ row: inout RowReader) throws(PostgresError) -> TokenView {
        let account: AccountID = try row.identifier()
        let id: TokenID = try row.identifier()
        let index = try row.bytes()
        let card: CardID = try row.identifier()
        let status: TokenStatus = try row.listed()
        let registration = RegisterToken(
            id,
            index: index,
            of: card,
            reference: try row.text(),
            requestor: try row.text()
        )
        var token = WalletToken(registration, at: try row.instant())
        token.status = status
        token.version = try row.int64()
        return TokenView(token: token, account: account)
    }
}

extension BatchCalls {
    mutating func addTokens(_ rows: [BatchWrites.AccountRow<BatchWrites.TokenRow>]) {
        var shard = Column(.int2), account = Column(.uuid), id = Column(.uuid), index = Column(.bytea)
        var card = Column(.uuid), status = Column(.int2), reference = Column(.text), requestor = Column(.text)
        var registeredAt = Column(.timestamptz), tenant = Column(.uuid)
        for row in rows where row.value.token.version == 0 {
            shard.append(Int16(row.account.shard.number))
            account.append(row.account)
            id.append(row.value.token.id)
            index.append(row.value.token.index)
            card.append(row.value.token.card)
            status.append(Int16(row.value.token.status.rawValue))
            reference.append(row.value.token.reference)
            requestor.append(row.value.token.requestor)
            registeredAt.append(row.value.token.registeredAt)
            tenant.append(row.value.tenant)
        }
        add(TokenRows.new, [shard, account, id, index, card, status, reference, requestor, registeredAt, tenant])
        var changedShard = Column(.int2), changed = Column(.uuid), next = Column(.int2), stored = Column(.int8)
        for row in rows where row.value.token.version > 0 {
            changedShard.append(Int16(row.account.shard.number))
            changed.append(row.value.token.id)
            next.append(Int16(row.value.token.status.rawValue))
            stored.append(row.value.token.version)
        }
        addGuarded(TokenRows.change, [changedShard, changed, next, stored])
    }
}

import AuthorizationCore
import AuthorizationEngine

/// Lists of accounts and cards by their identifiers, which begin with the time they were made at.
extension PostgresReader {
    package func accounts(
        _ filter: AccountFilter,
        before last: AccountID?,
        limit: Int
    ) async throws -> [AccountView] {
        var program = Column(.uuid)
        if let wanted = filter.program { program.append(wanted) }
        let page = [
            Parameter(filter.tenant), Parameter(program), Parameter(last ?? AccountID(high: .max, low: .max)),
            Parameter(Int64(limit)),
        ]
        let list =
            if let cardholder = filter.cardholder {
                Call(ListStatements.accountsOfCardholder, page + [Parameter(cardholder)])
            } else {
                Call(ListStatements.accounts, page)
            }
        return try await thread.run { connection in
            let accounts = try connection.run(list).map(AccountColumns.read)
            let call = Call(ListStatements.balances, BatchReads.accountColumns(accounts.map(\.id)))
            let balances = try connection.run(call).map { (row) throws(PostgresError) in
                (account: try row.identifier() as AccountID, balance: try BalanceColumns.read(&row))
            }
            let ofAccounts = Dictionary(grouping: balances, by: \.account)
            return accounts.map { AccountView(account: $0, balances: (ofAccounts[$0.id] ?? []).map(\.balance)) }
        }
    }

    package func cards(
        of holder: CardHolding,
        _ tenant: TenantID,
        before last: CardID?,
        limit: Int
    ) async throws -> [(card: Card, account: AccountID)] {
        let page = [
            Parameter(tenant), Parameter(last ?? CardID(high: .max, low: .max)), Parameter(Int64(limit)),
        ]
        let call =
            switch holder {
            case .account(let id):
                Call(ListStatements.cardsOfAccount, page + [Parameter(Int16(id.shard.number)), Parameter(id)])
            case .cardholder(let id): Call(ListStatements.cardsOfCardholder, page + [Parameter(id)])
            }
        return try await thread.run { connection in
            let rows = try connection.run(call).map { (row) throws(PostgresError) in
                (card: try CardColumns.read(&row).card, account: try row.identifier() as AccountID)
            }
            return rows.reduce(into: []) { cards, row in
                if let last = cards.indices.last, cards[last].card.id == row.card.id {
                    cards[last].card.instances += row.card.instances
                } else {
                    cards.append(row)
                }
            }
        }
    }
}

private enum ListStatements {
    /// Each program's newest by its own index: there are few programs, and one of them may have nearly all accounts.
    static let accounts = Statement(
        "accounts",
        """
        SELECT \(AccountColumns.list) FROM programs p CROSS JOIN LATERAL (
            SELECT * FROM accounts o WHERE o.program_id = p.id AND o.tenant_id = $1 AND o.id < $3
            ORDER BY o.id DESC LIMIT $4
        ) a
        WHERE p.tenant_id = $1 AND p.id = coalesce(($2::uuid[])[1], p.id) ORDER BY a.id DESC LIMIT $4
        """
    )

    /// Who has few.
    static let accountsOfCardholder = Statement(
        "accounts_of_cardholder",
        """
        SELECT \(AccountColumns.list) FROM accounts a
        WHERE a.cardholder_id = $5 AND a.tenant_id = $1 AND a.id < $3
            AND a.program_id = coalesce(($2::uuid[])[1], a.program_id)
        ORDER BY a.id DESC LIMIT $4
        """
    )

    static let balances = Statement(
        "balances_of_accounts",
        """
        SELECT b.account_id, b.currency, b.kind, b.posted, b.pending_debits, b.pending_credits, b.credit_limit,
            b.legal_holds, b.version
        FROM unnest($1::int2[], $2::uuid[]) AS k (shard, id)
        JOIN balances b ON b.shard = k.shard AND b.account_id = k.id ORDER BY b.currency, b.kind
        """
    )

    static let cardsOfAccount = cards("cards_of_account", "o.shard = $4 AND o.account_id = $5")
    static let cardsOfCardholder = cards("cards_of_cardholder", "o.cardholder_id = $4")

    private static func cards(_ name: String, _ condition: String) -> Statement {
        Statement(
            name,
            """
            SELECT \(CardColumns.list), c.account_id FROM (
                SELECT * FROM cards o WHERE \(condition) AND o.tenant_id = $1 AND o.id < $2
                ORDER BY o.id DESC LIMIT $3
            ) c
            JOIN card_instances i ON i.shard = c.shard AND i.card_id = c.id ORDER BY c.id DESC, i.sequence_number
            """
        )
    }
}

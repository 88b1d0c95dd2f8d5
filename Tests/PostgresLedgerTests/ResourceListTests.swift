import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// Accounts and cards of a tenant, as pages.
@Suite struct ResourceListTests {
    @Test func `accounts and cards come from the newest on, each with all that belongs to it`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let directory = PostgresDirectory(url: ledger.database.servingURL, timeout: .seconds(5))
        let reader = PostgresReader(url: ledger.database.servingURL, timeout: .seconds(5), directory: directory)
        defer {
            reader.close()
            directory.close()
        }
        var accounts: [AccountID] = []
        for funds: Int64 in 1...3 { accounts.insert(try await ledger.openAccount(funds: funds), at: 0) }
        accounts.sort { $1 < $0 }
        func list(_ program: ProgramID? = nil, before: AccountID? = nil, limit: Int = 10) async throws -> [AccountView]
        {
            let filter = AccountFilter(tenant: ledger.tenant, program: program)
            return try await reader.accounts(filter, before: before, limit: limit)
        }
        #expect(try await list().map(\.account.id) == accounts)
        #expect(try await list(limit: 2).map(\.account.id) == Array(accounts.prefix(2)))
        #expect(try await list(before: accounts[0]).map(\.account.id) == Array(accounts.dropFirst()))
        #expect(try await list(ProgramID(high: 1, low: 1)).isEmpty)
        for view in try await list(try #require(try await list().first).account.program) {
            let alone = try await reader.account(view.account.id, of: ledger.tenant)
            #expect(view.balances.map(\.balance) == alone?.balances.map(\.balance) && !view.balances.isEmpty)
        }
        var cards: [CardID] = []
        for _ in 0..<2 { cards.append(try await ledger.issueCard(on: accounts[1]).id) }
        _ = try await ledger.issueCard(on: accounts[0])
        cards.sort { $1 < $0 }
        let holding = CardHolding.account(accounts[1])
        let page = try await reader.cards(of: holding, ledger.tenant, before: nil, limit: 10)
        #expect(page.map(\.card.id) == cards && page.allSatisfy { $0.account == accounts[1] })
        #expect(page.map(\.card) == (try await Self.alone(cards, reader, ledger.tenant)))
        let rest = try await reader.cards(of: holding, ledger.tenant, before: cards[0], limit: 10)
        #expect(rest.map(\.card.id) == [cards[1]])
        #expect(try await reader.cards(of: holding, TenantID(high: 1, low: 1), before: nil, limit: 10).isEmpty)
    }

    private static func alone(_ ids: [CardID], _ reader: PostgresReader, _ tenant: TenantID) async throws -> [Card] {
        var cards: [Card] = []
        for id in ids { cards += try await reader.card(id, of: tenant).map { [$0.card] } ?? [] }
        return cards
    }
}

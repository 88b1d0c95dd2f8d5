import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// Readers that follow the ledger while it is written.
@Suite struct ListingTests {
    private struct World {
        let ledger: TestLedger
        let card: TestLedger.IssuedCard
        let directory: PostgresDirectory
        let reader: PostgresReader

        static func make() async throws -> World {
            let ledger = try TestLedger(try TestDatabase.make())
            let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
            let url = ledger.database.servingURL
            let directory = PostgresDirectory(url: url, timeout: .seconds(5))
            let reader = PostgresReader(url: url, timeout: .seconds(5), directory: directory)
            return World(ledger: ledger, card: card, directory: directory, reader: reader)
        }

        func end() {
            reader.close()
            directory.close()
            ledger.close()
        }

        func pay(_ amount: Int64) async throws {
            let payment = Command.authorize(try TestLedger.payment(amount, with: card.id))
            try await ledger.decide(payment, on: card.account)
        }

        func page(after position: ListPosition?, limit: Int = 2) async throws -> AuthorizationPage? {
            try await reader.authorizations(AuthorizationFilter(tenant: ledger.tenant), after: position, limit: limit)
        }

        /// Waits until the listing has what was committed: transactions of other tests keep the newest back too.
        func waitForAmounts(_ expected: [Int64], after start: ListPosition? = nil) async throws {
            for _ in 0..<1_000 {
                if try await amounts(after: start).amounts == expected { return }
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try await amounts(after: start).amounts == expected)
        }

        /// Amounts on all pages after a position, and the last position.
        func amounts(after start: ListPosition?) async throws -> (amounts: [Int64], last: ListPosition?) {
            var amounts: [Int64] = [], last = start
            var next = start
            repeat {
                let page = try #require(try await page(after: next, limit: 1))
                amounts += page.items.map(\.authorization.held)
                next = page.next
                last = next ?? last
            } while next != nil
            return (amounts, last)
        }
    }

    @Test func `a reader beside a slow writer waits for it and misses nothing`() async throws {
        let world = try await World.make()
        defer { world.end() }
        try await world.pay(101)
        // A row with a lower identifier and an earlier transaction than those after it, which commits last.
        let slow = try TestDatabase.connect(world.ledger.database.superuserURL)
        try slow.run(
            script: """
                BEGIN;
                INSERT INTO authorizations SELECT shard, uuid_in(overlay(id::text PLACING '00000000' FROM 29)::cstring),
                    account_id, card_id, status, kind, currency, balance_kind, transaction_currency, 102, 102, 102,
                    102, cleared, posted, counted_on, uncertain, created_at, pg_current_xact_id(), version
                FROM authorizations
                """
        )
        for amount: Int64 in [103, 104] { try await world.pay(amount) }
        try await world.waitForAmounts([101])
        let last = try await world.amounts(after: nil).last
        try slow.run(script: "COMMIT")
        try await world.waitForAmounts([102, 103, 104], after: last)
        try await world.waitForAmounts([101, 102, 103, 104])
    }

    @Test func `a position of another epoch is not followed`() async throws {
        let world = try await World.make()
        defer { world.end() }
        for amount: Int64 in [101, 102, 103] { try await world.pay(amount) }
        try await world.waitForAmounts([101, 102, 103])
        var position = try #require(try await world.page(after: nil)?.next)
        #expect(try await world.page(after: position)?.items.count == 1)
        position.epoch &+= 1
        #expect(try await world.page(after: position) == nil)
    }

    @Test func `a reader whose session was ended meanwhile reads on a new one`() async throws {
        let world = try await World.make()
        defer { world.end() }
        try await world.pay(101)
        try await world.waitForAmounts([101])
        for application in ["aval reader", "aval directory"] {
            _ = try world.ledger.database.texts(
                """
                SELECT pg_terminate_backend(pid, 5000)::text FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = '\(application)'
                """
            )
        }
        #expect(try await world.page(after: nil)?.items.count == 1)
        #expect(try await world.reader.card(panIndex: world.card.panIndex)?.card == world.card.id)
    }

    @Test func `checkpoints are not folded on another cluster's transaction numbers`() async throws {
        let world = try await World.make()
        defer { world.end() }
        try await world.pay(101)
        let connection = try TestDatabase.connect(world.ledger.database.ownerURL)
        #expect(try InternalCheckpoints(connection).fold() > 0)
        try world.ledger.database.damage("UPDATE internal_checkpoint_watermark SET cluster = cluster + 1")
        let error = #expect(throws: PostgresError.self) { try InternalCheckpoints(connection).fold() }
        #expect(error?.description.contains("AV002") == true)
    }
}

import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// The journal as events, while it is written.
@Suite struct EventReaderTests {
    private struct World {
        let ledger: TestLedger
        let card: TestLedger.IssuedCard
        let reader: PostgresEventReader

        static func make() async throws -> World {
            let ledger = try TestLedger(try TestDatabase.make())
            let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
            return World(
                ledger: ledger,
                card: card,
                reader: PostgresEventReader(url: ledger.database.servingURL, timeout: .seconds(30))
            )
        }

        func end() {
            reader.close()
            ledger.close()
        }

        func pay(_ amount: Int64) async throws {
            let payment = Command.authorize(try TestLedger.payment(amount, with: card.id))
            try await ledger.decide(payment, on: card.account)
        }

        var filter: EventFilter { EventFilter(tenant: ledger.tenant) }

        /// All events after a position, read so many at a time, and where they end.
        func read(
            _ filter: EventFilter,
            after start: EventPosition? = nil,
            limit: Int = 100
        ) async throws -> (events: [AccountEvent], end: EventPosition?) {
            var events: [AccountEvent] = [], next = start
            while true {
                let page = try #require(try await reader.events(filter, after: next, limit: limit))
                events += page.events
                next = page.next
                if page.isAtEnd { return (events, next) }
            }
        }

        /// Waits until so many are there: transactions of other tests keep the newest back too.
        func read(
            _ count: Int,
            _ filter: EventFilter,
            after start: EventPosition? = nil,
            limit: Int = 100
        ) async throws -> (events: [AccountEvent], end: EventPosition?) {
            for _ in 0..<1_000 where try await read(filter, after: start).events.count < count {
                try await Task.sleep(for: .milliseconds(5))
            }
            return try await read(filter, after: start, limit: limit)
        }
    }

    @Test(arguments: [1, 2, 3, 100])
    func `each journal row is one event, whatever the size of the pages`(_ limit: Int) async throws {
        let world = try await World.make()
        defer { world.end() }
        for amount: Int64 in [101, 102, 1_000_000] { try await world.pay(amount) }
        let events = try await world.read(6, world.filter, limit: limit).events
        let types: [EventType] = [
            .accountOpened, .accountFunded, .cardIssued, .authorizationApproved, .authorizationApproved,
            .authorizationDeclined,
        ]
        #expect(events.map(\.type) == types)
        #expect(events.map(\.entry.sequence) == Array(1...6))
        #expect(events.allSatisfy { $0.account == world.card.account })
        let journal = try world.ledger.database.texts(
            "SELECT 'evt_' || replace(id::text, '-', '') FROM journal ORDER BY seq"
        )
        #expect(events.map(\.entry.event.description) == journal)
    }

    @Test func `a reader beside a slow writer waits for it, and misses nothing`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let before = try await world.read(3, world.filter).end
        // A row with an earlier transaction than those after it, which commits last.
        let slow = try TestDatabase.connect(world.ledger.database.superuserURL)
        try slow.run(
            script: """
                BEGIN;
                INSERT INTO journal (shard, account_id, seq, id, format, kind, command, decision, decided_at, day_start,
                    business_date, seed, program_version, state_hash, boot_id, lane, batch)
                SELECT shard, account_id, 99, id, format, kind, command, decision, decided_at, day_start,
                    business_date, seed, program_version, state_hash, boot_id, lane, batch
                FROM journal WHERE seq = 2
                """
        )
        for amount: Int64 in [103, 104] { try await world.pay(amount) }
        let latest = try await world.reader.latestEventTransaction()
        #expect(try await world.read(world.filter, after: before).events.isEmpty)
        #expect(try await world.reader.latestEventTransaction() == latest)
        try slow.run(script: "COMMIT")
        let events = try await world.read(3, world.filter, after: before).events
        #expect(events.map(\.entry.sequence) == [99, 4, 5])
        #expect(try await world.reader.latestEventTransaction() > latest)
    }

    @Test func `filters keep to one's own tenant, an account, types and a time`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let other = try await world.ledger.openAccount(funds: 0)
        try await world.pay(101)
        let all = try await world.read(5, world.filter).events
        #expect(all.count == 5)
        var filter = world.filter
        filter.account = other
        #expect(try await world.read(filter).events.map(\.account) == [other])
        filter = world.filter
        filter.types = [.cardIssued, .authorizationApproved]
        #expect(try await world.read(filter, limit: 1).events.map(\.type) == [.cardIssued, .authorizationApproved])
        filter = world.filter
        filter.from = all[4].entry.decidedAt
        #expect(try await world.read(filter).events.map(\.entry.event).contains(all[4].entry.event))
        filter.from = all[4].entry.decidedAt + .seconds(1)
        #expect(try await world.read(filter).events.isEmpty)
        let stranger = EventFilter(tenant: TenantID(high: 1, low: 1))
        let passed = try await world.read(stranger)
        #expect(passed.events.isEmpty)
        #expect(try await world.read(world.filter, after: passed.end).events.isEmpty)
    }

    @Test func `a page looks at so many rows only, though all of them are of before the time`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let beginning = try #require(try await world.reader.events(world.filter, after: nil, limit: 1)).next
        for _ in 0..<210 { try await world.pay(1) }
        let count = try await world.read(213, world.filter).events.count
        #expect(count == 213)
        var filter = world.filter
        filter.from = .wallClock + .seconds(3_600)
        let page = try #require(try await world.reader.events(filter, after: beginning, limit: 1))
        #expect(page.events.isEmpty && !page.isAtEnd)
        #expect(page.next.transaction > beginning.transaction)
        let rest = try await world.read(filter, after: page.next)
        #expect(rest.events.isEmpty)
    }

    @Test func `who begins at a time begins near it, and misses nothing of it`() async throws {
        let world = try await World.make()
        defer { world.end() }
        for _ in 0..<210 { try await world.pay(1) }
        let all = try await world.read(213, world.filter).events
        // As if the first ones were 20 minutes old. The first 48 bits of an identifier are its milliseconds.
        try world.ledger.database.damage(
            """
            UPDATE journal j SET decided_at = decided_at - interval '20 minutes', id = k.old
            FROM (SELECT seq, (lpad(to_hex(('x' || left(hex, 12))::bit(48)::bigint - 1200000), 12, '0')
                || substr(hex, 13))::uuid AS old
                FROM (SELECT seq, replace(id::text, '-', '') AS hex FROM journal) h) k
            WHERE j.seq = k.seq AND j.seq <= 205
            """
        )
        var filter = world.filter
        filter.from = try #require(all.last).entry.decidedAt - .seconds(60)
        let page = try #require(try await world.reader.events(filter, after: nil, limit: 100))
        #expect(page.events.map(\.entry.sequence) == Array(206...213) && page.isAtEnd)
    }

    @Test func `a position of another epoch is not followed`() async throws {
        let world = try await World.make()
        defer { world.end() }
        var position = try #require(try await world.read(3, world.filter).end)
        #expect(try await world.reader.events(world.filter, after: position, limit: 1) != nil)
        position.epoch &+= 1
        #expect(try await world.reader.events(world.filter, after: position, limit: 1) == nil)
    }
}

import Foundation
import Synchronization
import TestSupport
import Testing

/// Those who follow accounts, while the process dies under them.
@Suite struct EventStoryTests {
    private struct Event: Hashable {
        var id: String
        var account: String
        var sequence: Int

        init?(_ json: [String: Any]) {
            guard let id = json["id"] as? String, let account = json["account_id"] as? String,
                let sequence = json["account_sequence"] as? Int
            else { return nil }
            self.id = id
            self.account = account
            self.sequence = sequence
        }
    }

    /// A client that keeps its cursor, and forgets the last page now and then.
    private struct Follower {
        let database: TestDatabase
        var cursor: String?
        var received: [Event] = []
        var pages = 0

        /// - Returns: whether there is more.
        mutating func read(_ client: Client, wait: Int) async throws -> Bool {
            let after = cursor.map { "&after=\($0)" } ?? ""
            let page = try await client.get("/v1/events?limit=7&wait=\(wait)\(after)").expecting(200)
            let events = (page.json["items"] as? [[String: Any]] ?? []).compactMap { Event($0) }
            try check(events)
            received += events
            pages += 1
            if pages % 5 != 0 || events.isEmpty { cursor = page.text("next_cursor") }
            return page.json["has_more"] as? Bool == true || !events.isEmpty
        }

        /// None comes before its commit.
        private func check(_ events: [Event]) throws {
            guard !events.isEmpty else { return }
            let ids = events.map { "'\($0.id.dropFirst(4))'" }.joined(separator: ",")
            let committed = try database.texts("SELECT count(*)::text FROM journal WHERE id IN (\(ids))")
            #expect(committed == ["\(Set(events.map(\.id)).count)"])
        }
    }

    @Test func `who follows gets each journal row, in order, though the process is killed`() async throws {
        let installation = try AvalProcess.Installation.make()
        var follower = Follower(database: installation.database)
        var cards: [String] = []
        for round in 0..<4 {
            let server = try AvalProcess(installation)
            let client = Client(server, installation)
            for _ in 0..<2 { cards.append(try await client.openAccount(funded: 1_000_000).card) }
            let payments = Task { [cards] in
                await withTaskGroup(of: Void.self) { group in
                    for index in 0..<40 {
                        // Those that the end of the process cuts off are not answered.
                        group.addTask { _ = try? await client.authorize(cards[index % cards.count], 100) }
                    }
                }
            }
            for _ in 0..<(2 + 2 * round) { _ = try await follower.read(client, wait: 1) }
            server.crash()
            await payments.value
        }
        let server = try AvalProcess(installation)
        let client = Client(server, installation)
        // The process still marks what the last one left open. Transactions elsewhere on this PostgreSQL keep the newest
        // rows back.
        var expected = try Self.journal(installation.database)
        for _ in 0..<200 where Set(follower.received.map(\.id)) != expected {
            _ = try await follower.read(client, wait: 1)
            expected = try Self.journal(installation.database)
        }
        #expect(Set(follower.received.map(\.id)) == expected)
        #expect(follower.received.count > expected.count, "no page was read twice")
        Self.checkOrder(follower.received)
        #expect(server.stop() == 0)
    }

    /// What was seen before may come again; what is new follows on what was seen.
    private static func checkOrder(_ events: [Event]) {
        var last: [String: Int] = [:]
        for event in events {
            let seen = last[event.account] ?? 0
            #expect(event.sequence <= seen + 1, "\(event.account) goes from \(seen) to \(event.sequence)")
            last[event.account] = max(seen, event.sequence)
        }
    }

    private static func journal(_ database: TestDatabase) throws -> Set<String> {
        Set(try database.texts("SELECT 'evt_' || replace(id::text, '-', '') FROM journal"))
    }

    @Test func `a stream brings payments as they are made, and ends when the process stops`() async throws {
        let installation = try AvalProcess.Installation.make()
        let server = try AvalProcess(installation)
        let client = Client(server, installation)
        let stream = try EventFollower(client, "/v1/events/stream?types=authorization.approved")
        let card = try await client.openAccount(funded: 100_000).card
        for count in 1...3 {
            #expect(try await client.authorize(card, 100).status == 201)
            try await stream.waitForEvents(count)
        }
        server.interrupt()
        #expect(server.wait() == 0)
        #expect(try await stream.end())
        #expect(stream.eventCount == 3)
    }

    @Test func `a process that is asked to stop answers those who wait for events`() async throws {
        let installation = try AvalProcess.Installation.make()
        let server = try AvalProcess(installation)
        let client = Client(server, installation)
        var follower = Follower(database: installation.database)
        while try await follower.read(client, wait: 0) {}
        let cursor = try #require(follower.cursor)
        async let waiting = client.get("/v1/events?wait=30&after=\(cursor)")
        try await Task.sleep(for: .milliseconds(500))
        let started = ContinuousClock.now
        server.interrupt()
        #expect(try await waiting.status == 200)
        #expect(server.wait() == 0)
        #expect(.now - started < .seconds(15))
    }
}

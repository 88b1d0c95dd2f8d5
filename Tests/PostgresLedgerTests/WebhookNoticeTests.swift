import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// What endpoints are told of others that are disabled.
@Suite struct WebhookNoticeTests {
    @Test func `the other endpoints are told of one that is disabled, and what they make of it costs them nothing`()
        async throws
    {
        let world = try await WebhookWorld()
        defer { world.end() }
        let (all, asking, plain, off) = (
            try WebhookWorld.endpoint(of: world.ledger.tenant), try world.endpoint([.webhookDisabled]),
            try world.endpoint([.accountOpened]), try world.endpoint([.webhookDisabled])
        )
        let stranger = try WebhookWorld.endpoint(
            of: TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        )
        for other in [all, asking, plain, off, stranger] {
            #expect(try await world.add(other, world.secret) == .stored)
        }
        // The others look at nothing yet.
        let first = world.endpoint.uuid
        try world.run("UPDATE webhook_endpoints SET look_at = now() + interval '1 hour' WHERE id <> '\(first)'")
        try world.run("UPDATE webhook_endpoints SET disabled_reason = 1, disabled_at = now() WHERE id = '\(off.uuid)'")
        _ = try await world.ledger.openAccount()
        world.sender.tell { _ in .answered(status: 410) }
        try await world.carry { try await world.stored().disabled?.reason == .gone }
        let text = "\(world.endpoint.id) gone gone 1"
        let notice = try #require(try await world.store.notices(of: world.ledger.tenant, before: nil, limit: 9)?.first)
        #expect(String(decoding: notice.document, as: UTF8.self) == text)
        var told: [WebhookEndpointID: [WebhookDelivery]] = [:]
        for other in [world.endpoint, all, asking, plain, off, stranger] {
            told[other.id] = try await world.deliveries(of: other).filter(\.isNotice)
        }
        #expect(told.filter { !$0.value.isEmpty }.keys.sorted() == [all.id, asking.id].sorted())
        #expect(told[all.id]?.map(\.event) == [notice.id] && told[all.id]?.first?.body == notice.document)
        // One that refuses it, for a day and more, is not disabled for that, and has its events.
        try world.run("UPDATE webhook_endpoints SET look_at = now()")
        world.sender.tell { $0 == text ? .answered(status: 400) : .answered(status: 200) }
        try await world.carry {
            try await world.deliveries(of: asking).first?.attempts ?? 0 > 0 && world.sender.delivered.count == 2
        }
        #expect(try await world.store.endpoint(asking.id, of: world.ledger.tenant)?.failingSince == nil)
        try world.run("UPDATE webhook_deliveries SET next_at = now()")
        world.sender.tell { _ in .answered(status: 200) }
        try await world.carry { world.sender.delivered.count { $0 == text } == 2 }
        #expect(try await world.store.notices(of: world.ledger.tenant, before: notice.id, limit: 9)?.isEmpty == true)
        #expect(try await world.store.notices(of: stranger.tenant, before: notice.id, limit: 9) == nil)
    }

    @Test func `a notice is written with the disabling, once, and not where the client was first`() async throws {
        let world = try await WebhookWorld()
        defer { world.end() }
        let other = try WebhookWorld.endpoint(of: world.ledger.tenant)
        #expect(try await world.add(other, world.secret) == .stored)
        try world.run("UPDATE webhook_endpoints SET look_at = now() + interval '1 hour' WHERE id = '\(other.uuid)'")
        func settle(_ lease: WebhookLease, asked: Bool) async throws -> Int {
            var lease = lease
            lease.endpoint.disabled = .init(reason: .failing, at: .wallClock)
            let id = EventID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
            if asked {
                let disabling = "SET disabled_reason = 1, disabled_at = now()"
                try world.run("UPDATE webhook_endpoints \(disabling) WHERE id = '\(world.endpoint.uuid)'")
            }
            // As of a process that does not know whether its commit was.
            for _ in 0..<2 {
                let notice = WrittenNotice(id: id, document: [])
                try await world.store.settle(lease, delivered: [], failed: [], notice: notice, pause: .zero)
            }
            return try await world.deliveries(of: other).count
        }
        let first = try #require(try await world.store.lease(besides: []))
        #expect(try await settle(first, asked: true) == 0)
        try world.run("UPDATE webhook_endpoints SET disabled_reason = NULL, disabled_at = NULL")
        let lost = try #require(try await world.store.lease(besides: []))
        try world.run("UPDATE webhook_endpoints SET lease = gen_random_uuid()")
        #expect(try await settle(lost, asked: false) == 0)
        try world.run("UPDATE webhook_endpoints SET leased_until = NULL")
        let last = try #require(try await world.store.lease(besides: []))
        #expect(try await settle(last, asked: false) == 1)
    }

    /// Answers to the notice that the endpoint gets itself.
    @Test(arguments: [200, 500])
    func `a notice counts the events that wait there, and no notices`(_ answer: Int) async throws {
        let world = try await WebhookWorld()
        defer { world.end() }
        let other = try WebhookWorld.endpoint(of: world.ledger.tenant)
        #expect(try await world.add(other, world.secret) == .stored)
        let later = "UPDATE webhook_endpoints SET look_at = now() + interval '1 hour'"
        try world.run("\(later) WHERE id = '\(world.endpoint.uuid)'")
        var lease = try #require(try await world.store.lease(besides: []))
        lease.endpoint.disabled = .init(reason: .gone, at: .wallClock)
        let first = WrittenNotice(
            id: EventID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)),
            document: Array("first".utf8)
        )
        try await world.store.settle(lease, delivered: [], failed: [], notice: first, pause: .zero)
        #expect(try await world.deliveries().map(\.event) == [first.id])
        _ = try await world.ledger.openAccount()
        world.sender.tell { .answered(status: $0 == "first" ? answer : 410) }
        try world.run("UPDATE webhook_endpoints SET look_at = now()")
        try await world.carry { try await world.stored().disabled != nil }
        let notices = try #require(try await world.store.notices(of: world.ledger.tenant, before: nil, limit: 9))
        let told = notices.map { String(decoding: $0.document, as: UTF8.self) }
        #expect(told.contains("\(world.endpoint.id) gone gone 1"), "\(told)")
    }
}

import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// What a notice says of the endpoint that was disabled.
@Suite struct WebhookNoticeTests {
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

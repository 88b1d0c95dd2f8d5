import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import PostgresLedger
import TestSupport
import Testing

/// Events on their way to endpoints.
@Suite struct WebhookTests {
    @Test func `events arrive signed and in order, and a failure holds its account back alone`() async throws {
        let world = try await WebhookWorld()
        defer { world.end() }
        let (failing, sound) = (
            try await world.ledger.openAccount(funds: 10_000), try await world.ledger.openAccount(funds: 10_000)
        )
        _ = try await world.ledger.issueCard(on: failing)
        world.sender.tell { $0 == WebhookWorld.text(failing, 2) ? .answered(status: 500) : .answered(status: 200) }
        let first = [
            WebhookWorld.text(failing, 1), WebhookWorld.text(sound, 1), WebhookWorld.text(sound, 2),
        ]
        // The last event may be seen later than those before it, while others write.
        try await world.carry {
            let waiting = try await world.deliveries()
            return Set(world.sender.delivered) == Set(first) && waiting.count == 2 && waiting[0].attempts > 0
        }
        let waiting = try await world.deliveries()
        try #require(waiting.map(\.sequence) == [2, 3] && waiting.allSatisfy { $0.account == failing })
        #expect(waiting[0].last == .answered(status: 500) && waiting[0].attempts > 0 && waiting[1].attempts == 0)
        #expect(try await world.stored().disabled == nil)
        world.sender.tell { _ in .answered(status: 200) }
        try world.run("UPDATE webhook_deliveries SET next_at = now()")
        try await world.carry { world.sender.delivered.count == 5 }
        let ofFailing = world.sender.delivered.filter { $0.hasPrefix("\(failing)") }
        #expect(ofFailing == (1...3).map { WebhookWorld.text(failing, $0) })
        #expect(try await world.deliveries().isEmpty)
        #expect(try await world.stored().failingSince == nil)
        for message in world.sender.messages {
            let signature = try world.secret.signature(
                id: message.id,
                timestamp: message.timestamp,
                body: message.body
            )
            #expect(message.signatures == [signature])
        }
    }

    @Test func `both live secrets sign, and no third`() async throws {
        let world = try await WebhookWorld()
        defer { world.end() }
        var secrets = [world.secret]
        for _ in 0..<2 {
            secrets.append(try .random())
            let sealed = try SealedWebhookSecret(try #require(secrets.last), of: world.endpoint.id, world.vault)
            let end = Instant.wallClock + .seconds(3_600)
            let outcome = try await world.store.replaceSecret(
                of: world.endpoint,
                by: sealed,
                oldUntil: end,
                WebhookWorld.unkeyed
            )
            #expect(outcome == .stored)
        }
        _ = try await world.ledger.openAccount()
        try await world.carry { !world.sender.messages.isEmpty }
        let message = try #require(world.sender.messages.first)
        let expected = try [secrets[2], secrets[1]].map { secret in
            try secret.signature(id: message.id, timestamp: message.timestamp, body: message.body)
        }
        #expect(message.signatures == expected)
        try world.run("UPDATE webhook_secrets SET expires_at = now() WHERE expires_at IS NOT NULL")
        #expect(try await world.store.secrets(of: world.endpoint.id).count == 1)
    }

    @Test func `an endpoint that is gone is disabled, and gets everything once it is enabled again`() async throws {
        let world = try await WebhookWorld()
        defer { world.end() }
        world.sender.tell { _ in .answered(status: 410) }
        let account = try await world.ledger.openAccount(funds: 10_000)
        try await world.carry { try await world.stored().disabled?.reason == .gone }
        var endpoint = try await world.stored()
        endpoint.disabled = nil
        world.sender.tell { _ in .answered(status: 200) }
        // Long after the first attempt, one more that fails does not park it.
        try world.run("UPDATE webhook_deliveries SET first_at = now() - interval '73 hours' WHERE first_at IS NOT NULL")
        world.sender.tell { _ in .answered(status: 500) }
        #expect(try await world.store.change(endpoint, WebhookWorld.unkeyed) == .stored)
        try await world.carry { try await world.deliveries().first?.last == .answered(status: 500) }
        #expect(try await world.deliveries().allSatisfy { $0.parkedAt == nil })
        world.sender.tell { _ in .answered(status: 200) }
        try world.run("UPDATE webhook_deliveries SET next_at = now()")
        try await world.carry { world.sender.delivered == [1, 2].map { WebhookWorld.text(account, $0) } }
    }

    @Test func `an endpoint where nothing arrives for a day is disabled`() async throws {
        let world = try await WebhookWorld()
        defer { world.end() }
        world.sender.tell { _ in .failed(.unreachable) }
        _ = try await world.ledger.openAccount()
        try await world.carry { try await world.stored().failingSince != nil }
        #expect(try await world.stored().disabled == nil)
        try world.run("UPDATE webhook_endpoints SET failing_since = now() - interval '24 hours'")
        try world.run("UPDATE webhook_deliveries SET next_at = now()")
        try await world.carry { try await world.stored().disabled?.reason == .failing }
        #expect(try await world.deliveries().count == 1)
        let figures = try await world.store.figures()
        #expect(figures.disabled == 1 && figures.waiting == 1 && figures.parked == 0)
    }

    @Test func `what does not arrive for three days is parked, and holds nothing back any more`() async throws {
        let world = try await WebhookWorld()
        defer { world.end() }
        let account = try await world.ledger.openAccount(funds: 10_000)
        world.sender.tell { $0 == WebhookWorld.text(account, 1) ? .answered(status: 500) : .answered(status: 200) }
        try await world.carry { try await world.deliveries().first?.attempts ?? 0 > 0 }
        try world.run("UPDATE webhook_deliveries SET next_at = now(), first_at = now() - interval '72 hours'")
        try await world.carry { world.sender.delivered == [WebhookWorld.text(account, 2)] }
        let left = try await world.deliveries()
        #expect(left.map(\.sequence) == [1] && left[0].parkedAt != nil)
        // Asked for again, it begins anew.
        world.sender.tell { _ in .answered(status: 200) }
        #expect(try await world.store.replay(left, to: world.endpoint, WebhookWorld.unkeyed) == .stored)
        try await world.carry { world.sender.delivered == [2, 1].map { WebhookWorld.text(account, $0) } }
        #expect(try await world.store.replay(left, to: world.endpoint, WebhookWorld.unkeyed) == .stored)
        try await world.carry { world.sender.delivered.count == 3 }
    }

    @Test func `endpoints that are slow hold up their own tenant alone`() async throws {
        let world = try await WebhookWorld()
        defer { world.end() }
        let slow = TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        for _ in 0..<WebhookEndpoint.largestCount {
            let endpoint = try WebhookWorld.endpoint(of: slow)
            #expect(try await world.add(endpoint, world.secret) == .stored)
            let outcome = try await world.store.replay([WebhookWorld.delivery(1)], to: endpoint, WebhookWorld.unkeyed)
            #expect(outcome == .stored)
        }
        world.sender.holdUp(slow)
        var account: AccountID?
        try await world.carry {
            if account == nil, world.sender.waiting >= 4 { account = try await world.ledger.openAccount() }
            return account.map { world.sender.delivered == [WebhookWorld.text($0, 1)] } ?? false
        }
        #expect(world.sender.waiting == 4)
    }

    @Test func `an endpoint is one process's, until its lease has run out`() async throws {
        let world = try await WebhookWorld()
        defer { world.end() }
        let lease = try #require(try await world.store.lease(besides: []))
        #expect(try await world.store.lease(besides: []) == nil)
        try world.run("UPDATE webhook_endpoints SET leased_until = now() - interval '1 second'")
        let other = try #require(try await world.store.lease(besides: []))
        _ = try await world.ledger.openAccount()
        var page = try #require(
            try await world.reader.events(EventFilter(tenant: world.ledger.tenant), after: nil, limit: 9)
        )
        for _ in 0..<500 where page.events.isEmpty {
            page = try #require(
                try await world.reader.events(EventFilter(tenant: world.ledger.tenant), after: nil, limit: 9)
            )
        }
        let deliveries = page.events.map { event in
            WebhookDelivery(
                account: event.account,
                sequence: event.entry.sequence,
                event: event.entry.event,
                body: [],
                nextAt: .wallClock
            )
        }
        try await world.store.take(deliveries, upTo: page.next, lease)
        #expect(try await world.deliveries().isEmpty)
        for _ in 0..<2 { try await world.store.take(deliveries, upTo: page.next, other) }
        #expect(try await world.deliveries().count == 1)
        try await world.store.settle(lease, delivered: [], failed: [], notice: nil, pause: .zero)
        #expect(try await world.store.lease(besides: []) == nil)
        try await world.store.settle(other, delivered: deliveries, failed: [], notice: nil, pause: .zero)
        let next = try #require(try await world.store.lease(besides: []))
        #expect(next.position == page.next && next.waiting == 0)
    }

    @Test func `what a process had under way when it died is sent once its lease has run out`() async throws {
        let world = try await WebhookWorld()
        defer { world.end() }
        let dying = PostgresWebhookStore(
            url: world.ledger.database.servingURL,
            timeout: .seconds(10),
            leaseLength: .seconds(1)
        )
        defer { dying.close() }
        let delivery = WebhookWorld.delivery(1)
        #expect(try await dying.replay([delivery], to: world.endpoint, WebhookWorld.unkeyed) == .stored)
        let lease = try #require(try await dying.lease(besides: []))
        #expect(try await dying.due(lease, accounts: 1, each: 1).count == 1)
        try await world.carry { !world.sender.delivered.isEmpty }
        try await world.carry { try await world.deliveries().isEmpty }
        // Were it alive after all, it would change nothing.
        try await dying.settle(lease, delivered: [], failed: [delivery], notice: nil, pause: .zero)
        #expect(try await world.deliveries().isEmpty)
    }

    @Test func `a tenant has twenty endpoints, and a removed one leaves nothing`() async throws {
        let world = try await WebhookWorld()
        defer { world.end() }
        for _ in 1..<WebhookEndpoint.largestCount {
            let more = try WebhookWorld.endpoint(of: world.ledger.tenant)
            #expect(try await world.add(more, world.secret) == .stored)
        }
        let last = try WebhookWorld.endpoint(of: world.ledger.tenant)
        #expect(try await world.add(last, world.secret) == .refused)
        #expect(try await world.store.endpoints(of: world.ledger.tenant).count == WebhookEndpoint.largestCount)
        #expect(try await world.store.remove(world.endpoint, WebhookWorld.unkeyed) == .stored)
        #expect(try await world.store.remove(world.endpoint, WebhookWorld.unkeyed) == .refused)
        #expect(try await world.store.change(world.endpoint, WebhookWorld.unkeyed) == .refused)
        #expect(try await world.store.secrets(of: world.endpoint.id).isEmpty)
        #expect(try await world.add(last, world.secret) == .stored)
    }

    @Test func `each change is recorded with its author, and without what an address may keep secret`() async throws {
        let world = try await WebhookWorld()
        defer { world.end() }
        let person = Operator(
            id: OperatorID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)),
            name: try #require(OperatorName("olga")),
            role: .administrator
        )
        let database = world.ledger.database
        let keyHash = [UInt8](repeating: 7, count: 32)
        try Administration(try TestDatabase.connect(database.ownerURL)).add(person, keyHash: keyHash, by: nil)
        let keyed = KeyedAnswer(by: person.actor, request: nil, answer: [])
        var endpoint = try WebhookWorld.endpoint(of: world.ledger.tenant)
        endpoint.url = try #require(WebhookURL("https://example.com:8443/hidden?key=hidden"))
        let sealed = try SealedWebhookSecret(world.secret, of: endpoint.id, world.vault)
        #expect(try await world.store.add(endpoint, sealed, keyed) == .stored)
        endpoint.url = try #require(WebhookURL("https://other.example?hidden"))
        endpoint.types = [.cardFrozen]
        endpoint.disabled = .init(reason: .asked, at: .wallClock)
        #expect(try await world.store.change(endpoint, keyed) == .stored)
        let end = Instant.wallClock
        #expect(try await world.store.replaceSecret(of: endpoint, by: sealed, oldUntil: end, keyed) == .stored)
        #expect(try await world.store.remove(endpoint, keyed) == .stored)
        #expect(try await world.store.remove(endpoint, keyed) == .refused)
        let record = """
            FROM operator_actions a JOIN operators o ON o.id = a.operator_id WHERE a.object = '\(endpoint.id)'
            """
        let recorded = try database.texts(
            """
            SELECT concat_ws(' ', o.name, a.action, before->>'origin', before->>'enabled', after->>'origin',
                after->>'enabled', after->'event_types', before->'old_secret_expires_at' = 'null')
            \(record) ORDER BY a.at
            """
        )
        #expect(
            recorded == [
                "olga webhook_endpoint.add https://example.com:8443 true null",
                "olga webhook_endpoint.change https://example.com:8443 true https://other.example false "
                    + #"["card.frozen"]"#,
                "olga webhook_endpoint.rotate_secret t",
                "olga webhook_endpoint.remove https://other.example false",
            ]
        )
        #expect(try database.texts("SELECT count(*)::text \(record) AND a::text LIKE '%hidden%'") == ["0"])
    }

    @Test func `a new data key seals secrets anew`() async throws {
        let world = try await VaultWorld()
        defer { world.close() }
        let store = PostgresWebhookStore(url: world.database.servingURL, timeout: .seconds(10))
        defer { store.close() }
        let endpoint = try WebhookWorld.endpoint(of: world.ledger.tenant)
        let secret = try WebhookSecret.random()
        let sealed = try SealedWebhookSecret(secret, of: endpoint.id, world.vault)
        #expect(try await store.add(endpoint, sealed, WebhookWorld.unkeyed) == .stored)
        try world.rotation().rotate(.data)
        #expect(try await world.states(.data) == [.retired, .active])
        try await world.reload()
        let stored = try #require(try await store.secrets(of: endpoint.id).first)
        #expect(stored.keyID == 2)
        #expect(try stored.open(of: endpoint.id, world.vault).text == secret.text)
    }
}

import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import PostgresLedger
import TestSupport
import Testing

@Suite struct RevealStoreTests {
    private func permission(_ world: VaultWorld, _ card: VaultWorld.Card, _ lifetime: Duration = .seconds(60))
        -> RevealPermission
    {
        RevealPermission(
            id: RevealID(at: .wallClock, shard: card.id.shard, entropy: .random(in: .min ... .max)),
            card: card.id,
            tenant: world.ledger.tenant,
            expiresAt: .wallClock + lifetime
        )
    }

    @Test func `of many who hand a permission in at once, in any process, one sees the number`() async throws {
        let world = try await VaultWorld()
        let card = try await world.issue()
        let permission = permission(world, card)
        let actor = CommandActor.apiKey(APIKeyID(high: 0, low: 9))
        try await world.store.add(permission, for: actor)
        let replica = PostgresVaultStore(url: world.database.servingURL, timeout: .seconds(10))
        let seen = try await withThrowingTaskGroup(of: RevealedNumber?.self) { group in
            for number in 0..<20 {
                let store = number % 2 == 0 ? world.store : replica
                group.addTask { try await store.use(permission, from: "192.0.2.1", origin: "https://app.example") }
            }
            return try await group.reduce(into: []) { $0 += [$1].compactMap { $0 } }
        }
        replica.close()
        #expect(seen.count == 1)
        let secret = try #require(seen.first).secret
        let pan = try world.vault.open(secret.ciphertext, keyID: secret.keyID, associatedData: card.id.bytes)
        #expect(pan.withExposedDigits { Array($0) } == card.pan.withExposedDigits { Array($0) })
        let record = "SELECT concat_ws(' ', right(actor_id::text, 1), used_at IS NOT NULL, used_from, used_origin)"
        #expect(try world.database.texts("\(record) FROM reveal_tokens") == ["9 t 192.0.2.1 https://app.example"])
        world.close()
    }

    @Test func `a number that is given out without a token is recorded as seen, for good`() async throws {
        let world = try await VaultWorld()
        let permission = permission(world, try await world.issue())
        let actor = CommandActor.apiKey(APIKeyID(high: 0, low: 9))
        try await world.store.record(permission, for: actor, from: "192.0.2.1")
        let record = "SELECT concat_ws(' ', right(actor_id::text, 1), used_at = created_at, used_from, used_origin)"
        #expect(try world.database.texts("\(record) FROM reveal_tokens") == ["9 t 192.0.2.1"])
        #expect(try await world.store.use(permission, from: "192.0.2.2", origin: nil) == nil)
        await #expect(throws: (any Error).self) {
            try await world.store.record(permission, for: actor, from: "192.0.2.3")
        }
        #expect(try world.database.texts("\(record) FROM reveal_tokens") == ["9 t 192.0.2.1"])
        world.close()
    }

    @Test func `the vault's keys are read while a number waits to be shown`() async throws {
        let world = try await VaultWorld()
        let card = try await world.issue()
        let permission = permission(world, card)
        try await world.store.add(permission, for: .apiKey(APIKeyID(high: 0, low: 9)))
        let other = try SecondSession(locking: card.account, in: world.database)
        try other.run("LOCK TABLE reveal_tokens")
        // However slow the machine is, the wait for the table does not end first.
        let store = PostgresVaultStore(url: world.database.servingURL, timeout: .seconds(240))
        async let seen = store.use(permission, from: "192.0.2.1", origin: nil)
        try await world.database.waitForWaiting("aval reveals")
        #expect(try await store.keys().count == VaultPurpose.allCases.count)
        try other.commit()
        _ = try await seen
        store.close()
        world.close()
    }

    @Test func `the record of who saw a number stays, and serving erases no key`() async throws {
        let world = try await VaultWorld()
        let permission = permission(world, try await world.issue())
        try await world.store.add(permission, for: .apiKey(APIKeyID(high: 0, low: 9)))
        #expect(try await world.store.use(permission, from: "192.0.2.1", origin: nil) != nil)
        let serving = try TestDatabase.connect(world.database.servingURL)
        for change in [
            "UPDATE reveal_tokens SET used_from = '192.0.2.2'", "UPDATE reveal_tokens SET used_at = NULL",
            "UPDATE vault_keys SET state = 5, wrapped = NULL", "UPDATE vault_keys SET kek_id = 2",
            "DELETE FROM vault_keys", "DELETE FROM pan_directory",
        ] {
            #expect(throws: PostgresError.self, "\(change)") { try serving.run(script: change) }
        }
        #expect(throws: PostgresError.self) { try world.database.damage("UPDATE reveal_tokens SET used_at = NULL") }
        world.close()
    }

    @Test func `what nobody used goes after thirty days, and who saw a number stays on record`() async throws {
        let world = try await VaultWorld()
        let card = try await world.issue()
        for _ in 0..<4 {
            try await world.store.add(permission(world, card), for: .apiKey(APIKeyID(high: 0, low: 9)))
        }
        try world.database.damage(
            "UPDATE reveal_tokens SET created_at = now() - interval '31 days', expires_at = now() - interval '31 days'"
        )
        try world.database.damage(
            "UPDATE reveal_tokens SET used_at = created_at WHERE id = (SELECT id FROM reveal_tokens ORDER BY id LIMIT 1)"
        )
        try await world.store.add(permission(world, card), for: .apiKey(APIKeyID(high: 0, low: 9)))
        let owner = UnusedReveals(try TestDatabase.connect(world.database.ownerURL))
        #expect(try owner.delete() == 3)
        #expect(try owner.delete() == 0)
        let left = "SELECT count(*) || ' ' || count(used_at) FROM reveal_tokens"
        #expect(try world.database.texts(left) == ["2 1"])
        let serving = UnusedReveals(try TestDatabase.connect(world.database.servingURL))
        #expect(throws: PostgresError.self) { try serving.delete() }
        world.close()
    }

    @Test func `a permission that has expired, is another tenant's or never was shows nothing`() async throws {
        let world = try await VaultWorld()
        let card = try await world.issue()
        let (expired, foreign) = (permission(world, card, .milliseconds(1)), permission(world, card))
        for known in [expired, foreign] {
            try await world.store.add(known, for: .apiKey(APIKeyID(high: 0, low: 9)))
        }
        try await Task.sleep(for: .milliseconds(20))
        var other = foreign
        other.tenant = TenantID(high: 0, low: 1)
        for refused in [expired, other, permission(world, card)] {
            #expect(try await world.store.use(refused, from: "", origin: nil) == nil)
        }
        #expect(try await world.store.use(foreign, from: "", origin: nil) != nil)
        world.close()
    }
}

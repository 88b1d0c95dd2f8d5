import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import PostgresLedger
import Synchronization
import TestSupport
import Testing

@Suite struct VaultRotationTests {
    @Test func `a new wrapping key wraps all keys; who has opened them need not have it`() async throws {
        let world = try await VaultWorld()
        let card = try await world.issue()
        try world.rotation(try VaultWorld.wrapping(1, 2)).rotateWrapping()
        #expect(try await world.store.keys().allSatisfy { $0.wrappedBy == 2 })
        var late = VaultKeyring(try VaultWorld.wrapping(1))
        await #expect(throws: CryptographyError.self) { _ = try late.keys(try await world.store.keys()) }
        #expect(try await world.pay(with: card))
        try await world.reload()
        #expect(try await world.pay(with: card))
        world.close()
    }

    @Test func `a process takes a wrapping key that came after its start, once a key is wrapped by it`() async throws {
        let world = try await VaultWorld()
        let reads = Mutex(0)
        var running = VaultKeyring(try VaultWorld.wrapping(1)) { id in
            reads.withLock { $0 += 1 }
            return try VaultWorld.key("\(id)")
        }
        _ = try running.keys(try await world.store.keys())
        try world.rotation(try VaultWorld.wrapping(1, 2)).rotateWrapping()
        #expect(reads.withLock { $0 } == 0)
        _ = try running.keys(try await world.store.keys())
        #expect(reads.withLock { $0 } == 1)
        try world.rotation(try VaultWorld.wrapping(2)).rotate(.data)
        #expect(try running.keys(try await world.store.keys()).sealing == 2)
        _ = try running.keys(try await world.store.keys())
        #expect(reads.withLock { $0 } == 1)
        world.close()
    }

    @Test func `a key that is made while a new wrapping key is on its way is opened without it`() async throws {
        let world = try await VaultWorld()
        for purpose in [VaultPurpose.data, .index] {
            try world.rotation(try VaultWorld.wrapping(1, 2)).rotate(purpose)
        }
        var behind = VaultKeyring(try VaultWorld.wrapping(1))
        #expect(try behind.keys(try await world.store.keys()).sealing == 2)
        world.close()
    }

    @Test func `a new data key seals every number anew, and the old one is erased`() async throws {
        let world = try await VaultWorld()
        var cards: [VaultWorld.Card] = []
        for _ in 0..<5 { cards.append(try await world.issue()) }
        try world.rotation().rotate(.data)
        #expect(try await world.states(.data) == [.retired, .active])
        #expect(try world.database.texts("SELECT DISTINCT pan_key_id::text FROM cards") == ["2"])
        #expect(try world.database.texts("SELECT count(*)::text FROM vault_keys WHERE wrapped IS NULL") == ["1"])
        try await world.reload()
        for card in cards { #expect(try await world.number(of: card) == card.pan.withExposedDigits { Array($0) }) }
        world.close()
    }

    /// As a process writes them that stood still after it had sealed them.
    @Test func `what comes late under a key that is leaving is sealed anew before the key is erased`() async throws {
        let world = try await VaultWorld()
        defer { world.close() }
        let webhooks = PostgresWebhookStore(url: world.database.servingURL, timeout: .seconds(10))
        defer { webhooks.close() }
        let endpoint = try WebhookWorld.endpoint(of: world.ledger.tenant)
        let secret = try SealedWebhookSecret(try .random(), of: endpoint.id, world.vault)
        #expect(try await webhooks.add(endpoint, secret, WebhookWorld.unkeyed) == .stored)
        let holder = CardholderID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
        let name = try SealedName(try #require(EmbossedName("ANA DIAZ")), of: holder, world.vault)
        func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
        var late = 0
        try world.rotation { line in
            guard line == "vault data key 1 is leaving" else { return }
            late += 1
            try? world.database.damage(
                """
                INSERT INTO webhook_secrets (endpoint_id, ciphertext, key_id, expires_at)
                VALUES ('\(hexadecimal(endpoint.id.bytes))', '\\x\(hexadecimal(secret.ciphertext))', 1, now());
                INSERT INTO cardholders (id, tenant_id, name, name_key_id, status, created_at)
                VALUES ('\(hexadecimal(holder.bytes))', '\(hexadecimal(world.ledger.tenant.bytes))',
                    '\\x\(hexadecimal(name.ciphertext))', 1, 1, now())
                """
            )
        }.rotate(.data)
        #expect(late == 1)
        #expect(try await world.states(.data) == [.retired, .active])
        let keys = "SELECT key_id::text FROM webhook_secrets UNION ALL SELECT name_key_id::text FROM cardholders"
        #expect(try world.database.texts(keys) == ["2", "2", "2"])
    }

    @Test func `an index key changes without a look-up that fails or a payment that is not taken`() async throws {
        let world = try await VaultWorld()
        let load = Load()
        for _ in 0..<8 { load.add(try await world.issue()) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { load.isDone.store(true, ordering: .relaxed) }
                for _ in 0..<2 { try await world.rotate(.index) }
            }
            group.addTask {
                while !load.isDone.load(ordering: .relaxed) { load.add(try await world.issue()) }
            }
            for _ in 0..<3 {
                group.addTask {
                    while !load.isDone.load(ordering: .relaxed) {
                        let card = try load.anyCard()
                        load.count(card, isPaid: try await world.pay(with: card))
                    }
                }
            }
            try await group.waitForAll()
        }
        let (count, payments, failures) = load.result
        #expect(failures == [])
        #expect(payments > 0)
        #expect(try await world.states(.index) == [.retired, .retired, .active])
        let entries =
            "SELECT count(*) || ' ' || (SELECT count(*) FROM cards WHERE index_key_id = 3 AND other_pan_index IS NULL)"
        #expect(try world.database.texts("\(entries) FROM pan_directory WHERE key_id = 3") == ["\(count) \(count)"])
        #expect(try world.database.texts("SELECT count(*)::text FROM pan_directory") == ["\(count)"])
        world.close()
    }

    @Test func `an index key does not change while a card is missing in the directory`() async throws {
        let world = try await VaultWorld()
        _ = try await world.issue()
        try world.database.damage("DELETE FROM pan_directory")
        #expect(throws: VaultRotation.Problem.self) { try world.rotation().rotate(.index) }
        #expect(try await world.states(.index) == [.active, .announced])
        #expect(try world.database.texts("SELECT (other_pan_index IS NULL)::text FROM cards") == ["true"])
        world.close()
    }

    @Test(arguments: [VaultPurpose.data, .index])
    func `a rotation that ends at any step goes on with the next call`(_ purpose: VaultPurpose) async throws {
        let world = try await VaultWorld()
        let card = try await world.issue()
        for step in 1...6 {
            // The session's end is what a kill leaves of it.
            var said = 0
            let rotation = try world.rotation { _ in
                said += 1
                if said == step { try? world.database.endSessions(of: "aval vault rotate") }
            }
            let isEnded = (try? rotation.rotate(purpose)) == nil
            if isEnded { try world.rotation().rotate(purpose) }
            let states = try await world.states(purpose)
            #expect(states.last == .active && states.dropLast().allSatisfy { $0 == .retired }, "step \(step)")
            try await world.reload()
            #expect(try await world.pay(with: card), "step \(step)")
            #expect(try await world.number(of: card) == card.pan.withExposedDigits { Array($0) }, "step \(step)")
        }
        world.close()
    }

    @Test func `a card with keys that are behind is refused, and its number goes nowhere`() async throws {
        let world = try await VaultWorld()
        try await world.rotateHalfway(.index)
        let account = try await world.ledger.openAccount()
        let id = CardID(at: .wallClock, shard: account.shard, entropy: 1)
        // This vault has not heard of the announced key.
        let sealed = try world.vault.seal(try PAN.random(bin: "990000", length: 16), associatedData: id.bytes)
        let reply = try await world.ledger.issueCard(id, on: account, sealed)
        guard case .failed = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(try world.database.texts("SELECT count(*)::text FROM pan_directory") == ["0"])
        try await world.reload()
        #expect(try await world.pay(with: try await world.issue()))
        world.close()
    }

    @Test func `keys that could not be read for a while are not used`() async throws {
        let world = try await VaultWorld()
        var keyring = VaultKeyring(try VaultWorld.wrapping(1))
        let keys = try keyring.keys(try await world.store.keys())
        let pan = try PAN.random(bin: "990000", length: 16)
        world.vault.replace(by: keys, read: .now - PANVault.lease)
        #expect(throws: CryptographyError.self) { try world.vault.index(of: pan) }
        world.vault.replace(by: keys, read: .now)
        _ = try world.vault.index(of: pan)
        world.close()
    }

    @Test(arguments: [VaultPurpose.data, .index])
    func `a role that cannot end a rotation does not begin one`(_ purpose: VaultPurpose) async throws {
        let world = try await VaultWorld()
        let rotation = VaultRotation(
            try VaultRotation.connection(url: world.database.servingURL),
            try VaultWorld.wrapping(1),
            lease: .zero,
            author: nil,
            say: { _ in }
        )
        let error = #expect(throws: PostgresError.self) { try rotation.rotate(purpose) }
        #expect(error == .refused(sqlState: PostgresError.insufficientPrivilege, constraint: ""))
        #expect(try await world.store.keys().allSatisfy { $0.state == .active })
        let actions = try Administration(try TestDatabase.connect(world.database.servingURL)).actions(limit: 10)
        #expect(!actions.contains { "\($0.action)" == "vault.rotate" })
        world.close()
    }

    @Test func `each step of a rotation is recorded`() async throws {
        let world = try await VaultWorld()
        try world.rotation().rotate(.data)
        let actions = try Administration(try TestDatabase.connect(world.database.servingURL)).actions(limit: 10)
        #expect(
            actions.reversed().dropFirst().map { "\($0.action) \($0.object) \($0.details)" } == [
                "vault.open 5 keys first start", "vault.rotate vault data key 2 announced",
                "vault.rotate vault data key 2 active", "vault.rotate vault data key 1 leaving",
                "vault.rotate vault data key 1 retired",
            ]
        )
        world.close()
    }
}

/// Cards that are paid with while something else happens.
private final class Load: Sendable {
    private struct State {
        var cards: [VaultWorld.Card] = []
        var payments = 0
        var failures: [CardID] = []
    }

    let isDone = Atomic(false)
    private let state = Mutex(State())

    var result: (cards: Int, payments: Int, failures: [CardID]) {
        state.withLock { ($0.cards.count, $0.payments, $0.failures) }
    }

    func add(_ card: VaultWorld.Card) { state.withLock { $0.cards.append(card) } }

    func anyCard() throws -> VaultWorld.Card { try #require(state.withLock { $0.cards.randomElement() }) }

    func count(_ card: VaultWorld.Card, isPaid: Bool) {
        state.withLock { state in
            if isPaid { state.payments += 1 } else { state.failures.append(card.id) }
        }
    }
}

extension VaultWorld {
    /// As the service does: before the next step every process, which is this vault alone, knows of each, and what has an
    /// index that was made before it is over.
    func rotate(_ purpose: VaultPurpose) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread {
                let known = DispatchSemaphore(value: 0)
                continuation.resume(
                    with: Result {
                        try rotation(lease: .seconds(2)) { line in
                            guard line.contains(" is ") else { return }
                            Task {
                                try await reload()
                                known.signal()
                            }
                            known.wait()
                        }.rotate(purpose)
                    }
                )
            }
        }
    }

    func number(of card: Card) async throws -> [UInt8] {
        let find = Statement("", "SELECT pan_ciphertext, pan_key_id FROM cards WHERE id = $1")
        let rows = try TestDatabase.connect(database.servingURL).run(Call(find, [Parameter(card.id)]))
        let stored = try #require(
            try rows.map { (row) throws(PostgresError) in
                CardSecret(ciphertext: try row.bytes(), keyID: try row.int16())
            }.first
        )
        return try vault.open(stored.ciphertext, keyID: stored.keyID, associatedData: card.id.bytes)
            .withExposedDigits { Array($0) }
    }

    /// A key that was announced long ago.
    func rotateHalfway(_ purpose: VaultPurpose) async throws {
        let key = try VaultKeyRecord(
            try SecretKey.random(),
            as: .init(purpose, 2),
            .announced,
            by: 1,
            of: try Self.wrapping(1)
        )
        let wrapped = (key.wrapped ?? []).map { String(format: "%02x", $0) }.joined()
        try database.damage(
            """
            INSERT INTO vault_keys (purpose, id, state, kek_id, wrapped, state_since)
            VALUES (\(purpose.rawValue), 2, 1, 1, '\\x\(wrapped)', now() - interval '1 minute')
            """
        )
    }
}

extension TestDatabase {
    func endSessions(of application: String) throws {
        try damage(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = '\(name)' AND application_name = '\(application)'
            """
        )
    }
}

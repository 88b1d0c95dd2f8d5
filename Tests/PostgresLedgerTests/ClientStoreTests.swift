import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger
import TestSupport
import Testing

/// Tenants and their API keys as HTTP changes them, in the database with the serving role.
@Suite struct ClientStoreTests {
    private final class World: Sendable {
        let database: TestDatabase
        let store: PostgresClientStore
        let programs: PostgresProgramStore
        let tenants: [TenantID]

        init() throws {
            database = try TestDatabase.make()
            let owner = Administration(try TestDatabase.connect(database.ownerURL))
            tenants = (0..<2).map { TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: $0) }
            for (tenant, name) in zip(tenants, ["acme", "other"]) { try owner.addTenant(tenant, name: name) }
            store = PostgresClientStore(url: database.servingURL, timeout: .seconds(20))
            programs = PostgresProgramStore(url: database.servingURL, timeout: .seconds(20))
        }

        deinit {
            store.close()
            programs.close()
        }

        static func id(_ number: UInt64) -> APIKeyID {
            APIKeyID(at: .wallClock, shard: Shard(truncating: 0), entropy: number)
        }

        static func secret(_ byte: UInt8) -> APIKeySecret {
            APIKeySecret(
                hash: [UInt8](repeating: byte, count: 32),
                prefix: "aval_sk_" + "000\(10 + Int(byte))".suffix(4)
            )
        }

        /// - Returns: the key's id.
        func add(
            _ byte: UInt8,
            _ scopes: Set<APIScope>? = nil,
            of tenant: Int = 0,
            by author: CommandActor? = nil,
            key: String? = nil
        ) async throws -> APIKeyID {
            let new = TenantKey(id: Self.id(UInt64(byte)), tenant: tenants[tenant], terms: APIKeyTerms(scopes: scopes))
            let write = APIKeyWrite.add(new, label: "key \(byte)", Self.secret(byte))
            #expect(try await store.write(write, signed(by: author, key: key)) == .stored)
            return new.id
        }

        func signed(
            by author: CommandActor? = nil,
            _ terms: APIKeyTerms = APIKeyTerms(),
            seen: String? = nil,
            key: String? = nil
        ) -> SignedKeyWrite {
            let request = key.map { key in
                let key = ClientKey(tenant: tenants[0], text: key)
                return ClientRequest(key: key, fingerprint: [UInt8](repeating: 7, count: 32))
            }
            return SignedKeyWrite(
                author: author,
                authorTerms: terms,
                seen: seen,
                request: request,
                answer: Array("{}".utf8)
            )
        }

        func seen(_ id: APIKeyID) async throws -> ListedAPIKey {
            try #require(try await store.apiKey(id, of: tenants[0]))
        }
    }

    @Test func `of keys that are made at once no more live than may, and a revoked one makes room`() async throws {
        let world = try World()
        let first = try await world.add(1)
        for byte in 2...UInt8(ListedAPIKey.mostLive - 1) { _ = try await world.add(byte) }
        _ = try await world.add(200, of: 1)
        let last = (201...204 as ClosedRange<UInt8>).map { byte in
            let key = TenantKey(id: World.id(UInt64(byte)), tenant: world.tenants[0], terms: APIKeyTerms())
            return APIKeyWrite.add(key, label: "last", World.secret(byte))
        }
        #expect(try await atOnce(last, world) == [.refused, .refused, .refused, .stored])
        #expect(try await !world.store.hasRoom(for: last[0]))
        _ = try await world.store.write(.revoke(first, evenLast: true), world.signed())
        #expect(try await world.store.hasRoom(for: last[0]))
        _ = try await world.add(205)
    }

    @Test func `of secrets that are made at once no more are taken than may, but one without overlap always`()
        async throws
    {
        let world = try World()
        let key = try await world.add(1)
        for byte in 2..<UInt8(ListedAPIKey.mostLiveSecrets) {
            _ = try await world.store.write(.rotate(key, World.secret(byte), overlapSeconds: 60), world.signed())
        }
        let last = (201...204 as ClosedRange<UInt8>).map {
            APIKeyWrite.rotate(key, World.secret($0), overlapSeconds: 60)
        }
        #expect(try await atOnce(last, world) == [.refused, .refused, .refused, .stored])
        let only = APIKeyWrite.rotate(key, World.secret(205), overlapSeconds: 0)
        #expect(try await world.store.write(only, world.signed()) == .stored)
        #expect(try await world.store.hasRoom(for: last[0]))
    }

    /// By as many processes: what came of each, refusals first.
    private func atOnce(_ writes: [APIKeyWrite], _ world: World) async throws -> [WriteOutcome] {
        try await withThrowingTaskGroup(of: WriteOutcome.self) { group in
            for write in writes {
                group.addTask {
                    let store = PostgresClientStore(url: world.database.servingURL, timeout: .seconds(20))
                    defer { store.close() }
                    return try await store.write(write, world.signed())
                }
            }
            let outcomes = try await group.reduce(into: []) { $0.append($1) }
            return outcomes.filter { $0 == .refused } + outcomes.filter { $0 != .refused }
        }
    }

    @Test func `keys are listed page by page, the newest first, each tenant's for itself`() async throws {
        let world = try World()
        var ids: [APIKeyID] = []
        for byte in 1...3 as ClosedRange<UInt8> { ids.append(try await world.add(byte, [.readCards])) }
        let theirs = try await world.add(4, of: 1)
        let all = try #require(try await world.store.apiKeys(of: world.tenants[0], before: nil, limit: 10))
        #expect(all.map(\.key.id) == ids.reversed() && all.map(\.label) == ["key 3", "key 2", "key 1"])
        #expect(all.map(\.secretPrefix) == ["aval_sk_0013", "aval_sk_0012", "aval_sk_0011"])
        let rest = try await world.store.apiKeys(of: world.tenants[0], before: ids[1], limit: 10)
        #expect(rest?.map(\.key.id) == [ids[0]])
        #expect(try await world.store.apiKeys(of: world.tenants[0], before: theirs, limit: 10) == nil)
        #expect(try await world.store.apiKey(theirs, of: world.tenants[0]) == nil)
    }

    @Test func `a key that was changed since it was read is left alone`() async throws {
        let world = try World()
        let id = try await world.add(1)
        let seen = try await world.seen(id)
        let change = APIKeyWrite.change(id, [.rate], of: APIKeyTerms(rate: RateLimit(perSecond: 5, burst: 5)))
        #expect(try await world.store.write(change, world.signed(seen: seen.record)) == .stored)
        let stale = world.signed(seen: seen.record)
        for write in [change, .rotate(id, World.secret(2), overlapSeconds: 3_600), .revoke(id, evenLast: true)] {
            #expect(try await world.store.write(write, stale) == .refused)
        }
        let fresh = world.signed(seen: try await world.seen(id).record)
        let rotation = APIKeyWrite.rotate(id, World.secret(2), overlapSeconds: 3_600)
        #expect(try await world.store.write(rotation, fresh) == .stored)
        let rotated = try await world.seen(id)
        #expect(rotated.secretPrefix == "aval_sk_0012" && rotated.overlapsUntil != nil)
        #expect(rotated.key.terms.rate == RateLimit(perSecond: 5, burst: 5))
    }

    @Test func `the last key that makes keys is revoked only by who says so`() async throws {
        let world = try World()
        let first = try await world.add(1, [.writeKeys])
        let second = try await world.add(2)
        let third = try await world.add(3, [.readKeys])
        _ = try await world.add(4, of: 1)
        #expect(try await !world.seen(first).isLastToWriteKeys)
        let careful = { (id: APIKeyID) in APIKeyWrite.revoke(id, evenLast: false) }
        #expect(try await world.store.write(careful(second), world.signed()) == .stored)
        #expect(try await world.seen(first).isLastToWriteKeys)
        #expect(try await !world.seen(third).isLastToWriteKeys)
        #expect(try await world.store.write(careful(first), world.signed()) == .refused)
        #expect(try await world.store.write(careful(third), world.signed()) == .stored)
        #expect(try await world.store.write(.revoke(first, evenLast: true), world.signed()) == .stored)
        #expect(try await world.store.write(.revoke(first, evenLast: true), world.signed()) == .refused)
    }

    @Test func `two keys that revoke each other at once leave one`() async throws {
        let world = try World()
        let ids = [try await world.add(1), try await world.add(2)]
        let other = PostgresClientStore(url: world.database.servingURL, timeout: .seconds(20))
        defer { other.close() }
        let holder = try TestDatabase.connect(world.database.ownerURL)
        // Both wait for the lock before they look.
        try holder.run(script: "BEGIN; SELECT FROM api_keys FOR UPDATE")
        async let first = world.store.write(.revoke(ids[0], evenLast: false), world.signed(by: .apiKey(ids[1])))
        async let second = other.write(.revoke(ids[1], evenLast: false), world.signed(by: .apiKey(ids[0])))
        let waiting = """
            SELECT count(*)::text FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        while try world.database.texts(waiting) != ["2"] { try await Task.sleep(for: .milliseconds(5)) }
        try holder.run(script: "COMMIT")
        let outcomes = Set([try await first, try await second])
        #expect(outcomes == [.stored, .refused])
    }

    @Test func `the record says which key made a change, and its answer is kept for a repeat`() async throws {
        let world = try World()
        let first = try await world.add(1)
        let second = try await world.add(2, [.readCards], by: .apiKey(first), key: "k")
        let stored = try await world.programs.answer(to: ClientKey(tenant: world.tenants[0], text: "k"))
        #expect(stored?.answer == Array("{}".utf8))
        let records = try #require(try await world.programs.records(of: world.tenants[0], before: nil, limit: 1))
        #expect(records.map(\.action) == ["api_key.add"] && records.map(\.apiKey) == [first])
        #expect(records[0].object == "\(second)" && records[0].name == nil && records[0].before == nil)
        #expect(records[0].after?.contains("cards:read") == true)
        let again = TenantKey(id: World.id(3), tenant: world.tenants[0])
        let write = APIKeyWrite.add(again, label: "x", World.secret(3))
        #expect(try await world.store.write(write, world.signed(by: .apiKey(first), key: "k")) == .keyTaken)
        #expect(try await world.store.apiKey(again.id, of: world.tenants[0]) == nil)
    }

    @Test func `a key that was revoked or narrowed since it was found writes nothing`() async throws {
        let world = try World()
        let target = try await world.add(1)
        let found = APIKeyTerms(
            scopes: [.writeKeys, .readCards],
            addresses: [try #require(AddressRange("203.0.113.0/24"))],
            rate: RateLimit(perSecond: 5, burst: 9)
        )
        let author = TenantKey(id: World.id(2), tenant: world.tenants[0], terms: found)
        let added = APIKeyWrite.add(author, label: "author", World.secret(2))
        #expect(try await world.store.write(added, world.signed()) == .stored)
        let rate = APIKeyTerms(rate: RateLimit(perSecond: 5, burst: 5))
        let new = TenantKey(id: World.id(3), tenant: world.tenants[0])
        let writes: [APIKeyWrite] = [
            .change(target, [.rate], of: rate), .rotate(target, World.secret(4), overlapSeconds: 60),
            .add(new, label: "new", World.secret(3)), .revoke(target, evenLast: false),
        ]
        let signed = world.signed(by: .apiKey(author.id), found)
        #expect(try await world.store.write(writes[0], signed) == .stored)
        #expect(try await world.store.write(.change(author.id, [.rate], of: rate), world.signed()) == .stored)
        for write in writes { #expect(try await world.store.write(write, signed) == .refused) }
        var narrowed = found
        narrowed.rate = rate.rate
        let still = world.signed(by: .apiKey(author.id), narrowed)
        #expect(try await world.store.write(writes[1], still) == .stored)
        #expect(try await world.store.write(.revoke(author.id, evenLast: true), world.signed()) == .stored)
        for write in writes.dropFirst(2) { #expect(try await world.store.write(write, still) == .refused) }
    }

    @Test func `a secret that has ended ends no later for a rotation`() async throws {
        let world = try World()
        let id = try await world.add(1)
        let rotate = { APIKeyWrite.rotate(id, World.secret($0), overlapSeconds: $1) }
        #expect(try await world.store.write(rotate(2, 0), world.signed()) == .stored)
        let ended = "SELECT valid_until::text FROM api_key_secrets WHERE prefix = 'aval_sk_0011'"
        let before = try world.database.texts(ended)
        #expect(try await world.store.write(rotate(3, 60), world.signed()) == .stored)
        #expect(try world.database.texts(ended) == before)
        #expect(try await world.seen(id).secretPrefix == "aval_sk_0013")
    }

    @Test func `a tenant is shown with the programs that it has`() async throws {
        let world = try World()
        let found = try #require(try await world.store.tenant(world.tenants[0]))
        #expect(found.id == world.tenants[0] && found.name == "acme" && found.programs.isEmpty)
        #expect(try await world.store.tenant(TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: 9)) == nil)
    }
}

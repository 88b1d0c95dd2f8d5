import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger
import TestSupport
import Testing

/// API keys in the database, with the serving role.
@Suite struct APIKeyTests {
    private let database: TestDatabase
    private let administration: Administration
    private let tenant = TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
    private let id = APIKeyID(at: .wallClock, shard: Shard(truncating: 0), entropy: 2)
    private let terms: APIKeyTerms
    private let all = Set(APIKeyTerms.Part.allCases)

    init() throws {
        database = try TestDatabase.make()
        administration = Administration(try TestDatabase.connect(database.servingURL))
        terms = APIKeyTerms(
            scopes: [.readCards, .writeCards],
            addresses: [try #require(AddressRange("10.0.0.0/8")), try #require(AddressRange("2001:db8::/32"))],
            rate: RateLimit(perSecond: 50, burst: 100)
        )
        try administration.addTenant(tenant, name: "acme")
        let key = TenantKey(id: id, tenant: tenant, terms: terms)
        try administration.write(.add(key, label: "till", Self.secret(1)), SignedKeyWrite(author: nil))
    }

    private static func secret(_ byte: UInt8) -> APIKeySecret {
        APIKeySecret(hash: hash(byte), prefix: "aval_sk_000\(byte)")
    }

    private func write(_ write: APIKeyWrite, seen: String? = nil, by author: CommandActor? = nil) throws {
        try administration.write(write, SignedKeyWrite(author: author, seen: seen))
    }

    private static func hash(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    /// Which of the secrets are taken.
    private func taken(_ secrets: ClosedRange<UInt8>) async throws -> [UInt8] {
        try await withReader { reader in
            var taken: [UInt8] = []
            for secret in secrets where try await reader.tenantKey(hash: Self.hash(secret)) != nil {
                taken.append(secret)
            }
            return taken
        }
    }

    private func withReader<Value>(_ body: (PostgresReader) async throws -> Value) async throws -> Value {
        let directory = PostgresDirectory(url: database.servingURL, timeout: .seconds(10))
        let reader = PostgresReader(url: database.servingURL, timeout: .seconds(10), directory: directory)
        defer {
            reader.close()
            directory.close()
        }
        return try await body(reader)
    }

    @Test func `a key is found with its terms, which can be changed`() async throws {
        let found = try await withReader { try await $0.tenantKey(hash: Self.hash(1)) }
        #expect(found == TenantKey(id: id, tenant: tenant, terms: terms))
        try write(.change(id, all, of: APIKeyTerms()))
        let changed = try await withReader { try await $0.tenantKey(hash: Self.hash(1)) }
        #expect(changed?.terms == APIKeyTerms())
        #expect(try administration.apiKeys().map(\.key.terms) == [APIKeyTerms()])
    }

    @Test(arguments: APIKeyTerms.Part.allCases)
    func `a part of a key's terms is changed, and the others stay`(_ part: APIKeyTerms.Part) async throws {
        try database.damage("UPDATE api_keys SET scopes = scopes || '{of:later}'")
        try write(.change(id, [part], of: APIKeyTerms()))
        var expected = terms
        switch part {
        case .scopes: expected.scopes = nil
        case .addresses: expected.addresses = nil
        case .rate: expected.rate = nil
        }
        #expect(try administration.apiKeys().map(\.key.terms) == [expected])
        let later = try database.texts("SELECT count(*)::text FROM api_keys WHERE 'of:later' = ANY(scopes)")
        #expect(later == [part == .scopes ? "0" : "1"])
    }

    @Test func `an earlier secret is taken until the overlap is over, and never longer than it was to be`() async throws
    {
        try write(.rotate(id, Self.secret(2), overlapSeconds: 3_600))
        #expect(try await taken(1...3) == [1, 2])
        #expect(try administration.apiKeys().first?.overlapsUntil != nil)
        try write(.rotate(id, Self.secret(3), overlapSeconds: 90 * 86_400))
        #expect(try await taken(1...3) == [1, 2, 3])
        try database.damage("UPDATE api_key_secrets SET valid_until = valid_until - interval '1 hour'")
        #expect(try await taken(1...3) == [2, 3])
        try write(.rotate(id, Self.secret(4), overlapSeconds: 0))
        #expect(try await taken(1...4) == [4])
        #expect(try administration.apiKeys().first?.overlapsUntil == nil)
    }

    @Test func `a revoked key has no secret that is taken, and no other change`() async throws {
        try write(.rotate(id, Self.secret(2), overlapSeconds: 3_600))
        try write(.revoke(id, evenLast: true))
        #expect(try await taken(1...2) == [])
        let refusal = PostgresError.refused(sqlState: "AV001", constraint: "")
        #expect(throws: refusal) { try write(.revoke(id, evenLast: true)) }
        #expect(throws: refusal) { try write(.change(id, all, of: terms)) }
        #expect(throws: refusal) {
            try write(.rotate(id, Self.secret(3), overlapSeconds: 0))
        }
        let rows = try database.texts("SELECT count(*)::text FROM api_key_secrets")
        #expect(rows == ["2"])
    }

    @Test func `the last use is written once a minute`() async throws {
        func use() async throws -> String {
            _ = try await withReader { try await $0.tenantKey(hash: Self.hash(1)) }
            return try database.texts("SELECT coalesce(last_used_at::text, 'never') FROM api_keys").first ?? ""
        }
        #expect(try administration.apiKeys().first?.lastUsedAt == nil)
        let first = try await use()
        #expect(first != "never")
        #expect(try await use() == first)
        try database.damage("UPDATE api_keys SET last_used_at = last_used_at - interval '61 seconds'")
        let aged = try database.texts("SELECT last_used_at::text FROM api_keys").first
        #expect(try await use() != aged)
        // One that is not taken is not used.
        try write(.rotate(id, Self.secret(2), overlapSeconds: 0))
        try database.damage("UPDATE api_keys SET last_used_at = NULL")
        #expect(try await use() == "never")
    }

    @Test func `each change is recorded with what was before and after it`() throws {
        try write(.change(id, all, of: APIKeyTerms(scopes: [.readCards])))
        try write(.rotate(id, Self.secret(2), overlapSeconds: 60))
        try write(.revoke(id, evenLast: true))
        let recorded = try database.texts(
            """
            SELECT concat_ws(' ', action, (tenant_id = '\(hexadecimal(tenant))')::text, before->'scopes',
                after->'scopes', after->'addresses', before->'revoked_at', after->'revoked_at' = 'null',
                before->'secret_prefix', after->'secret_prefix')
            FROM operator_actions ORDER BY at, id
            """
        )
        #expect(
            recorded == [
                "tenant.add true",
                #"api_key.add true ["cards:read", "cards:write"] ["10.0.0.0/8", "2001:db8::/32"] t"#,
                #"api_key.change true ["cards:read", "cards:write"] ["cards:read"] null null t"#,
                #"api_key.rotate true "aval_sk_0001" "aval_sk_0002""#,
                #"api_key.revoke true ["cards:read"] ["cards:read"] null null f"#,
            ]
        )
        let hash = String(repeating: "01", count: 16)
        let secrets = try database.texts(
            "SELECT count(*)::text FROM operator_actions a WHERE a::text LIKE '%\(hash)%'"
        )
        #expect(secrets == ["0"])
    }

    @Test func `keys of an older release keep all scopes, and their secrets`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(at: TestDatabase.migrations.resolvingSymlinksInPath(), to: folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let ours = try #require(names.first { $0.hasSuffix("-tenancy") })
        try Data("SELECT 1 / 0;".utf8).write(to: folder.appendingPathComponent("\(ours)/check.sql"))
        let older = try TestDatabase.makeEmpty()
        let migrator = try Migrator(directory: folder, servingRole: try older.servingRole())
        #expect(throws: Migrator.Problem.self) { try migrator.migrate(try TestDatabase.connect(older.ownerURL)) }
        try older.damage(
            """
            INSERT INTO tenants (id, name) VALUES ('\(hexadecimal(tenant))', 'old');
            INSERT INTO api_keys (id, tenant_id, key_hash, label, revoked_at) VALUES
                ('\(hexadecimal(id))', '\(hexadecimal(tenant))', decode(repeat('01', 32), 'hex'), 'live', NULL),
                (gen_random_uuid(), '\(hexadecimal(tenant))', decode(repeat('02', 32), 'hex'), 'dead', now())
            """
        )
        try older.migrate()
        let directory = PostgresDirectory(url: older.servingURL, timeout: .seconds(10))
        let reader = PostgresReader(url: older.servingURL, timeout: .seconds(10), directory: directory)
        defer {
            reader.close()
            directory.close()
        }
        #expect(try await reader.tenantKey(hash: Self.hash(1)) == TenantKey(id: id, tenant: tenant))
        #expect(try await reader.tenantKey(hash: Self.hash(2)) == nil)
    }

    @Test(arguments: ["revoked_at = NULL, label = 'x'", "tenant_id = id", "created_at = now()"])
    func `the serving role cannot make another key of one`(_ change: String) throws {
        let connection = try TestDatabase.connect(database.servingURL)
        for statement in ["UPDATE api_keys SET \(change)", "UPDATE api_key_secrets SET key_id = key_id"] {
            #expect(throws: PostgresError.refused(sqlState: "42501", constraint: "")) {
                try connection.run(script: statement)
            }
        }
    }

    private func hexadecimal<Kind>(_ id: Identifier<Kind>) -> String {
        id.bytes.map { String(format: "%02x", $0) }.joined()
    }
}

import AuthorizationCore
import AuthorizationEngine
import HTTPTypes
import Testing

@testable import HTTPAPI

/// How often an API key may ask.
@Suite struct RateTests {
    private static let limit = RateLimit(perSecond: 1, burst: 3)

    private static func key(_ terms: APIKeyTerms, at door: Door) throws -> AccessKey {
        let key = try AccessKey.random(for: .client)
        let id = APIKeyID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        door.ledger.add(TenantKey(id: id, tenant: door.tenants[0], terms: terms), hash: key.hash)
        return key
    }

    private static func get(
        _ path: String,
        with key: AccessKey,
        through caller: Caller
    ) async throws -> (reply: Caller.Reply, policy: String?, left: String?) {
        var headers = HTTPFields()
        headers[.authorization] = "Bearer \(key.text)"
        let reply = try await caller.send(path, .get, headers, "", as: nil)
        let names = (try #require(HTTPField.Name("RateLimit-Policy")), try #require(HTTPField.Name("RateLimit")))
        return (reply, reply.headers[names.0], reply.headers[names.1])
    }

    @Test func `each answer tells what is left, whatever it is, and beyond it 429 tells how long to wait`() async throws
    {
        let now = Instant.wallClock
        let door = try Door(rates: KeyRates(LocalRateLimiter { now }))
        let terms = APIKeyTerms(scopes: [.readPrograms, .readAccounts], rate: Self.limit)
        let key = try Self.key(terms, at: door)
        try await door.run { caller in
            let paths = ["/v1/programs", "/v1/accounts/none", "/v1/cards/none", "/v1/programs"]
            for (path, (status, left)) in zip(paths, [(200, 2), (404, 1), (403, 0), (429, 0)]) {
                let answer = try await Self.get(path, with: key, through: caller)
                #expect(answer.reply.status == status)
                #expect(answer.policy == #""key";q=3;w=3"#)
                #expect(answer.left == "\"key\";r=\(left);t=\(min(3, 3 - left))")
                #expect((answer.reply.headers[.retryAfter] == "1") == (status == 429))
                #expect((answer.reply["code"] == "rate_limited") == (status == 429))
            }
            // Another key of the tenant has its own bucket, and an unlimited one hears nothing.
            let other = try await Self.get("/v1/programs", with: Door.keys[0], through: caller)
            #expect(other.reply.status == 200 && other.policy == nil && other.left == nil)
        }
    }

    @Test func `a key without a rate has the installation's, one with a rate its own`() async throws {
        let local = LocalRateLimiter()
        let rates = KeyRates(local, usual: RateLimit(perSecond: 5, burst: 5))
        let tenant = TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
        let key = APIKeyID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
        var principal = Principal(tenant: tenant, actor: .apiKey(key), terms: APIKeyTerms())
        #expect(try await rates.take(for: principal)?.limit.burst == 5)
        principal.terms?.rate = Self.limit
        #expect(try await rates.take(for: principal)?.limit == Self.limit)
        let name = try #require(OperatorName("olga"))
        let person = OperatorID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
        let someone = Principal(tenant: tenant, actor: .operator(person, name))
        #expect(try await rates.take(for: someone) == nil)
    }
}

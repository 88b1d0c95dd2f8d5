import AuthorizationCore
import AuthorizationEngine
import Foundation
import HTTPTypes
import Testing

@testable import HTTPAPI

/// API keys as clients and operators see and change them.
@Suite struct APIKeyTests {
    /// A client with a key of the first tenant.
    private struct Client: Sendable {
        let key: AccessKey

        init(_ terms: APIKeyTerms, at door: Door) throws {
            key = try AccessKey.random(for: .client)
            let id = APIKeyID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
            let held = TenantKey(id: id, tenant: door.tenants[0], terms: terms)
            door.ledger.add(held, hash: key.hash)
            door.clients.add(held)
        }

        init(secret: String) throws { key = try #require(AccessKey(text: secret)) }

        func send(
            _ path: String,
            _ method: HTTPRequest.Method = .get,
            _ body: String = "",
            through caller: Caller
        ) async throws -> Caller.Reply {
            var headers = HTTPFields()
            headers[.authorization] = "Bearer \(key.text)"
            if method == .post { headers[.contentType] = "application/json" }
            return try await caller.send(path, method, headers, body, as: nil)
        }
    }

    @Test func `a key's secret is told when it is made and when it is rotated, and never again`() async throws {
        let door = try Door()
        try await door.run { caller in
            let made = try await caller.post("/v1/api-keys", #"{"label":"till","scopes":["programs:read"]}"#)
            #expect(made.status == 201 && made["state"] == "live" && made["label"] == "till")
            let (id, secret) = (try #require(made["id"]), try #require(made["secret"]))
            #expect(try await Client(secret: secret).send("/v1/programs", through: caller).status == 200)
            #expect(try await Client(secret: secret).send("/v1/api-keys", through: caller)["code"] == "scope_missing")
            let rotated = try await caller.post("/v1/api-keys/\(id)/secrets", #"{"overlap_seconds":60}"#)
            let second = try #require(rotated["secret"])
            #expect(rotated.status == 201 && second != secret)
            #expect(try await Client(secret: second).send("/v1/programs", through: caller).status == 200)
            let listed = try await caller.get("/v1/api-keys")
            #expect(listed.text.contains(#""secret_prefix":"\#(second.prefix(12))""#))
            #expect(!listed.text.contains(secret) && !listed.text.contains(second))
            #expect(listed.text.contains(#""scopes":["programs:read"],"addresses":null,"rate":null"#))
            #expect(try await caller.get("/v1/api-keys", as: 1).text == #"{"items":[]}"#)
        }
    }

    private static let creations: [(fields: String, isAllowed: Bool)] = [
        ("", true), (#","scopes":["cards:read"]"#, true), (#","scopes":["cards:read","cards:write"]"#, false),
        (#","rate":{"per_second":5}"#, true), (#","rate":{"per_second":6}"#, false),
        (#","rate":{"per_second":1,"burst":6}"#, false), (#","addresses":["203.0.113.0/24"]"#, true),
    ]

    @Test func `a key gives no other key more than it has, by no way`() async throws {
        let terms = APIKeyTerms(scopes: [.writeKeys, .readCards], rate: RateLimit(perSecond: 5, burst: 5))
        let door = try Door(rates: KeyRates(UnlimitedRates()))
        let client = try Client(terms, at: door)
        let all = try Client(APIKeyTerms(), at: door)
        try await door.run { caller in
            for (fields, isAllowed) in Self.creations {
                let reply = try await client.send("/v1/api-keys", .post, #"{"label":"x"\#(fields)}"#, through: caller)
                #expect(reply.status == (isAllowed ? 201 : 403), "\(fields): \(reply.text)")
                #expect(isAllowed || reply["code"] == "beyond_own_terms", "\(fields)")
            }
            let left = try await client.send("/v1/api-keys", .post, #"{"label":"x"}"#, through: caller)
            #expect(left.text.contains(#""scopes":["cards:read","keys:write"]"#))
            #expect(left.text.contains(#""rate":{"per_second":5,"burst":5}"#))
            let made = try await all.send("/v1/api-keys", .post, #"{"label":"x"}"#, through: caller)
            let larger = try #require(made["id"])
            for (path, body) in [
                ("secrets", #"{"overlap_seconds":0}"#), ("terms", #"{"rate":{"per_second":1}}"#), ("revoke", "{}"),
            ] {
                let reply = try await client.send("/v1/api-keys/\(larger)/\(path)", .post, body, through: caller)
                #expect(reply.status == 403 && reply["code"] == "beyond_own_terms", "\(path)")
                #expect(reply["pointer"] == nil, "\(path)")
            }
            // Made slower first, it could be taken over.
            let quick = #"{"label":"x","scopes":["cards:read","keys:write"]}"#
            let quicker = try #require(try await all.send("/v1/api-keys", .post, quick, through: caller)["id"])
            let slow = #"{"rate":{"per_second":1}}"#
            let slowed = try await client.send("/v1/api-keys/\(quicker)/terms", .post, slow, through: caller)
            #expect(slowed["code"] == "beyond_own_terms")
            let own = try #require(left["id"])
            let wider = #"{"usual_rate":true}"#
            let reply = try await client.send("/v1/api-keys/\(own)/terms", .post, wider, through: caller)
            #expect(reply["code"] == "beyond_own_terms" && reply["pointer"] == "/usual_rate")
            let revoked = try await client.send("/v1/api-keys/\(own)/revoke", .post, "{}", through: caller)
            #expect(revoked.status == 200 && revoked["state"] == "revoked")
            let still = try await all.send("/v1/api-keys/\(larger)/revoke", .post, "{}", through: caller)
            #expect(still.status == 200 && still["state"] == "revoked")
        }
    }

    @Test func `the last key that makes keys goes only when that is said, and an operator need not`() async throws {
        let door = try Door()
        let administrator = try Door.Person(.administrator, at: door)
        let tenant = "\(door.tenants[0])"
        let client = try Client(APIKeyTerms(scopes: [.writeKeys]), at: door)
        try await door.run { caller in
            let listed = try await administrator.send("/v1/api-keys", tenant: tenant, through: caller)
            let path = "/v1/api-keys/\(try #require(listed["id"]))/revoke"
            let refused = try await client.send(path, .post, "{}", through: caller)
            #expect(refused.status == 409 && refused["code"] == "last_api_key")
            #expect(try await client.send(path, .post, #"{"even_last":true}"#, through: caller).status == 200)
            let again = try await administrator.send(path, .post, "{}", tenant: tenant, through: caller)
            #expect(again.status == 409 && again["code"] == "transition_not_allowed")
            #expect(again.text.contains("The key is `revoked`"), "\(again.text)")
            let made = try await administrator.send(
                "/v1/api-keys",
                .post,
                #"{"label":"x"}"#,
                tenant: tenant,
                through: caller
            )
            #expect(made.status == 201 && made.text.contains(#""scopes":null"#))
            let last = "/v1/api-keys/\(try #require(made["id"]))/revoke"
            #expect(try await administrator.send(last, .post, "{}", tenant: tenant, through: caller).status == 200)
        }
    }

    @Test func `beyond the most live keys of a tenant none is made, until one is revoked`() async throws {
        let door = try Door()
        try await door.run { caller in
            let first = try #require(try await caller.post("/v1/api-keys", #"{"label":"x"}"#)["id"])
            for _ in 1..<ListedAPIKey.mostLive {
                #expect(try await caller.post("/v1/api-keys", #"{"label":"x"}"#).status == 201)
            }
            let refused = try await caller.post("/v1/api-keys", #"{"label":"x"}"#)
            #expect(refused.status == 409 && refused["code"] == "api_key_limit")
            #expect(try await caller.post("/v1/api-keys", #"{"label":"x"}"#, as: 1).status == 201)
            #expect(try await caller.post("/v1/api-keys/\(first)/revoke", "{}").status == 200)
            #expect(try await caller.post("/v1/api-keys", #"{"label":"x"}"#).status == 201)
        }
    }

    @Test func `beyond the most live secrets of a key another takes the place of all`() async throws {
        let door = try Door()
        try await door.run { caller in
            let id = try #require(try await caller.post("/v1/api-keys", #"{"label":"x"}"#)["id"])
            func rotate(_ overlap: Int) async throws -> Caller.Reply {
                try await caller.post("/v1/api-keys/\(id)/secrets", #"{"overlap_seconds":\#(overlap)}"#)
            }
            for _ in 1..<ListedAPIKey.mostLiveSecrets { #expect(try await rotate(60).status == 201) }
            let refused = try await rotate(60)
            #expect(refused.status == 409 && refused["code"] == "api_key_limit")
            #expect(try await rotate(0).status == 201)
            #expect(try await rotate(60).status == 201)
        }
    }

    private static let wrong: [(path: String, body: String, pointer: String)] = [
        ("", "{}", "/label"), ("", #"{"label":""}"#, "/label"), ("", #"{"label":"x","scopes":[]}"#, "/scopes"),
        ("", #"{"label":"x","scopes":["all"]}"#, "/scopes/0"),
        ("", #"{"label":"x","addresses":["10.0.0.1/8"]}"#, "/addresses/0"),
        ("", #"{"label":"x","rate":{"burst":1}}"#, "/rate/per_second"),
        ("", #"{"label":"x","rate":{"per_second":100001}}"#, "/rate/per_second"),
        ("", #"{"label":"x","secret":"y"}"#, "/secret"), ("/terms", "{}", ""), ("/terms", #"{"scopes":[]}"#, "/scopes"),
        ("/terms", #"{"from_everywhere":false}"#, "/from_everywhere"),
        ("/terms", #"{"usual_rate":true,"rate":{"per_second":1}}"#, "/usual_rate"),
        ("/secrets", "{}", "/overlap_seconds"), ("/secrets", #"{"overlap_seconds":7776001}"#, "/overlap_seconds"),
        ("/revoke", #"{"even_last":1}"#, "/even_last"),
    ]

    @Test func `what cannot be meant is refused with the place, and a key of nobody is not found`() async throws {
        let door = try Door()
        try await door.run { caller in
            let unknown = "/key_00000000000070008000000000000000"
            for (path, body, pointer) in Self.wrong {
                let reply = try await caller.post("/v1/api-keys" + (path.isEmpty ? "" : unknown + path), body)
                #expect(reply.status == 422, "\(path) \(body)")
                #expect(reply.text.contains("\"pointer\":\"\(pointer)\""), "\(path) \(body): \(reply.text)")
            }
            let made = try await caller.post("/v1/api-keys", #"{"label":"x"}"#)
            let theirs = "/" + (try #require(made["id"]))
            for (path, body) in [
                ("/terms", #"{"usual_rate":true}"#), ("/secrets", #"{"overlap_seconds":0}"#), ("/revoke", "{}"),
            ] {
                for (id, tenant) in [(unknown, 0), (theirs, 1), ("/nonsense", 0)] {
                    let reply = try await caller.post("/v1/api-keys" + id + path, body, as: tenant)
                    #expect(reply.status == 404 && reply["code"] == "api_key_not_found", "\(path) \(id)")
                }
            }
            #expect(try await caller.get("/v1/api-keys?before=\(unknown.dropFirst())").status == 422)
        }
    }

    @Test func `a key that was revoked a moment ago may still read, and changes no key`() async throws {
        let door = try Door()
        try await door.run { caller in
            var client = try Client(APIKeyTerms(), at: door)
            var read = 0
            // A key whose second request had to wait for as long as keys are believed says nothing.
            for _ in 0..<20 where read != 200 {
                client = try Client(APIKeyTerms(), at: door)
                #expect(try await client.send("/v1/programs", through: caller).status == 200)
                door.ledger.revokeTenantKey(hash: client.key.hash)
                read = try await client.send("/v1/programs", through: caller).status
            }
            #expect(read == 200)
            let reply = try await client.send("/v1/api-keys", .post, #"{"label":"x"}"#, through: caller)
            #expect(reply.status == 401)
        }
    }

    @Test func `a card's number in a label is masked`() async throws {
        try await Door().run { caller in
            let made = try await caller.post("/v1/api-keys", #"{"label":"till 4111111111111111"}"#)
            #expect(made["label"] == "till 411111******1111")
        }
    }

    @Test func `a tenant reads what it is`() async throws {
        let door = try Door(rates: KeyRates(usual: RateLimit(perSecond: 100, burst: 200)))
        let text = "\(door.tenants[0])"
        try await door.run { caller in
            let tenant = try await caller.get("/v1/tenant")
            #expect(tenant.status == 200 && tenant["id"] == text && tenant["name"] == "acme")
            #expect(tenant.text.contains(#""programs":[{"id":"\#(caller.programs[0])","name":"old","version":1}]"#))
            #expect(tenant.text.contains(#""limits":{"usual_rate":{"per_second":100,"burst":200}}"#))
        }
    }
}

/// Lets everything pass, whatever the keys' own limits are.
private struct UnlimitedRates: RateLimiter {
    func take(of key: APIKeyID, _ limit: RateLimit) async -> RateVerdict {
        RateVerdict(limit, isAllowed: true, untilFull: 0)
    }
}

import Foundation
import ISO8583
import TestSupport
import Testing

/// API keys, from the command line to the HTTP door.
@Suite struct APIKeyStoryTests {
    @Test func `an API key is made, works, and stops within seconds once it is revoked`() async throws {
        let administered = try Administered()
        let server = try AvalProcess(administered.installation)
        let made = try administered.aval("api-key", "add", "--tenant", "demo", "--label", "till 7")
        let client = Client(port: server.httpPort, apiKey: try Administered.key(made))
        #expect(try await client.get("/v1/programs").status == 200)
        let listed = try administered.aval("api-key", "list").output.split(separator: "\n")
        let line = try #require(listed.first { $0.contains("till 7") })
        let id = String(line.prefix { $0 != " " })
        #expect(try administered.aval("api-key", "revoke", id).status == 0)
        #expect(try administered.aval("api-key", "revoke", id).errors.contains("there is no live API key"))
        var status = 200
        for _ in 0..<600 where status == 200 {
            try await Task.sleep(for: .milliseconds(100))
            status = try await client.get("/v1/programs").status
        }
        #expect(status == 401)
        #expect(try administered.aval("api-key", "add", "--tenant", "nobody", "--label", "x").status == 1)
        #expect(server.stop() == 0)
    }

    @Test func `an API key has scopes, addresses, a rate and secrets that overlap`() async throws {
        let administered = try Administered()
        let server = try AvalProcess(administered.installation)
        let made = try administered.aval(
            "api-key",
            "add",
            "--tenant",
            "demo",
            "--label",
            "reporting",
            "--scope",
            "programs:read",
            "--allow",
            "127.0.0.0/8",
            "--rate",
            "1",
            "--burst",
            "3"
        )
        let client = Client(port: server.httpPort, apiKey: try Administered.key(made))
        let first = try await client.get("/v1/programs")
        #expect(first.status == 200)
        #expect(first.headers["ratelimit-policy"] == #""key";q=3;w=3"#)
        #expect(try await client.post("/v1/accounts").text("code") == "scope_missing")
        // At once: on a busy machine one after the other may take as long as the key is to wait.
        let codes = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await client.get("/v1/programs").text("code") } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(codes.contains("rate_limited"))

        let listed = try administered.aval("api-key", "list").output.split(separator: "\n")
        let line = try #require(listed.first { $0.contains("reporting") })
        #expect(line.contains("used ") && line.contains("programs:read; from 127.0.0.0/8; 1 a second, 3 at once"))
        let id = String(line.prefix { $0 != " " })
        let rotated = try administered.aval("api-key", "rotate", id, "--overlap", "1h")
        let second = Client(port: server.httpPort, apiKey: try Administered.key(rotated))
        #expect(try await second.get("/v1/accounts/none").status != 401)
        #expect(try await client.get("/v1/accounts/none").status != 401)
        let changed = try administered.aval("api-key", "change", id, "--allow", "192.0.2.1")
        #expect(
            changed.status == 0 && changed.output.contains("programs:read; from 192.0.2.1/32; 1 a second, 3 at once")
        )
        #expect(try administered.aval("api-key", "change", id).errors.contains("say what is to change"))
        let both = try administered.aval("api-key", "change", id, "--scope", "cards:read", "--all-scopes")
        #expect(both.status != 0)
        var code = ""
        for _ in 0..<600 where code != "address_not_allowed" {
            try await Task.sleep(for: .milliseconds(100))
            code = try await second.get("/v1/programs").text("code")
        }
        #expect(code == "address_not_allowed")
        let freed = try administered.aval("api-key", "change", id, "--from-everywhere")
        #expect(freed.output.contains("programs:read; 1 a second, 3 at once"))
        let actions = try administered.aval("operator", "actions").output
        #expect(actions.contains("root  api_key.rotate") && actions.contains("root  api_key.change"))
        #expect(server.stop() == 0)
    }

    @Test func `a client makes, rotates and revokes keys of its tenant, and all of it is recorded`() async throws {
        let administered = try Administered()
        let server = try AvalProcess(administered.installation)
        let first = Client(server, administered.installation)
        let terms = #"{"label":"till","scopes":["programs:read","keys:write"],"addresses":["127.0.0.0/8"]}"#
        let made = try await first.post("/v1/api-keys", terms, key: "make").expecting(201)
        let (id, secret) = (made.text("id"), made.text("secret"))
        let again = try await first.post("/v1/api-keys", terms, key: "make").expecting(201)
        #expect(again.text("id") == id && !again.text("secret").hasPrefix("aval_sk_"))
        let till = Client(port: server.httpPort, apiKey: secret)
        #expect(try await till.get("/v1/tenant").expecting(200).text("name") == "demo")
        #expect(try await till.post("/v1/accounts").text("code") == "scope_missing")
        let more = #"{"label":"x","scopes":["programs:read","cards:read"]}"#
        #expect(try await till.post("/v1/api-keys", more).text("code") == "beyond_own_terms")
        let rotated = try await till.post("/v1/api-keys/\(id)/secrets", #"{"overlap_seconds":3600}"#).expecting(201)
        let second = Client(port: server.httpPort, apiKey: rotated.text("secret"))
        #expect(try await second.get("/v1/programs").status == 200)
        #expect(try await till.get("/v1/programs").status == 200)
        let listed = try await first.get("/v1/api-keys").expecting(200)
        #expect(listed.text("items.0.secret_prefix") == String(rotated.text("secret").prefix(12)))
        #expect(listed.text("items.0.earlier_secrets_until").hasSuffix("Z"))
        let own = listed.text("items.1.id")
        let root = Client(
            port: server.httpPort,
            apiKey: administered.key,
            tenant: try await first.get("/v1/tenant").text("id")
        )
        _ = try await root.post("/v1/api-keys/\(own)/revoke").expecting(200)
        let last = try await second.post("/v1/api-keys/\(id)/revoke")
        #expect(last.status == 409 && last.text("code") == "last_api_key")
        let records = try await root.get("/v1/operator-actions?limit=3").expecting(200)
        #expect(records.text("items.0.operator") == "root" && records.text("items.0.action") == "api_key.revoke")
        #expect(records.text("items.1.api_key_id") == id && records.text("items.1.action") == "api_key.rotate")
        #expect(records.text("items.2.api_key_id") == own && records.text("items.2.object") == id)
        #expect(try administered.aval("operator", "actions").output.contains("\(id)  api_key.rotate"))
        #expect(server.stop() == 0)
    }
}

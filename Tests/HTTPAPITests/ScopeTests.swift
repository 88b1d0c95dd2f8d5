import AuthorizationCore
import AuthorizationEngine
import Foundation
import HTTPTypes
import Testing

@testable import HTTPAPI

/// What an API key may do, from where.
@Suite struct ScopeTests {
    /// Operations that clients may send, and the scope that each needs.
    private static let needed: [APIOperation: String] = [
        .getTenant: "programs:read", .listAPIKeys: "keys:read",
        .createAPIKey: "keys:write", .changeAPIKey: "keys:write", .rotateAPIKey: "keys:write",
        .revokeAPIKey: "keys:write",
        .listPrograms: "programs:read", .getProgram: "programs:read",
        .openAccount: "accounts:write", .getAccount: "accounts:read", .listAccounts: "accounts:read",
        .changeAccountStatus: "accounts:write",
        .fundAccount: "fundings:write", .withdraw: "transfers:write", .transferMoney: "transfers:write",
        .setCreditLimit: "accounts:write", .getTransfer: "accounts:read", .listLegalHolds: "accounts:read",
        .listTokens: "cards:read", .registerToken: "cards:write", .changeTokenStatus: "cards:write",
        .listAccountCards: "cards:read", .listCardholderCards: "cards:read",
        .issueCard: "cards:write", .getCard: "cards:read", .changeCardStatus: "cards:write",
        .reissueCard: "cards:write", .activateInstance: "cards:write", .replaceCard: "cards:write",
        .createCardholder: "cards:write", .listCardholders: "cards:read", .getCardholder: "cards:read",
        .changeCardholder: "cards:write", .changeCardholderStatus: "cards:write", .eraseCardholder: "cards:write",
        .createCardBatch: "cards:write", .listCardBatches: "cards:read", .getCardBatch: "cards:read",
        .listCardBatchRows: "cards:read", .cancelCardBatch: "cards:write",
        .revealCard: "cards:reveal", .makeRevealToken: "cards:reveal",
        .setPIN: "pins:write", .unblockPIN: "pins:write",
        .authorize: "authorizations:write", .reverseAuthorization: "authorizations:write",
        .clearAuthorization: "authorizations:write", .simulateAuthorization: "authorizations:write",
        .simulateIncrement: "authorizations:write", .simulateReversal: "authorizations:write",
        .simulateAdvice: "authorizations:write", .simulateClearing: "authorizations:write",
        .simulateRefund: "authorizations:write", .simulateExpiry: "authorizations:write",
        .getTestClock: "authorizations:read", .moveTestClock: "authorizations:write",
        .listAuthorizations: "authorizations:read", .getAuthorization: "authorizations:read",
        .listEvents: "events:read", .streamEvents: "events:read",
        .createWebhookEndpoint: "webhooks:write", .changeWebhookEndpoint: "webhooks:write",
        .removeWebhookEndpoint: "webhooks:write", .rotateWebhookSecret: "webhooks:write",
        .testWebhookEndpoint: "webhooks:write", .replayWebhookEvents: "webhooks:write",
        .listWebhookEndpoints: "webhooks:read",
        .getWebhookEndpoint: "webhooks:read", .listWebhookDeliveries: "webhooks:read",
        .listWebhookNotices: "webhooks:read",
    ]

    /// Operations that no client may send, and the role that an operator needs.
    private static let ofOperators: [APIOperation: OperatorRole] = [
        .createProgram: .administrator, .changeProgram: .administrator, .approveProgram: .administrator,
        .withdrawProgram: .administrator, .listOperatorActions: .reader,
        .adjustBalance: .operator, .placeLegalHold: .operator, .releaseLegalHold: .operator,
    ]

    /// Operations that clients may send, and of operators only administrators.
    private static let ofAdministratorsToo: Set<APIOperation> = [
        .createAPIKey, .changeAPIKey, .rotateAPIKey, .revokeAPIKey,
    ]

    /// A key of the first tenant with these terms, sending to the address of each operation.
    private struct Sender {
        let key: AccessKey

        init(_ terms: APIKeyTerms, at door: Door) throws {
            key = try AccessKey.random(for: .client)
            let id = APIKeyID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
            door.ledger.add(TenantKey(id: id, tenant: door.tenants[0], terms: terms), hash: key.hash)
        }

        func send(_ operation: APIOperation, through caller: Caller) async throws -> Caller.Reply {
            var headers = HTTPFields()
            headers[.authorization] = "Bearer \(key.text)"
            if operation.method == .post { headers[.contentType] = "application/json" }
            let path = operation.path.replacing(":id", with: "acc_00000000000070008000000000000000")
            let method: HTTPRequest.Method = operation.method == .get ? .get : .post
            return try await caller.send(path, method, headers, operation.method == .get ? "" : "{}", as: nil)
        }
    }

    @Test func `each operation needs its scope, and no other opens it`() async throws {
        let door = try Door()
        let senders = try APIScope.allCases.map { ($0, try Sender(APIKeyTerms(scopes: [$0]), at: door)) }
        try await door.run { caller in
            for operation in APIOperation.allCases where operation.path.hasPrefix("/v1") {
                guard Self.ofOperators[operation] == nil else { continue }
                let scope = try #require(Self.needed[operation], "\(operation)")
                for (held, sender) in senders {
                    let reply = try await sender.send(operation, through: caller)
                    let isRefused = reply["code"] == "scope_missing"
                    #expect(isRefused == (held.rawValue != scope), "\(operation) with \(held)")
                    #expect(!isRefused || reply.status == 403 && reply.text.contains("`\(scope)`"))
                }
            }
        }
    }

    @Test func `no client's key opens what is for operators, and of those only with the role`() async throws {
        let door = try Door()
        let client = try Sender(APIKeyTerms(), at: door)
        let people = try OperatorRole.allCases.map { (role: $0, person: try Door.Person($0, at: door)) }
        let tenant = "\(door.tenants[0])"
        try await door.run { caller in
            for (operation, least) in Self.ofOperators {
                #expect(operation.access == .operators(least))
                let reply = try await client.send(operation, through: caller)
                #expect(reply.status == 403 && reply["code"] == "operator_required", "\(operation)")
                let path = operation.path.replacing(":id", with: "acc_00000000000070008000000000000000")
                for (role, person) in people {
                    let isGet = operation.method == .get
                    let (method, body): (HTTPRequest.Method, String) = isGet ? (.get, "") : (.post, "{}")
                    let reply = try await person.send(path, method, body, tenant: tenant, through: caller)
                    #expect((reply["code"] == "role_insufficient") == (role < least), "\(operation) \(role)")
                }
            }
        }
    }

    @Test func `what clients do with keys needs an administrator where an operator does it`() async throws {
        let door = try Door()
        let people = try OperatorRole.allCases.map { (role: $0, person: try Door.Person($0, at: door)) }
        let tenant = "\(door.tenants[0])"
        try await door.run { caller in
            for operation in Self.ofAdministratorsToo {
                let path = operation.path.replacing(":id", with: "key_00000000000070008000000000000000")
                for (role, person) in people {
                    let reply = try await person.send(path, .post, "{}", tenant: tenant, through: caller)
                    #expect((reply["code"] == "role_insufficient") == (role < .administrator), "\(operation) \(role)")
                }
            }
            for (_, person) in people {
                #expect(try await person.send("/v1/api-keys", tenant: tenant, through: caller).status == 200)
            }
        }
    }

    @Test func `a key without a list has all scopes, one with a list of unknown ones none`() async throws {
        let door = try Door()
        let (all, none) = (try Sender(APIKeyTerms(), at: door), try Sender(APIKeyTerms(scopes: []), at: door))
        try await door.run { caller in
            for operation in Self.needed.keys {
                let allowed = try await all.send(operation, through: caller)
                let refused = try await none.send(operation, through: caller)
                #expect(allowed["code"] != "scope_missing", "\(operation)")
                #expect(refused["code"] == "scope_missing", "\(operation)")
            }
        }
    }

    @Test func `the document names the scope of each operation`() throws {
        let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../openapi/aval.yaml").standardizedFileURL
        let described = try String(contentsOf: document, encoding: .utf8).components(
            separatedBy: "\n      operationId: "
        )
        var found: [APIOperation: String] = [:]
        for text in described.dropFirst() {
            guard let operation = APIOperation(rawValue: String(text.prefix { $0 != "\n" })) else { continue }
            let security = text.split(separator: "\n").first { $0.hasPrefix("      security: ") }
            let role = security?.firstMatch(
                of: /\{apiKey: \['([a-z:]+)'\]\}, \{operatorKey: \[([a-z]*)\], operatorTenant: \[\]\}/
            )
            guard let role else { continue }
            found[operation] = String(role.output.1)
            let needed = Self.ofAdministratorsToo.contains(operation) ? "administrator" : ""
            #expect(role.output.2 == needed, "\(operation)")
        }
        #expect(found == Self.needed)
        for (operation, role) in Self.ofOperators {
            let text = try #require(described.first { $0.hasPrefix(operation.rawValue + "\n") })
            let roles = role == .reader ? "" : role.name
            #expect(text.contains("      security: [{operatorKey: [\(roles)], operatorTenant: []}]\n"), "\(operation)")
        }
    }

    @Test func `a key that is bound to addresses is refused where the address is another or not known`() async throws {
        let door = try Door()
        let range = try #require(AddressRange("203.0.113.0/24"))
        let sender = try Sender(APIKeyTerms(addresses: [range]), at: door)
        try await door.run { caller in
            let reply = try await sender.send(.listPrograms, through: caller)
            #expect(reply.status == 403)
            #expect(reply["code"] == "address_not_allowed")
        }
    }

    private static let hops: [(peer: String?, header: String?, found: String?)] = [
        ("203.0.113.5", nil, "203.0.113.5"), ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("10.0.0.1", nil, "10.0.0.1"), ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1,10.0.0.9", "198.51.100.1"), ("10.0.0.1", "10.0.0.8,10.0.0.9", "10.0.0.8"),
        ("10.0.0.1", "198.51.100.1,", nil), ("10.0.0.1", "unknown", nil), ("10.0.0.1", "198.51.100.1, x", nil),
        ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"), (nil, "198.51.100.1", nil),
    ]

    @Test(arguments: hops)
    func `of where a request comes from only trusted proxies are believed`(
        _ peer: String?,
        _ header: String?,
        _ expected: String?
    ) throws {
        var fields = HTTPFields()
        if let header { fields[try #require(HTTPField.Name(TrustedProxies.header))] = header }
        let proxies = TrustedProxies([try #require(AddressRange("10.0.0.0/8"))])
        #expect(proxies.client(of: fields, from: peer) == expected.flatMap { IPAddress($0) })
    }
}

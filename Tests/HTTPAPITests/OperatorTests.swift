import AuthorizationCore
import AuthorizationEngine
import Foundation
import HTTPTypes
import Testing

@testable import HTTPAPI

/// Operators at the HTTP door: keys of their own, any tenant, and no more than their role allows.
@Suite struct OperatorTests {
    private static let start = Instant(microseconds: 1_700_000_000_000_000)

    @Test func `a reader may send GET to every operation and POST to none`() async throws {
        let door = try Door()
        let reader = try Door.Person(.reader, at: door)
        try await door.run { caller in
            for operation in APIOperation.allCases where operation.path.hasPrefix("/v1") {
                let path = operation.path.replacing(":id", with: "acc_00000000000070008000000000000000")
                let method: HTTPRequest.Method = operation.method == .get ? .get : .post
                let reply = try await reader.send(path, method, tenant: "\(door.tenants[0])", through: caller)
                switch operation.method {
                case .get: #expect([200, 404].contains(reply.status), "\(operation)")
                case .post:
                    #expect(reply.status == 403, "\(operation)")
                    #expect(reply["code"] == "role_insufficient")
                    #expect(reply.headers[.contentType] == "application/problem+json")
                }
            }
        }
    }

    @Test(arguments: [OperatorRole.operator, .administrator])
    func `an operator changes what belongs to the tenant that the header names`(_ role: OperatorRole) async throws {
        let door = try Door()
        let person = try Door.Person(role, at: door)
        try await door.run { caller in
            let (account, _) = try await caller.makeCard()
            let path = "/v1/accounts/\(account)"
            let change = #"{"status":"frozen","reason":"a call"}"#
            let theirs = try await person.send(path, tenant: "\(door.tenants[1])", through: caller)
            #expect(theirs["code"] == "account_not_found")
            let frozen = try await person.send(
                path + "/status",
                .post,
                change,
                tenant: "\(door.tenants[0])",
                through: caller
            )
            #expect(frozen.status == 200)
            #expect(try await caller.get(path)["status"] == "frozen")
        }
    }

    @Test(arguments: [
        (nil, "tenant_required"), ("", "tenant_required"), ("acme", "tenant_required"),
        ("acc_00000000000070008000000000000000", "tenant_required"),
        ("ten_00000000000070008000000000000000", "tenant_not_found"),
    ])
    func `without a tenant that exists an operator gets nothing`(_ tenant: String?, _ code: String) async throws {
        let door = try Door()
        let person = try Door.Person(.administrator, at: door)
        try await door.run { caller in
            for operation in APIOperation.allCases where operation.path.hasPrefix("/v1") {
                let path = operation.path.replacing(":id", with: "acc_00000000000070008000000000000000")
                let method: HTTPRequest.Method = operation.method == .get ? .get : .post
                let reply = try await person.send(path, method, tenant: tenant, through: caller)
                #expect(reply.status == 403, "\(operation)")
                #expect(reply["code"] == code, "\(operation)")
                #expect(reply.text.contains(#""header":"Aval-Tenant""#))
            }
        }
    }

    @Test func `a revoked operator's key stops at once, and an unknown one never worked`() async throws {
        let door = try Door()
        let person = try Door.Person(.reader, at: door)
        try await door.run { caller in
            let tenant = "\(door.tenants[0])"
            #expect(try await person.send("/v1/programs", tenant: tenant, through: caller).status == 200)
            door.ledger.revokeOperator(keyHash: person.key.hash)
            let reply = try await person.send("/v1/programs", tenant: tenant, through: caller)
            #expect(reply.status == 401)
            #expect(reply["code"] == "unauthenticated")
            #expect(reply.headers[.wwwAuthenticate] != nil)
        }
    }

    @Test func `an operator's look at a card's number is among operators' actions, a client's is not`() async throws {
        let door = try Door()
        let person = try Door.Person(.operator, at: door)
        try await door.run { caller in
            let (_, card) = try await caller.makeCard()
            let path = "/v1/cards/\(card)/reveal"
            #expect(try await caller.post(path).status == 200)
            #expect(door.ledger.reveals.isEmpty)
            #expect(try await person.send(path, .post, tenant: "\(door.tenants[0])", through: caller).status == 200)
            #expect(door.ledger.reveals.map { "\($0.card)" } == ["\(card)"])
        }
    }

    @Test func `an authorization's history names who asked for each event`() async throws {
        let door = try Door()
        let person = try Door.Person(.operator, at: door)
        try await door.run { caller in
            let (_, card) = try await caller.makeCard()
            let approved = try await caller.post("/v1/authorizations", Caller.payment(#""card_id":"\#(card)""#))
            let id = try #require(approved["id"])
            let path = "/v1/authorizations/\(id)"
            let tenant = "\(door.tenants[0])"
            _ = try await person.send(path + "/reversals", .post, "{}", tenant: tenant, through: caller)
            let history = try await caller.get(path).text
            let key = APIKeyID(at: Self.start, shard: Shard(truncating: 0), entropy: 0)
            let actors = history.components(separatedBy: #""actor":"#).dropFirst().map { $0.prefix { $0 != "}" } }
            #expect(actors == [#"{"type":"api_key","id":"\#(key)""#, #"{"type":"operator","name":"alice""#])
        }
    }

    @Test(arguments: [
        ("alice", true), ("A.b_c-9", true), (String(repeating: "x", count: 64), true), ("", false),
        (String(repeating: "x", count: 65), false), ("a b", false), ("ä", false), ("setup", false), ("a\n", false),
    ])
    func `an operator's name is short and plain`(_ text: String, _ isName: Bool) {
        #expect((OperatorName(text) != nil) == isName)
    }
}

import AuthorizationEngine
import Foundation
import HTTPTypes
import Testing

@testable import HTTPAPI

/// Query parameters that nobody knows.
@Suite struct ParameterTests {
    private static let id = "acc_00000000000070008000000000000000"

    @Test func `each operation refuses a parameter that it does not know, and names it`() async throws {
        let door = try Door()
        let person = try Door.Person(.administrator, at: door)
        try await door.run { caller in
            for operation in APIOperation.allCases where operation.path.hasPrefix("/v1") {
                let path = operation.path.replacing(":id", with: Self.id) + "?dry_run=true"
                let method: HTTPRequest.Method = operation.method == .get ? .get : .post
                let body = operation.method == .get ? "" : "{}"
                let reply = try await person.send(path, method, body, tenant: "\(door.tenants[0])", through: caller)
                #expect(reply.status == 422 && reply["code"] == "invalid_request", "\(operation): \(reply.text)")
                #expect(reply["parameter"] == "dry_run", "\(operation)")
            }
        }
    }

    @Test func `nothing is done, and a name that may be a number is not repeated`() async throws {
        try await Door().run { caller in
            let account = try await caller.makeCard().account
            let body = #"{"amount":{"amount":1,"currency":"EUR"}}"#
            for query in ["dry_run=true", "dry_run", "dryRun=true", "4000000000000002=1", "%zz=1"] {
                let path = "/v1/accounts/\(account)/fundings?\(query)"
                let reply = try await caller.post(path, body, key: query)
                #expect(reply.status == 422, "\(query)")
                let name = query.prefix { $0 != "=" }
                #expect(reply["parameter"] == (query.hasPrefix("dry") ? String(name) : ""), "\(query)")
            }
            #expect(try await caller.get("/v1/accounts/\(account)").text.contains(#""posted":100000"#))
            #expect(try await caller.post("/v1/accounts/\(account)/fundings?", body, key: "none").status == 201)
        }
    }

    @Test func `the document says of each operation that a request may be refused`() throws {
        let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../openapi/aval.yaml").standardizedFileURL
        let parts = try String(contentsOf: document, encoding: .utf8).components(separatedBy: "\n      operationId: ")
        for operation in APIOperation.allCases where operation.path.hasPrefix("/v1") {
            let text = try #require(parts.first { $0.hasPrefix(operation.rawValue + "\n") })
            for status in ["401", "403", "422", "429", "503"] {
                #expect(text.contains("        '\(status)': {$ref:"), "\(operation) \(status)")
            }
        }
    }
}

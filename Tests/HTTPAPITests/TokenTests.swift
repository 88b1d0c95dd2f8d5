import AuthorizationCore
import Testing

@testable import HTTPAPI

/// Wallets' tokens at the HTTP door.
@Suite struct TokenTests {
    private static let number = "4895370012345671"

    private static func registration(_ number: String = number, _ more: String = "") -> String {
        #"{"number":"\#(number)"\#(more)}"#
    }

    private static func status(_ status: String) -> String { #"{"status":"\#(status)","reason":"phone lost"}"# }

    @Test func `a token is registered, listed, suspended, resumed and deleted, and its number is nowhere`() async throws
    {
        let door = try Door()
        try await door.run { caller in
            let (_, card) = try await caller.makeCard()
            let tokens = "/v1/cards/\(card)/tokens"
            let more = #","reference":"DTR-42","requestor":"40010030273""#
            let made = try await caller.post(tokens, Self.registration(Self.number, more))
            #expect(made.status == 201 && made["status"] == "active" && made["card_id"] == card)
            #expect(made["reference"] == "DTR-42" && made["requestor"] == "40010030273")
            let path = "/v1/tokens/\(try #require(made["id"]))/status"
            let changes = [("active", 409), ("suspended", 200), ("active", 200), ("deleted", 200), ("active", 409)]
            for (next, status) in changes {
                let reply = try await caller.post(path, Self.status(next))
                #expect(reply.status == status && (status == 409 || reply["status"] == next), "\(next)")
            }
            let second = try await caller.post(tokens, Self.registration("4895370012345689"))
            #expect(second.text.contains(#""reference":null"#))
            #expect(try await caller.get(tokens + "?limit=1")["id"] == second["id"])
            let older = try await caller.get(tokens + "?before=\(try #require(second["id"]))")
            #expect(older["id"] == made["id"] && older["status"] == "deleted" && !older.text.contains(Self.number))
            #expect(!door.ledger.journaledText.contains(Self.number))
        }
    }

    @Test func `a number is one card's, whoever's account the other one is of`() async throws {
        try await Door().run { caller in
            let (account, card) = try await caller.makeCard()
            let sibling = try #require(try await caller.post("/v1/accounts/\(account)/cards", "{}")["id"])
            let stranger = try await caller.makeCard().card
            #expect(try await caller.post("/v1/cards/\(card)/tokens", Self.registration()).status == 201)
            for other in [card, sibling, stranger] {
                let reply = try await caller.post("/v1/cards/\(other)/tokens", Self.registration())
                #expect(reply.status == 409 && reply["code"] == "transition_not_allowed")
            }
        }
    }

    @Test func `what is wrong with a token is told, and other tenants know none`() async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            let tokens = "/v1/cards/\(card)/tokens"
            let wrong = [
                (Self.registration("4895370012345670"), "/number"), (#"{"requestor":"40010030273"}"#, "/number"),
                (Self.registration(Self.number, #","requestor":"4001""#), "/requestor"),
                (Self.registration(Self.number, #","reference":"""#), "/reference"),
            ]
            for (body, pointer) in wrong {
                let reply = try await caller.post(tokens, body)
                #expect(reply.status == 422 && reply.text.contains("\"pointer\":\"\(pointer)\""), "\(body)")
            }
            let id = try #require(try await caller.post(tokens, Self.registration())["id"])
            let foreign = try await caller.post("/v1/tokens/\(id)/status", Self.status("deleted"), as: 1)
            #expect(foreign.status == 404 && foreign["code"] == "token_not_found")
            #expect(try await caller.get(tokens, as: 1)["code"] == "card_not_found")
            #expect(try await caller.post(tokens, Self.registration("4895370012345689"), as: 1).status == 404)
        }
    }

    @Test func `a closed card gets no token, and its tokens are not resumed`() async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            let tokens = "/v1/cards/\(card)/tokens"
            let id = try #require(try await caller.post(tokens, Self.registration())["id"])
            #expect(try await caller.post("/v1/tokens/\(id)/status", Self.status("suspended")).status == 200)
            _ = try await caller.post("/v1/cards/\(card)/status", Self.status("closed"))
            #expect(try await caller.post(tokens, Self.registration("4895370012345689")).status == 409)
            #expect(try await caller.post("/v1/tokens/\(id)/status", Self.status("active")).status == 409)
            #expect(try await caller.post("/v1/tokens/\(id)/status", Self.status("deleted")).status == 200)
        }
    }
}

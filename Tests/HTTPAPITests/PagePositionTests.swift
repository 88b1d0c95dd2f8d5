import AuthorizationEngine
import HTTPTypes
import Testing

@testable import HTTPAPI

/// Lists with the newest first go on from an element of their own, and of no other list.
@Suite struct PagePositionTests {
    private static func refuses(_ reply: Caller.Reply) -> Bool {
        reply.status == 422 && reply["code"] == "invalid_request" && reply["parameter"] == "before"
    }

    @Test func `a list goes on from its own elements only`() async throws {
        let door = try Door()
        let person = try Door.Person(.operator, at: door)
        try await door.run { caller in
            let (account, card) = try await caller.makeCard()
            let (otherAccount, otherCard) = try await caller.makeCard()
            func hold(_ account: String) async throws -> String {
                let body = #"{"amount":{"amount":1,"currency":"EUR"},"reason":"a"}"#
                let path = "/v1/accounts/\(account)/legal-holds"
                let reply = try await person.send(path, .post, body, tenant: "\(door.tenants[0])", through: caller)
                return try #require(reply["id"])
            }
            func token(_ card: String, _ number: String) async throws -> String {
                let reply = try await caller.post("/v1/cards/\(card)/tokens", #"{"number":"\#(number)"}"#)
                return try #require(reply["id"])
            }
            func batch(_ reference: String) async throws -> String {
                let body = #"{"rows":[{"reference":"\#(reference)","account_id":"\#(account)"}]}"#
                return try #require(try await caller.post("/v1/card-batches", body, key: reference)["id"])
            }
            let cardholder = try #require(try await caller.post("/v1/cardholders", "{}")["id"])
            let naming = #"{"cardholder_id":"\#(cardholder)"}"#
            let named = try #require(try await caller.post("/v1/accounts/\(account)/cards", naming)["id"])
            let zeros = String(repeating: "0", count: 32)
            let lists = [
                ("/v1/accounts/\(account)/legal-holds", try await hold(account), try await hold(otherAccount)),
                (
                    "/v1/cards/\(card)/tokens", try await token(card, "4895370012345689"),
                    try await token(otherCard, "4895370012345671")
                ),
                ("/v1/card-batches", try await batch("a"), "bat_" + zeros),
                ("/v1/cardholders", cardholder, "chd_" + zeros),
                ("/v1/accounts/\(account)/cards", card, otherCard),
                ("/v1/cardholders/\(cardholder)/cards", named, card),
                ("/v1/accounts", min(account, otherAccount), "acc_" + zeros),
            ]
            for (path, own, foreign) in lists {
                let page = try await caller.get("\(path)?before=\(own)")
                #expect(page.status == 200 && page.text == #"{"items":[]}"#, "\(path): \(page.text)")
                for wrong in [foreign, own.prefix(4) + zeros] {
                    #expect(Self.refuses(try await caller.get("\(path)?before=\(wrong)")), "\(path) \(wrong)")
                }
            }
            #expect(Self.refuses(try await caller.get("/v1/card-batches?before=\(lists[2].1)", as: 1)))
        }
    }
}

import AuthorizationCore
import AuthorizationEngine
import Foundation
import HTTPTypes
import Testing

@testable import HTTPAPI

/// Whom cards name, at the HTTP door.
@Suite struct CardholderTests {
    private static let path = "/v1/cardholders"

    private static func status(_ status: String) -> String { #"{"status":"\#(status)","reason":"test"}"# }

    private static func holding(_ cardholder: String) -> String { #"{"cardholder_id":"\#(cardholder)"}"# }

    @Test func `a cardholder is made, read, found by its reference, and changed`() async throws {
        let door = try Door()
        try await door.run { caller in
            let made = try await caller.post(Self.path, #"{"reference":"c-1","embossed_name":"ANA DIAZ"}"#, key: "a")
            #expect(made.status == 201 && made["status"] == "active" && made["reference"] == "c-1")
            let id = try #require(made["id"])
            #expect(made.headers[.location] == "\(Self.path)/\(id)")
            // The name is in nothing that is kept for repeats.
            #expect(!made.text.contains("ANA"))
            #expect(try await caller.get("\(Self.path)/\(id)")["embossed_name"] == "ANA DIAZ")
            let changed = try await caller.post("\(Self.path)/\(id)/changes", #"{"embossed_name":"ANA RUIZ"}"#)
            #expect(changed.status == 200 && changed["reference"] == "c-1" && !changed.text.contains("RUIZ"))
            let second = try #require(try await caller.post(Self.path)["id"])
            #expect(try await caller.get("\(Self.path)/\(second)")["embossed_name"] == "null")
            let found = try await caller.get("\(Self.path)?reference=c-1")
            #expect(found["embossed_name"] == "ANA RUIZ" && !found.text.contains(second))
            // Made in one millisecond, the order of the two is drawn.
            let listed = [id, second].sorted(by: >)
            #expect(try await caller.get("\(Self.path)?limit=1")["id"] == listed[0])
            #expect(try await caller.get("\(Self.path)?before=\(listed[0])")["id"] == listed[1])
            #expect(try await caller.get("\(Self.path)?reference=c-2").text == #"{"items":[]}"#)
            // Of another tenant it is as unknown.
            #expect(try await caller.get(Self.path, as: 1).text == #"{"items":[]}"#)
            let address = "\(Self.path)/\(id)"
            let replies = [
                try await caller.get(address, as: 1), try await caller.post("\(address)/changes", "{}", as: 1),
                try await caller.post("\(address)/status", Self.status("closed"), as: 1),
                try await caller.post("\(address)/erasure", as: 1),
            ]
            #expect(replies.allSatisfy { $0.status == 404 && $0["code"] == "cardholder_not_found" })
            #expect(try await caller.post(Self.path, #"{"reference":"c-1"}"#, as: 1).status == 201)
        }
    }

    private static let wrong: [(body: String, pointer: String)] = [
        (#"{"embossed_name":"Ana"}"#, "/embossed_name"), (#"{"embossed_name":7}"#, "/embossed_name"),
        (#"{"reference":""}"#, "/reference"), (#"{"reference":"a b"}"#, "/reference"),
        (#"{"reference":"4111111111111111"}"#, "/reference"), (#"{"status":"closed"}"#, "/status"),
        (#"{"email":"a@example.com"}"#, "/email"), (#"{"embossed_name":"4111 1111 1111 1111"}"#, "/embossed_name"),
    ]

    @Test(arguments: wrong)
    func `what is no cardholder is refused by field`(body: String, pointer: String) async throws {
        try await Door().run { caller in
            let id = try #require(try await caller.post(Self.path)["id"])
            for path in [Self.path, "\(Self.path)/\(id)/changes"] {
                let reply = try await caller.post(path, body)
                #expect(reply.status == 422 && reply["pointer"] == pointer, "\(reply.text)")
            }
        }
    }

    @Test func `a reference is one cardholder's`() async throws {
        try await Door().run { caller in
            _ = try await caller.post(Self.path, #"{"reference":"a"}"#)
            let second = try #require(try await caller.post(Self.path, #"{"reference":"b"}"#)["id"])
            for path in [Self.path, "\(Self.path)/\(second)/changes"] {
                let reply = try await caller.post(path, #"{"reference":"a"}"#)
                #expect(reply.status == 409 && reply["code"] == "reference_taken")
            }
            #expect(try await caller.post("\(Self.path)/\(second)/changes", #"{"reference":"b"}"#).status == 200)
        }
    }

    /// The states in which a cardholder gets a card.
    private static let states: [(changes: [String], getsCards: Bool)] = [
        ([], true), (["suspended"], false), (["suspended", "active"], true), (["closed"], false),
        (["suspended", "closed"], false),
    ]

    @Test(arguments: states)
    func `a cardholder gets new cards while it is active; those that it has go on`(
        changes: [String],
        getsCards: Bool
    ) async throws {
        try await Door().run { caller in
            let (account, _) = try await caller.makeCard()
            let cards = "/v1/accounts/\(account)/cards"
            let holder = try #require(try await caller.post(Self.path)["id"])
            let first = try await caller.post(cards, Self.holding(holder), key: "first")
            #expect(first.status == 201 && first["cardholder_id"] == holder)
            let card = try #require(first["id"])
            for status in changes {
                let path = "\(Self.path)/\(holder)/status"
                #expect(try await caller.post(path, Self.status(status)).status == 200)
            }
            let second = try await caller.post(cards, Self.holding(holder))
            #expect(second.status == (getsCards ? 201 : 409))
            #expect(getsCards || second["code"] == "cardholder_not_active")
            let payment = Caller.payment(#""card_id":"\#(card)""#)
            #expect(try await caller.post("/v1/authorizations", payment)["status"] == "approved")
            // What was made is told again.
            #expect(try await caller.post(cards, Self.holding(holder), key: "first").text == first.text)
            let end = #"{"status":"lost","reason":"test"}"#
            let new = try await caller.post("/v1/cards/\(card)/replacements", end)
            #expect(new.status == (getsCards ? 201 : 409) && (!getsCards || new["cardholder_id"] == holder))
        }
    }

    @Test func `a card names a cardholder of its own tenant`() async throws {
        try await Door().run { caller in
            let (account, card) = try await caller.makeCard()
            #expect(try await caller.get("/v1/cards/\(card)")["cardholder_id"] == "null")
            let other = try #require(try await caller.post(Self.path, as: 1)["id"])
            let cards = "/v1/accounts/\(account)/cards"
            let reply = try await caller.post(cards, Self.holding(other))
            #expect(reply.status == 422 && reply["pointer"] == "/cardholder_id")
            #expect(try await caller.post(cards, Self.holding("you"))["pointer"] == "/cardholder_id")
        }
    }

    @Test(arguments: states)
    func `a cardholder gets new accounts while it is active, and each says whose it is`(
        changes: [String],
        getsAccounts: Bool
    ) async throws {
        try await Door().run { caller in
            let holder = try #require(try await caller.post(Self.path)["id"])
            func opening(_ holder: String) -> String {
                #"{"program_id":"\#(caller.programs[0])","balances":[{"currency":"EUR"}],"cardholder_id":"\#(holder)"}"#
            }
            let first = try await caller.post("/v1/accounts", opening(holder), key: "first")
            #expect(first.status == 201 && first["cardholder_id"] == holder)
            let account = try #require(first["id"])
            for status in changes {
                _ = try await caller.post("\(Self.path)/\(holder)/status", Self.status(status))
            }
            let second = try await caller.post("/v1/accounts", opening(holder))
            #expect(second.status == (getsAccounts ? 201 : 409))
            #expect(getsAccounts || second["code"] == "cardholder_not_active")
            let batch = #"{"rows":[{"reference":"a","opening":\#(opening(holder))}]}"#
            let rows = try await caller.post("/v1/card-batches", batch, key: "batch")
            #expect(rows.status == (getsAccounts ? 201 : 422))
            #expect(getsAccounts || rows["pointer"] == "/rows/0/opening/cardholder_id")
            #expect(try await caller.get("/v1/accounts/\(account)")["cardholder_id"] == holder)
            // What was opened is told again.
            #expect(try await caller.post("/v1/accounts", opening(holder), key: "first").text == first.text)
            let other = try #require(try await caller.post(Self.path, as: 1)["id"])
            #expect(try await caller.post("/v1/accounts", opening(other))["code"] == "invalid_request")
            let closed = try await caller.post("/v1/accounts/\(account)/status", Self.status("closed"))
            #expect(closed.status == 200)
        }
    }

    @Test func `a name is not erased while an account has it`() async throws {
        try await Door().run { caller in
            let holder = try #require(try await caller.post(Self.path, #"{"embossed_name":"ANA DIAZ"}"#)["id"])
            let opening = #"{"program_id":"\#(caller.programs[0])","balances":[{"currency":"EUR"}],"#
            let opened = try await caller.post("/v1/accounts", opening + #""cardholder_id":"\#(holder)"}"#)
            let path = "\(Self.path)/\(holder)"
            _ = try await caller.post("\(path)/status", Self.status("closed"))
            #expect(try await caller.post("\(path)/erasure")["code"] == "transition_not_allowed")
            let account = "/v1/accounts/\(try #require(opened["id"]))/status"
            #expect(try await caller.post(account, Self.status("closed")).status == 200)
            #expect(try await caller.post("\(path)/erasure").status == 200)
        }
    }

    @Test func `rows of a batch name cardholders, each as it is when its card is made`() async throws {
        let door = try Door()
        try await door.run { caller in
            let (account, _) = try await caller.makeCard()
            let holders = [
                try #require(try await caller.post(Self.path)["id"]),
                try #require(try await caller.post(Self.path)["id"]),
            ]
            let other = try #require(try await caller.post(Self.path, as: 1)["id"])
            func batch(_ holders: [String]) -> String {
                let rows = holders.enumerated().map { number, holder in
                    #"{"reference":"\#(number)","account_id":"\#(account)","cardholder_id":"\#(holder)"}"#
                }
                return #"{"rows":[\#(rows.joined(separator: ","))]}"#
            }
            let wrong = try await caller.post("/v1/card-batches", batch([holders[0], other]), key: "wrong")
            #expect(wrong.status == 422 && wrong["pointer"] == "/rows/1/cardholder_id", "\(wrong.text)")
            let taken = try await caller.post("/v1/card-batches", batch(holders), key: "right")
            let id = try #require(taken["id"])
            _ = try await caller.post("\(Self.path)/\(holders[1])/status", Self.status("suspended"))
            await door.carryOutBatches()
            let first = try await caller.get("/v1/card-batches/\(id)/rows?limit=1")
            let card = try await caller.get("/v1/cards/\(try #require(first["card_id"]))")
            #expect(card["cardholder_id"] == holders[0])
            let second = try await caller.get("/v1/card-batches/\(id)/rows?from=1")
            #expect(second["status"] == "failed" && second["code"] == "cardholder_not_active", "\(second.text)")
            let late = try await caller.post("/v1/card-batches", batch([holders[1]]), key: "late")
            #expect(late["pointer"] == "/rows/0/cardholder_id")
        }
    }

    @Test func `a name is erased once the cardholder and all its cards are closed, and never comes back`() async throws
    {
        try await Door().run { caller in
            let (account, _) = try await caller.makeCard()
            let made = try await caller.post(Self.path, #"{"reference":"r","embossed_name":"ANA DIAZ"}"#)
            let path = "\(Self.path)/\(try #require(made["id"]))"
            let issued = try await caller.post(
                "/v1/accounts/\(account)/cards",
                Self.holding(try #require(made["id"]))
            )
            let card = "/v1/cards/\(try #require(issued["id"]))/status"
            func expectRefusal(_ detail: String) async throws {
                let reply = try await caller.post("\(path)/erasure")
                #expect(reply.status == 409 && reply["code"] == "transition_not_allowed")
                #expect(reply.text.contains(detail), "\(reply.text)")
            }
            try await expectRefusal("The cardholder is `active`: this needs `closed`.")
            #expect(try await caller.post("\(path)/status", Self.status("closed")).status == 200)
            try await expectRefusal("A card or an account of the cardholder is not `closed`")
            #expect(try await caller.post(card, Self.status("closed")).status == 200)
            let erased = try await caller.post("\(path)/erasure")
            #expect(erased.status == 200 && erased["erased_at"] != "null" && erased["reference"] == "r")
            #expect(try await caller.get(path)["embossed_name"] == "null")
            try await expectRefusal("The name was erased at \(try #require(erased["erased_at"]))")
            let changed = try await caller.post("\(path)/changes", #"{"embossed_name":"ANA DIAZ"}"#)
            #expect(changed.status == 409 && changed.text.contains("The cardholder is `closed`"), "\(changed.text)")
        }
    }
}

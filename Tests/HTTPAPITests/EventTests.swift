import AuthorizationCore
import AuthorizationEngine
import Foundation
import Testing

@testable import HTTPAPI

/// Following accounts by their events.
@Suite struct EventTests {
    private static func types(_ reply: Caller.Reply) -> [String] {
        reply.text.matches(of: /"id":"evt_[0-9a-f]{32}","type":"([a-z_.]+)"/).map { String($0.output.1) }
    }

    private static func cursor(_ reply: Caller.Reply) throws -> String { try #require(reply["next_cursor"]) }

    @Test func `a client reads its accounts' events from the first on, a page at a time`() async throws {
        try await Door().run { caller in
            let holder = try await caller.makeCard()
            let card = #""card_id":"\#(holder.card)""#
            _ = try await caller.post("/v1/authorizations", Caller.payment(card))
            _ = try await caller.post("/v1/authorizations", Caller.payment(card, 600_000))
            let freezing = #"{"status":"frozen","reason":"lost it"}"#
            #expect(try await caller.post("/v1/cards/\(holder.card)/status", freezing).status == 200)
            var (types, after, isAtEnd) = ([String](), "", false)
            while !isAtEnd {
                let page = try await caller.get("/v1/events?limit=2\(after)")
                #expect(page.status == 200)
                types += Self.types(page)
                after = "&after=\(try Self.cursor(page))"
                isAtEnd = page["has_more"] == "false"
            }
            #expect(
                types == [
                    "account.opened", "account.funded", "card.issued", "authorization.approved",
                    "authorization.declined", "card.frozen",
                ]
            )
            #expect(Self.types(try await caller.get("/v1/events", as: 1)).isEmpty)
        }
    }

    @Test func `a type that is none is refused with those that there are`() async throws {
        try await Door().run { caller in
            let reply = try await caller.get("/v1/events?types=foo")
            #expect(reply["parameter"] == "types" && reply.text.contains("account.opened, "), "\(reply.text)")
        }
    }

    @Test func `an event tells its account, the place among the account's events, and what happened`() async throws {
        try await Door().run { caller in
            let holder = try await caller.makeCard()
            let payment = Caller.payment(#""card_id":"\#(holder.card)""#)
            let authorization = try #require(try await caller.post("/v1/authorizations", payment)["id"])
            let funded = try await caller.get("/v1/events?types=account.funded")
            #expect(funded["account_id"] == holder.account)
            #expect(funded["account_sequence"] == "2" && funded["version"] == "1")
            let money = #""data":{"amount":{"amount":100000,"currency":"EUR"},"text":"","transfer_id":"trf_"#
            #expect(funded.text.contains(money))
            let issued = try await caller.get("/v1/events?types=card.issued")
            #expect(issued.text.contains(#""data":{"card_id":"\#(holder.card)","card":{"id":"\#(holder.card)""#))
            let approved = try await caller.get("/v1/events?types=authorization.approved,authorization.declined")
            #expect(approved.text.contains(#""data":{"authorization":{"id":"\#(authorization)","#))
            let history = try await caller.get("/v1/authorizations/\(authorization)").text
            let entry = try #require(history.firstMatch(of: /"history":\[(.*)\]\}$/)?.output.1)
            #expect(approved.text.contains(#""entry":\#(entry)}"#))
        }
    }

    @Test func `a change of status tells the status before, and other events tell none`() async throws {
        try await Door().run { caller in
            let (account, card) = try await caller.makeCard()
            let token = try await caller.post("/v1/cards/\(card)/tokens", #"{"number":"4895370012345689"}"#)
            let changes = [
                ("/v1/cards/\(card)", "frozen"), ("/v1/cards/\(card)", "blocked"), ("/v1/cards/\(card)", "active"),
                ("/v1/tokens/\(try #require(token["id"]))", "suspended"),
                ("/v1/tokens/\(try #require(token["id"]))", "deleted"), ("/v1/accounts/\(account)", "frozen"),
                ("/v1/accounts/\(account)", "open"),
            ]
            for (path, status) in changes {
                let reply = try await caller.post("\(path)/status", #"{"status":"\#(status)","reason":"a"}"#)
                #expect(reply.status == 200 && reply["status"] == status, "\(reply.text)")
            }
            let replacement = #"{"status":"closed","reason":"a"}"#
            #expect(try await caller.post("/v1/cards/\(card)/replacements", replacement).status == 201)
            let expected = [
                "account.opened null", "card.issued null", "token.registered null", "card.frozen active",
                "card.blocked frozen", "card.activated blocked", "token.suspended active", "token.deleted suspended",
                "account.frozen open", "account.reopened frozen", "card.replaced active",
            ]
            let types = expected.map { $0.prefix { $0 != " " } }.joined(separator: ",")
            let text = try await caller.get("/v1/events?types=\(types)").text
            let told = text.matches(of: /"type":"([a-z_.]+)".*?"previous_status":(?:"([a-z]+)"|null)/)
                .map { "\($0.output.1) \($0.output.2 ?? "null")" }
            #expect(told == expected)
        }
    }

    @Test func `what is wrong with a question is told, and a cursor cannot be forged or lent`() async throws {
        try await Door().run { caller in
            let holder = try await caller.makeCard()
            let cursor = try Self.cursor(try await caller.get("/v1/events"))
            let forged = (cursor.first == "A" ? "B" : "A") + cursor.dropFirst()
            let listed = try await caller.get("/v1/authorizations?limit=1")
            #expect(listed.status == 200)
            for (query, parameter) in [
                ("after=\(forged)", "after"), ("after=", "after"), ("types=card.frozen,no.type", "types"),
                ("types=card.frozen,card.frozen", "types"), ("types=", "types"), ("wait=31", "wait"),
                ("wait=-1", "wait"), ("wait=01", "wait"), ("limit=0", "limit"), ("account_id=acc_1", "account_id"),
                ("occurred_from=today", "occurred_from"),
            ] {
                let reply = try await caller.get("/v1/events?\(query)")
                let code = parameter == "after" ? "cursor_refused" : "invalid_request"
                #expect(reply.status == 422 && reply["code"] == code, "\(query)")
                #expect(reply["parameter"] == parameter, "\(query)")
            }
            #expect(try await caller.get("/v1/events?after=\(cursor)", as: 1)["parameter"] == "after")
            #expect(try await caller.get("/v1/authorizations?cursor=\(cursor)")["parameter"] == "cursor")
            let path = "/v1/events?account_id=\(holder.account)"
            #expect(Self.types(try await caller.get(path)).count == 3)
            let other = try await caller.get(path, as: 1)
            #expect(other.status == 404 && other["code"] == "account_not_found")
        }
    }

    @Test func `who waits gets an event once it is there`() async throws {
        try await Door().run { caller in
            let cursor = try Self.cursor(try await caller.get("/v1/events"))
            async let waiting = caller.get("/v1/events?wait=30&after=\(cursor)")
            try await Task.sleep(for: .milliseconds(200))
            let started = ContinuousClock.now
            _ = try await caller.makeCard()
            #expect(try await Self.types(waiting).first == "account.opened")
            #expect(.now - started < .seconds(30))
        }
    }

    @Test func `the document lists the types of events, and has an example of each`() throws {
        let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../openapi/aval.yaml").standardizedFileURL
        let text = try String(contentsOf: document, encoding: .utf8)
        let listed = try #require(text.components(separatedBy: "    EventType:\n").last).split(separator: "\n")
            .drop { !$0.hasPrefix("        - ") }.prefix { $0.hasPrefix("        - ") }.map { String($0.dropFirst(10)) }
        #expect(listed == EventType.allCases.map(\.rawValue))
        for type in EventType.allCases {
            #expect(text.contains("type: \(type.rawValue), version: 1"), "\(type.rawValue)")
        }
    }
}

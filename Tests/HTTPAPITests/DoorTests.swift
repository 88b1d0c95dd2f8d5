import AuthorizationCore
import AuthorizationEngine
import Foundation
import HTTPTypes
import Testing

@testable import HTTPAPI

@Suite struct DoorTests {
    @Test func `a payment is approved, reversed in part and cleared`() async throws {
        try await Door().run { caller in
            let (account, card) = try await caller.makeCard()
            let approved = try await caller.post("/v1/authorizations", Caller.payment(#""card_id":"\#(card)""#))
            #expect(approved.status == 201)
            #expect(approved["status"] == "approved")
            #expect(approved["approval_code"]?.utf8.count == 6)
            let id = try #require(approved["id"])
            let reversed = try await caller.post("/v1/authorizations/\(id)/reversals", #"{"new_total":1000}"#)
            #expect(reversed["acknowledgement"] == "applied")
            #expect(reversed["remaining"] == "1000")
            let amount = #"{"amount":{"amount":1000,"currency":"EUR"}}"#
            let cleared = try await caller.post("/v1/authorizations/\(id)/clearings", amount)
            #expect(cleared["status"] == "cleared")
            let history = try await caller.get("/v1/authorizations/\(id)")
            #expect(history.text.components(separatedBy: "\"event_id\"").count == 4)
            #expect(try await caller.get("/v1/accounts/\(account)")["available"] == "99000")
        }
    }

    @Test func `a number leaves by the reveal only, and pays`() async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            let pan = try #require(try await caller.post("/v1/cards/\(card)/reveal")["pan"])
            #expect(pan.hasPrefix("400000"))
            #expect(try await !caller.get("/v1/cards/\(card)").text.contains(pan))
            let paid = try await caller.post("/v1/authorizations", Caller.payment(#""pan":"\#(pan)""#))
            #expect(paid["status"] == "approved")
            #expect(!paid.text.contains(pan))
            let stranger = try await caller.post("/v1/authorizations", Caller.payment(#""pan":"\#(pan)""#), as: 1)
            #expect(stranger.status == 201)
            #expect(stranger.text.contains(#""decline_reasons":["card_not_found"]"#))
        }
    }

    @Test func `a repeat gets the first answer and moves no money`() async throws {
        try await Door().run { caller in
            let (account, card) = try await caller.makeCard()
            let body = Caller.payment(#""card_id":"\#(card)""#)
            let first = try await caller.post("/v1/authorizations", body, key: "k1")
            let repeated = try await caller.post("/v1/authorizations", " " + body + "\n", key: "k1")
            #expect(repeated.text == first.text)
            #expect(repeated.status == first.status)
            let name = try #require(HTTPField.Name("Idempotency-Replayed"))
            #expect(first.headers[name] == nil)
            #expect(repeated.headers[name] == "true")
            let other = Caller.payment(#""card_id":"\#(card)""#, 2_501)
            let reused = try await caller.post("/v1/authorizations", other, key: "k1")
            #expect(reused.status == 422)
            #expect(reused["code"] == "idempotency_key_reused")
            #expect(try await caller.get("/v1/accounts/\(account)")["available"] == "97500")
        }
    }

    @Test func `no route shows another tenant's anything`() async throws {
        try await Door().run { caller in
            let (account, card) = try await caller.makeCard()
            let payment = Caller.payment(#""card_id":"\#(card)""#)
            let id = try #require(try await caller.post("/v1/authorizations", payment)["id"])
            let change = #"{"status":"frozen","reason":"theirs"}"#
            let money = #"{"amount":{"amount":1,"currency":"EUR"}}"#
            let opening = #"{"program_id":"\#(caller.programs[0])","balances":[{"currency":"EUR"}]}"#
            for path in ["accounts/\(account)", "cards/\(card)", "authorizations/\(id)"] {
                #expect(try await caller.get("/v1/\(path)", as: 1).status == 404)
            }
            for (path, body) in [
                ("accounts/\(account)/status", change), ("accounts/\(account)/fundings", money),
                ("accounts/\(account)/cards", ""), ("cards/\(card)/status", change), ("cards/\(card)/reveal", ""),
                ("cards/\(card)/pin", "{}"), ("cards/\(card)/pin/unblock", #"{"reason":"theirs"}"#),
                ("authorizations", payment), ("authorizations/\(id)/reversals", ""),
                ("authorizations/\(id)/clearings", money),
            ] {
                #expect(try await caller.post("/v1/\(path)", body, as: 1, key: path).status == 404, "\(path)")
            }
            #expect(try await caller.post("/v1/accounts", opening, as: 1)["code"] == "program_not_found")
            #expect(try await !caller.get("/v1/programs", as: 1).text.contains("\(caller.programs[0])"))
            let listed = try await caller.get("/v1/authorizations", as: 1)
            #expect(listed.text == #"{"items":[],"next_cursor":null}"#)
        }
    }

    @Test func `every operation of the API needs a key`() async throws {
        try await Door().run { caller in
            for operation in APIOperation.allCases where operation.path.hasPrefix("/v1") {
                let path = operation.path.replacing(":id", with: "acc_00000000000070008000000000000000")
                let reply =
                    operation.method == .get
                    ? try await caller.get(path, as: nil) : try await caller.post(path, "{}", as: nil)
                #expect(reply.status == 401, "\(operation)")
                #expect(reply.headers[.wwwAuthenticate] != nil)
            }
        }
    }

    @Test func `everything that is wrong is told at once`() async throws {
        try await Door().run { caller in
            let body = #"{"pan":"4000000000000003","transaction_amount":{"amount":-1,"currency":"EUX"},"zz":0}"#
            let reply = try await caller.post("/v1/authorizations", body)
            #expect(reply.status == 422)
            for pointer in [
                "/pan", "/transaction_amount/amount", "/transaction_amount/currency", "/zz", "/kind", "/merchant",
            ] {
                #expect(reply.text.contains("\"pointer\":\"\(pointer)\""), "\(pointer)")
            }
            #expect(!reply.text.contains("4000000000000003"))
        }
    }

    @Test func `a card number in a reference or a reason is masked`() async throws {
        let door = try Door()
        let person = try Door.Person(.operator, at: door)
        let tenant = "\(door.tenants[0])"
        try await door.run { caller in
            let (account, card) = try await caller.makeCard()
            let spare = try await caller.makeCard()
            let receiver = try await caller.makeCard().account
            let payment = Caller.payment(#""card_id":"\#(card)""#)
            let authorization = try #require(try await caller.post("/v1/authorizations", payment)["id"])
            let amount = #""amount":{"amount":1,"currency":"EUR"}"#
            let reference = #","reference":"4000000000000002 40000000_00000002 4000\#u{A0}0000  0000 0002""#
            let reason = #""reason":"for 4000000000000002 and 4000-0000-0000-0002""#
            let requests = [
                ("accounts/\(account)/fundings", amount + reference),
                ("accounts/\(account)/withdrawals", amount + reference),
                ("accounts/\(account)/transfers", amount + reference + #","to_account_id":"\#(receiver)""#),
                ("authorizations/\(authorization)/clearings", amount + reference),
                ("accounts/\(account)/adjustments", #"\#(amount),"direction":"credit",\#(reason)"#),
                ("accounts/\(account)/legal-holds", "\(amount),\(reason)"),
                ("cards/\(spare.card)/status", #""status":"frozen",\#(reason)"#),
                ("accounts/\(spare.account)/status", #""status":"frozen",\#(reason)"#),
                ("cards/\(card)/replacements", #""status":"lost",\#(reason)"#),
            ]
            for (path, fields) in requests {
                let body = "{\(fields)}"
                let reply = try await person.send(
                    "/v1/\(path)",
                    .post,
                    body,
                    tenant: tenant,
                    key: path,
                    through: caller
                )
                #expect((200...201).contains(reply.status), "\(path): \(reply.text)")
                #expect(!reply.text.contains("4000000000000002"), "\(path)")
            }
            for number in ["4000000000000002", "40000000_00000002", "0000  0000 0002", "4000-0000-0000-0002"] {
                #expect(!door.ledger.journaledText.contains(number))
            }
        }
    }

    /// Something is found by it, so it cannot be masked.
    @Test(arguments: [
        "4000000000000002", "pay-4000-0000-0000-0002", "202611224000000000000002", "99000000_00000010-1",
        "4000:0000--0000:0002", "371449635398431",
    ])
    func `a card number in what is kept as it is is refused and not told`(_ number: String) async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            let named = #""network":{"transaction_id":"\#(number)"},"card_id":"\#(card)""#
            let good = Caller.payment(#""card_id":"\#(card)""#)
            let requests = [
                ("authorizations", good, number, "header\":\"Idempotency-Key"),
                ("authorizations", Caller.payment(named), nil, "pointer\":\"/network/transaction_id"),
                ("webhook-endpoints", #"{"url":"https://example.com/\#(number)"}"#, nil, "pointer\":\"/url"),
            ]
            for (path, body, key, place) in requests {
                let reply = try await caller.post("/v1/\(path)", body, key: key)
                #expect(reply.status == 422 && reply.text.contains("\"\(place)\""), "\(path): \(reply.text)")
                #expect(!reply.text.contains(number))
            }
            // A network's own identifiers, of fifteen digits.
            for identifier in ["483297487231506", "371449635398432"] {
                let other = Caller.payment(named.replacing(number, with: identifier))
                #expect(try await caller.post("/v1/authorizations", other).status == 201)
            }
        }
    }

    @Test func `a card number in a merchant's name or city is masked`() async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            let body = Caller.payment(#""card_id":"\#(card)""#)
                .replacing("Corner Bakery", with: "Café 74000000000000002").replacing(
                    "Berlin",
                    with: "4000000000000002"
                )
            let reply = try await caller.post("/v1/authorizations", body)
            let shown = try await caller.get("/v1/authorizations/\(try #require(reply["id"]))").text
            #expect(shown.contains("Café *****************") && shown.contains("400000******0002"))
            #expect(!shown.contains("4000000000000002"))
        }
    }

    @Test func `a page's cursor leads on and cannot be forged`() async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            for _ in 0..<3 {
                _ = try await caller.post("/v1/authorizations", Caller.payment(#""card_id":"\#(card)""#))
            }
            let first = try await caller.get("/v1/authorizations?limit=2")
            let cursor = try #require(first["next_cursor"])
            let second = try await caller.get("/v1/authorizations?limit=2&cursor=\(cursor)")
            #expect(second.text.components(separatedBy: "\"aut_").count == 2)
            #expect(second["next_cursor"] == "null")
            let forged = (cursor.first == "A" ? "B" : "A") + cursor.dropFirst()
            for refused in [
                try await caller.get("/v1/authorizations?cursor=\(forged)"),
                try await caller.get("/v1/authorizations?cursor=\(cursor)", as: 1),
            ] {
                #expect(refused.status == 422 && refused["code"] == "cursor_refused")
            }
        }
    }

    @Test func `authorizations of another tenant's account or card are not there, as those are not`() async throws {
        try await Door().run { caller in
            let (account, card) = try await caller.makeCard()
            for (filter, code) in [
                ("account_id=\(account)", "account_not_found"), ("card_id=\(card)", "card_not_found"),
            ] {
                #expect(try await caller.get("/v1/authorizations?\(filter)").status == 200)
                let other = try await caller.get("/v1/authorizations?\(filter)", as: 1)
                #expect(other.status == 404 && other["code"] == code, "\(filter): \(other.text)")
            }
        }
    }

    @Test func `the document lists the codes of the registry and the operations of the API`() throws {
        let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../openapi/aval.yaml").standardizedFileURL
        let text = try String(contentsOf: document, encoding: .utf8)
        let codes = try #require(text.components(separatedBy: "    ProblemCode:\n").last)
        let listed = codes.split(separator: "\n").drop { !$0.hasPrefix("        - ") }
            .prefix { $0.hasPrefix("        - ") }.map { String($0.dropFirst(10)) }
        #expect(listed == ProblemCode.allCases.map(\.rawValue))
        let undescribed: Set<APIOperation> = [.getDocument, .getDocumentation, .getDocumentationFile]
        for operation in APIOperation.allCases where !undescribed.contains(operation) {
            #expect(text.contains("operationId: \(operation.rawValue)\n"), "\(operation)")
        }
    }

    @Test func `the document's example of each error has its status and title`() throws {
        let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../openapi/aval.yaml").standardizedFileURL
        let text = try String(contentsOf: document, encoding: .utf8).replacing(/\n +/, with: " ")
        let ofNoOperation: Set<ProblemCode> = [.methodNotAllowed, .requestTimeout, .revealTokenRefused]
        for code in ProblemCode.allCases where !ofNoOperation.contains(code) {
            let example = "status: \(code.status.code), code: \(code.rawValue), title: \(code.title), detail: "
            #expect(text.contains(example), "\(code)")
        }
    }
}

import AuthorizationCore
import AuthorizationEngine
import Foundation
import HTTPTypes
import Testing

@testable import HTTPAPI

/// Programs as operators make and change them.
@Suite struct ProgramTests {
    private static let currency = #"{"currency":"EUR","transaction_limit":500,"daily_limit":900}"#

    private static let product = #"{"name":"one-off","form":"virtual","use_limit":1,"limits":[\#(currency)]}"#

    /// - Parameter more: fields that take the place of the usual ones of their names.
    private static func body(_ more: [String: String] = [:]) -> String {
        let usual = [
            "time_zone": #""Europe/Madrid""#, "bin": #""51000012""#, "currencies": "[\(currency)]",
            "kinds": #"["purchase","refund"]"#,
        ]
        let fields = usual.merging(more) { $1 }.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        return "{" + fields.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    private static func withOperators(
        isHeldUp: Bool = false,
        _ body:
            @escaping @Sendable (Caller, (String, HTTPRequest.Method, String, Int) async throws -> Caller.Reply)
            async throws -> Void
    ) async throws {
        let door = try Door(holdsProgramsUp: isHeldUp)
        let people = [
            try Door.Person(.administrator, at: door, "ana"), try Door.Person(.administrator, at: door, "bob"),
            try Door.Person(.operator, at: door, "olga"),
        ]
        let tenant = "\(door.tenants[0])"
        try await door.run { caller in
            try await body(caller) { path, method, body, person in
                try await people[person].send(path, method, body, tenant: tenant, through: caller)
            }
        }
    }

    @Test func `a new program takes accounts and cards at once, with the numbers of its range`() async throws {
        try await Self.withOperators { caller, send in
            let body = Self.body([
                "name": #""gold""#, "pan_length": "19", "networks": #"["green","blue"]"#,
            ])
            let made = try await send("/v1/programs", .post, body, 0)
            #expect(made.status == 201 && made["version"] == "1" && made["needs_approval"] == "false")
            #expect(made.text.contains(#""networks":["blue","green"]"#))
            let id = try #require(made["id"])
            let read = try await caller.get("/v1/programs/\(id)")
            #expect(read["name"] == "gold" && read["proposal"] == "null")
            #expect(try await caller.get("/v1/programs/\(id)", as: 1).status == 404)
            let opening = #"{"program_id":"\#(id)","balances":[{"currency":"EUR"}]}"#
            let account = try #require(try await caller.post("/v1/accounts", opening)["id"])
            let card = try #require(try await caller.post("/v1/accounts/\(account)/cards")["id"])
            let pan = try #require(try await caller.post("/v1/cards/\(card)/reveal")["pan"])
            #expect(pan.hasPrefix("51000012") && pan.utf8.count == 19)
        }
    }

    @Test func `only administrators make and change programs`() async throws {
        try await Self.withOperators { caller, send async throws in
            let path = "/v1/programs/\(caller.programs[0])"
            for (path, body) in [
                ("/v1/programs", Self.body(["name": #""x""#])), (path + "/versions", "{}"), (path + "/approvals", "{}"),
                (path + "/withdrawals", "{}"),
            ] {
                #expect(try await caller.post(path, body)["code"] == "operator_required")
                #expect(try await send(path, .post, body, 2)["code"] == "role_insufficient")
            }
            #expect(try await caller.get("/v1/operator-actions")["code"] == "operator_required")
            #expect(try await send("/v1/operator-actions", .get, "", 2).text == #"{"items":[]}"#)
        }
    }

    @Test func `a change needs the version in force, and keeps what payments are verified with`() async throws {
        try await Self.withOperators { caller, send in
            let path = "/v1/programs/\(caller.programs[0])/versions"
            let changed = try await send(path, .post, Self.body(["version_in_force": "1"]), 0)
            #expect(changed.status == 201 && changed["state"] == "in_force" && changed["version"] == "2")
            let again = try await send(path, .post, Self.body(["version_in_force": "1"]), 0)
            #expect(again.status == 409 && again["code"] == "program_changed")
            // The program's own keys still set a PIN.
            #expect(try await caller.get("/v1/programs/\(caller.programs[0])")["version"] == "2")
            let theirs = "/v1/programs/\(caller.programs[1])/versions"
            #expect(try await send(theirs, .post, Self.body(["version_in_force": "1"]), 0).status == 404)
        }
    }

    @Test func `where a program demands it another administrator approves`() async throws {
        try await Self.withOperators { caller, send in
            let path = "/v1/programs/\(caller.programs[0])"
            let demanding = Self.body(["version_in_force": "1", "needs_approval": "true"])
            #expect(try await send(path + "/versions", .post, demanding, 0)["state"] == "in_force")
            let silent = try await send(path + "/versions", .post, Self.body(["version_in_force": "2"]), 0)
            #expect(silent["state"] == "proposed")
            #expect(try await caller.get(path).text.components(separatedBy: #""needs_approval":true"#).count == 3)
            let loosening = Self.body(["version_in_force": "2", "needs_approval": "false"])
            let proposed = try await send(path + "/versions", .post, loosening, 0)
            #expect(proposed["state"] == "proposed" && proposed["version"] == "3")
            let approval = #"{"proposal_id":"\#(try #require(proposed["proposal_id"]))"}"#
            #expect(try await caller.get(path).text.contains(#""proposed_by":"ana""#))
            let own = try await send(path + "/approvals", .post, approval, 0)
            #expect(own.status == 403 && own["code"] == "approval_by_another")
            let other = #"{"proposal_id":"pps_00000000000070008000000000000000"}"#
            #expect(try await send(path + "/approvals", .post, other, 1).status == 409)
            #expect(try await caller.get(path)["version"] == "2")
            #expect(try await send(path + "/approvals", .post, approval, 1)["state"] == "in_force")
            let read = try await caller.get(path)
            #expect(read["version"] == "3" && read["needs_approval"] == "false" && read["proposal"] == "null")
            #expect(try await send(path + "/approvals", .post, approval, 1).status == 409)
        }
    }

    @Test func `a proposal whose numbers another program took meanwhile is not approved`() async throws {
        try await Self.withOperators { caller, send in
            let path = "/v1/programs/\(caller.programs[0])"
            let demanding = Self.body(["version_in_force": "1", "needs_approval": "true"])
            #expect(try await send(path + "/versions", .post, demanding, 0).status == 201)
            let moved = Self.body(["version_in_force": "2", "bin": #""520000""#])
            let proposed = try await send(path + "/versions", .post, moved, 0)
            let other = Self.body(["name": #""x""#, "bin": #""52000012""#])
            #expect(try await send("/v1/programs", .post, other, 0).status == 201)
            let proposal = #"{"proposal_id":"\#(try #require(proposed["proposal_id"]))"}"#
            let refused = try await send(path + "/approvals", .post, proposal, 1)
            #expect(refused.status == 422 && refused["code"] == "bin_taken" && refused["pointer"] == "/proposal_id")
        }
    }

    @Test func `who proposed a version takes it back, and nobody approves it then`() async throws {
        try await Self.withOperators { caller, send in
            let path = "/v1/programs/\(caller.programs[0])"
            let demanding = Self.body(["version_in_force": "1", "needs_approval": "true"])
            _ = try await send(path + "/versions", .post, demanding, 0)
            let proposed = try await send(path + "/versions", .post, Self.body(["version_in_force": "2"]), 0)
            let id = try #require(proposed["proposal_id"])
            let proposal = #"{"proposal_id":"\#(id)"}"#
            let other = try await send(path + "/withdrawals", .post, proposal, 1)
            #expect(other.status == 403 && other["code"] == "proposal_of_another")
            let withdrawn = try await send(path + "/withdrawals", .post, proposal, 0)
            #expect(withdrawn.status == 201 && withdrawn["state"] == "withdrawn" && withdrawn["proposal_id"] == id)
            for (action, person) in [("/approvals", 1), ("/withdrawals", 0)] {
                let late = try await send(path + action, .post, proposal, person)
                #expect(late.status == 409 && late["code"] == "program_changed", "\(action)")
            }
            let read = try await caller.get(path)
            #expect(read["version"] == "2" && read["proposal"] == "null")
        }
    }

    @Test func `where a program has products each card is of one, by name`() async throws {
        try await Self.withOperators { caller, send in
            let path = "/v1/programs/\(caller.programs[0])"
            let account = try await caller.makeCard().account
            let old = try await caller.post("/v1/accounts/\(account)/cards", "{}")
            #expect(old["product"] == "null")
            let plain = #"{"name":"plastic","form":"physical"}"#
            let change = Self.body(["version_in_force": "1", "products": "[\(Self.product),\(plain)]"])
            #expect(try await send(path + "/versions", .post, change, 0).status == 201)
            #expect(try await caller.get(path).text.contains(#""products":[\#(Self.product),"#))
            func issue(_ body: String) async throws -> Caller.Reply {
                try await caller.post("/v1/accounts/\(account)/cards", body)
            }
            for body in ["{}", #"{"form":"virtual"}"#, #"{"product":"metal"}"#] {
                let refused = try await issue(body)
                #expect(refused.status == 422 && refused["code"] == "product_not_found", "\(body)")
            }
            #expect(try await issue(#"{"product":"plastic","form":"virtual"}"#)["pointer"] == "/form")
            let single = try await issue(#"{"product":"one-off"}"#)
            #expect(single["product"] == "one-off" && single["form"] == "virtual" && single["limit"] == "1")
            let twice = try await issue(#"{"product":"one-off","use_limit":2}"#)
            #expect(twice["limit"] == "2")
            let plastic = try await issue(#"{"product":"plastic"}"#)
            #expect(plastic["form"] == "physical" && plastic["status"] == "inactive" && plastic["uses"] == "null")
            let end = #"{"status":"lost","reason":"x"}"#
            let id = try #require(twice["id"])
            let replaced = try await caller.post("/v1/cards/\(id)/replacements", end)
            #expect(replaced["product"] == "one-off" && replaced["limit"] == "2")
            let other = #"{"status":"lost","reason":"x","product":"one-off"}"#
            let ofOther = try await caller.post("/v1/cards/\(try #require(plastic["id"]))/replacements", other)
            #expect(ofOther["form"] == "virtual" && ofOther["limit"] == "1")
            let nameless = try await caller.post("/v1/cards/\(try #require(old["id"]))/replacements", end)
            #expect(nameless["code"] == "product_not_found")
        }
    }

    @Test func `a product stays in its program`() async throws {
        try await Self.withOperators { caller, send in
            let path = "/v1/programs/\(caller.programs[0])/versions"
            let first = Self.body(["version_in_force": "1", "products": "[\(Self.product)]"])
            #expect(try await send(path, .post, first, 0).status == 201)
            for products in ["", "[]", #"[{"name":"other","form":"virtual"}]"#] {
                let change = Self.body(["version_in_force": "2", "products": products])
                let dropped = try await send(path, .post, change, 0)
                #expect(dropped.status == 422 && dropped["pointer"] == "/products", "\(products)")
            }
            let changed = #"[{"name":"one-off","form":"physical"},{"name":"other","form":"virtual"}]"#
            let kept = Self.body(["version_in_force": "2", "products": changed])
            #expect(try await send(path, .post, kept, 0).status == 201)
        }
    }

    @Test func `a card that comes in another's place has no product where the program has none`() async throws {
        let door = try Door()
        var program = try #require(door.ledger.program(door.programs[0]))
        let plain = program
        program.issuing.products = [CardProduct(name: "gold", form: .virtual)]
        door.ledger.add(program)
        try await door.run { caller in
            let opening = #"{"program_id":"\#(caller.programs[0])","balances":[{"currency":"EUR"}]}"#
            let account = try #require(try await caller.post("/v1/accounts", opening)["id"])
            let card = try await caller.post("/v1/accounts/\(account)/cards", #"{"product":"gold"}"#)
            door.ledger.add(plain)
            let end = #"{"status":"lost","reason":"x"}"#
            let new = try await caller.post("/v1/cards/\(try #require(card["id"]))/replacements", end)
            #expect(new.status == 201 && new["product"] == "null")
        }
    }

    @Test func `a product is for accounts with a balance in one of its currencies`() async throws {
        try await Self.withOperators { caller, send in
            let dollars = #"{"currency":"USD","transaction_limit":5,"daily_limit":9}"#
            let product = #"{"name":"us","form":"virtual","limits":[\#(dollars)]}"#
            let change = Self.body([
                "version_in_force": "1", "currencies": "[\(Self.currency),\(dollars)]", "products": "[\(product)]",
            ])
            let path = "/v1/programs/\(caller.programs[0])/versions"
            #expect(try await send(path, .post, change, 0).status == 201)
            func open(_ currency: String) async throws -> String {
                let balance = #"{"currency":"\#(currency)"}"#
                let body = #"{"program_id":"\#(caller.programs[0])","balances":[\#(balance)]}"#
                return try #require(try await caller.post("/v1/accounts", body)["id"])
            }
            for (currency, status) in [("EUR", 422), ("USD", 201)] {
                let account = try await open(currency)
                let issued = try await caller.post("/v1/accounts/\(account)/cards", #"{"product":"us"}"#)
                #expect(issued.status == status && (status == 201 || issued["code"] == "currency_not_held"))
            }
        }
    }

    @Test(arguments: ["400000", "4000001", "40000012"])
    func `numbers that begin like another program's, of any tenant, are refused`(_ bin: String) async throws {
        try await Self.withOperators { caller, send in
            let made = try await send("/v1/programs", .post, Self.body(["name": #""x""#, "bin": "\"\(bin)\""]), 0)
            #expect(made.status == 422 && made["code"] == "bin_taken" && made["pointer"] == "/bin")
            let path = "/v1/programs/\(caller.programs[0])/versions"
            let moved = Self.body(["version_in_force": "1", "bin": #""51000012""#])
            #expect(try await send(path, .post, moved, 0).status == 201)
            let back = Self.body(["version_in_force": "2", "bin": "\"\(bin)\""])
            #expect(try await send(path, .post, back, 0)["code"] == "bin_taken")
            // What overlaps already goes on.
            #expect(try await send(path, .post, Self.body(["version_in_force": "2"]), 0).status == 201)
        }
    }

    @Test func `what is stored and not yet in force is not answered as if it were`() async throws {
        try await Self.withOperators(isHeldUp: true) { caller, send in
            let path = "/v1/programs/\(caller.programs[0])/versions"
            let reply = try await send(path, .post, Self.body(["version_in_force": "1"]), 0)
            #expect(reply.status == 503 && reply["code"] == "deadline_exceeded")
            #expect(reply.headers[.retryAfter] == "1")
        }
    }

    @Test func `a key that two processes carry out at once gets its answer from both`() async throws {
        let door = try Door()
        let ana = try Door.Person(.administrator, at: door, "ana")
        let tenant = "\(door.tenants[0])"
        door.kept.overtake()
        try await door.run { caller in
            let path = "/v1/programs/\(caller.programs[0])/versions"
            let body = Self.body(["version_in_force": "1"])
            let reply = try await ana.send(path, .post, body, tenant: tenant, key: "k", through: caller)
            #expect(reply.status == 201 && reply["version"] == "2", "\(reply.text)")
            #expect(reply.headers[try #require(HTTPField.Name("Idempotency-Replayed"))] == "true")
            let late = try await ana.send(path, .post, body, tenant: tenant, key: "l", through: caller)
            #expect(late.status == 409 && late["code"] == "program_changed")
        }
    }

    private static let charge =
        #"{"code":"FEE","counter_account":"fee_income","currency":"EUR","minimum":2,"maximum":3,"rounding":"half_up","#
        + #""conditions":{"kinds":["purchase"]}}"#

    private static let wrong: [(field: String, value: String, pointer: String)] = [
        ("name", "", "/name"), ("name", #""""#, "/name"), ("time_zone", #""Mars/Olympus""#, "/time_zone"),
        ("bin", #""12345""#, "/bin"), ("bin", #""12345x""#, "/bin"), ("pan_length", "20", "/pan_length"),
        ("bin", #""210000""#, "/bin"), ("bin", #""700000""#, "/bin"), ("pan_length", "17", "/bin"),
        ("currencies", "[]", "/currencies"), ("currencies", "[\(currency),\(currency)]", "/currencies/1"),
        ("currencies", #"[{"currency":"EUR","transaction_limit":1,"daily_limit":-1}]"#, "/currencies/0/daily_limit"),
        ("currencies", #"[{"currency":"EUX","transaction_limit":1,"daily_limit":1}]"#, "/currencies/0/currency"),
        ("currencies", #"[{"currency":"EUR","transaction_limit":1,"daily_limit":1,"limit":1}]"#, "/currencies/0/limit"),
        ("kinds", #"["lottery"]"#, "/kinds/0"), ("kinds", #"["refund","refund"]"#, "/kinds/1"),
        ("rates", #"[{"from":"GBP","to":"EUR","billionths":0}]"#, "/rates/0/billionths"),
        ("mark_up", "1000001", "/mark_up"), ("card_validity_months", "0", "/card_validity_months"),
        ("account_types", #"["loan"]"#, "/account_types/0"),
        ("account_types", #"["debit","debit"]"#, "/account_types/1"),
        ("charges", "[\(charge),\(charge)]", "/charges/1"),
        ("charges", "[\(charge.replacing(#""FEE""#, with: #""F E""#))]", "/charges/0/code"),
        ("charges", "[\(charge.replacing("fee_income", with: "funding"))]", "/charges/0/counter_account"),
        ("charges", "[\(charge.replacing("rounding", with: "round"))]", "/charges/0/round"),
        ("charges", "[\(charge.replacing("half_up", with: "half_down"))]", "/charges/0/rounding"),
        ("charges", "[\(charge.replacing("3,", with: "1,"))]", "/charges/0/maximum"),
        ("charges", "[\(charge.replacing("purchase", with: "balance_inquiry"))]", "/charges/0/conditions/kinds/0"),
        ("charges", "[\(charge.replacing("EUR", with: "USD"))]", "/charges/0/currency"),
        ("charges", "[\(charge.replacing("purchase", with: "refund"))]", "/charges/0/conditions/kinds"),
        (
            "charges",
            "[\(charge.replacing("]}}", with: #"],"inside":["ES","es"]}}"#))]",
            "/charges/0/conditions/inside/1"
        ),
        ("needs_approval", "1", "/needs_approval"), ("network", #""blue""#, "/network"),
        ("products", #"[{"name":"a","form":"paper"}]"#, "/products/0/form"),
        ("products", #"[{"name":"A","form":"virtual"}]"#, "/products/0/name"),
        ("products", "[\(product),\(product)]", "/products/1"),
        (
            "products",
            #"[{"name":"a","form":"virtual","limits":[{"currency":"USD","transaction_limit":1,"daily_limit":1}]}]"#,
            "/products/0/limits/0/currency"
        ),
        ("networks", #"["Blue"]"#, "/networks/0"), ("networks", #"["blue","blue"]"#, "/networks/1"),
        ("networks", #"["blue","nope"]"#, "/networks/1"),
    ]

    @Test func `a program that cannot be is refused with the place`() async throws {
        try await Self.withOperators { _, send in
            for (field, value, pointer) in Self.wrong {
                let body = Self.body(["name": #""x""#].merging([field: value]) { $1 })
                let reply = try await send("/v1/programs", .post, body, 0)
                #expect(reply.status == 422, "\(field) \(value)")
                #expect(reply.text.contains("\"pointer\":\"\(pointer)\""), "\(field) \(value): \(reply.text)")
            }
        }
    }
}

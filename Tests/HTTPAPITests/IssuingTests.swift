import AuthorizationCore
import AuthorizationEngine
import HTTPTypes
import Testing

@testable import HTTPAPI

/// Money without a card, and the life of cards, at the HTTP door.
@Suite struct IssuingTests {
    private static func money(_ amount: Int64, _ more: String = "") -> String {
        #"{"amount":{"amount":\#(amount),"currency":"EUR"}\#(more)}"#
    }

    private static func open(_ caller: Caller) async throws -> String {
        let opening = #"{"program_id":"\#(caller.programs[0])","balances":[{"currency":"EUR"}]}"#
        return try #require(try await caller.post("/v1/accounts", opening)["id"])
    }

    @Test func `what is available can be withdrawn, once for each key`() async throws {
        try await Door().run { caller in
            let (account, _) = try await caller.makeCard()
            let path = "/v1/accounts/\(account)/withdrawals"
            let first = try await caller.post(path, Self.money(60_000), key: "payout")
            #expect(first.status == 201 && first.text.contains(#""posted":40000"#))
            let again = try await caller.post(path, Self.money(60_000), key: "payout")
            #expect(again.status == 201 && again.text == first.text)
            let more = try await caller.post(path, Self.money(40_001), key: "more")
            #expect(more.status == 422 && more["code"] == "insufficient_funds")
            #expect(try await caller.post(path, Self.money(1, #","speed":"fast""#), key: "fast").status == 422)
            #expect(try await caller.post(path, Self.money(1), as: 1, key: "theirs")["code"] == "account_not_found")
        }
    }

    @Test func `a transfer leaves one account and arrives on the other, and a repeat sends nothing`() async throws {
        try await Door().run { caller in
            let (account, _) = try await caller.makeCard()
            let receiver = try await Self.open(caller)
            let path = "/v1/accounts/\(account)/transfers"
            let body = Self.money(2_500, #","to_account_id":"\#(receiver)","reference":"rent""#)
            let sent = try await caller.post(path, body, key: "rent-1")
            #expect(sent.status == 201 && sent["status"] == "completed")
            #expect(try await caller.post(path, body, key: "rent-1").text == sent.text)
            let id = try #require(sent["id"])
            #expect(sent.headers[.location] == "/v1/transfers/\(id)")
            let read = try await caller.get("/v1/transfers/\(id)")
            #expect(read["to_account_id"] == receiver && read["status"] == "completed")
            #expect(try await caller.get("/v1/transfers/\(id)", as: 1)["code"] == "transfer_not_found")
            #expect(try await caller.get("/v1/accounts/\(account)").text.contains(#""posted":97500"#))
            #expect(try await caller.get("/v1/accounts/\(receiver)").text.contains(#""posted":2500"#))
        }
    }

    @Test func `no money goes to another program's books`() async throws {
        let door = try Door()
        var other = try #require(door.ledger.program(door.programs[0]))
        other.id = ProgramID(at: Instant(microseconds: 1_700_000_000_000_000), shard: Shard(truncating: 0), entropy: 9)
        door.ledger.add(other)
        let opening = #"{"program_id":"\#(other.id)","balances":[{"currency":"EUR"}]}"#
        try await door.run { caller in
            let (account, _) = try await caller.makeCard()
            let receiver = try #require(try await caller.post("/v1/accounts", opening)["id"])
            let body = Self.money(1, #","to_account_id":"\#(receiver)""#)
            let reply = try await caller.post("/v1/accounts/\(account)/transfers", body, key: "out")
            #expect(reply.status == 422 && reply["code"] == "receiver_of_other_program")
        }
    }

    @Test func `a transfer is refused to where it cannot go, but a repeat gets its answer after the receiver closed`()
        async throws
    {
        try await Door().run { caller in
            let (account, _) = try await caller.makeCard()
            let receiver = try await Self.open(caller)
            let path = "/v1/accounts/\(account)/transfers"
            func body(_ receiver: String) -> String { Self.money(1, #","to_account_id":"\#(receiver)""#) }
            #expect(try await caller.post(path, body(account), key: "self")["code"] == "invalid_request")
            let unknown = try await caller.post(path, body("acc_00000000000070008000000000000000"), key: "far")
            #expect(unknown.status == 422 && unknown["code"] == "receiver_not_found")
            let nowhere = "/v1/accounts/acc_00000000000070008000000000000000/transfers"
            let fromNowhere = try await caller.post(nowhere, body(receiver), key: "nowhere")
            #expect(fromNowhere.status == 404 && fromNowhere["code"] == "account_not_found")
            let foreign = try await caller.post(path, body(receiver), as: 1, key: "foreign")
            #expect(foreign.status == 404 && foreign["code"] == "account_not_found")
            let first = try await caller.post(path, body(receiver), key: "k")
            _ = try await caller.post("/v1/accounts/\(receiver)/status", #"{"status":"closed","reason":"moved"}"#)
            #expect(try await caller.post(path, body(receiver), key: "k").text == first.text)
            #expect(try await caller.post(path, body(receiver), key: "late")["code"] == "account_not_open")
        }
    }

    @Test func `adjustments and legal holds are an operator's`() async throws {
        let door = try Door()
        let key = try AccessKey.random(for: .operator)
        let start = Instant(microseconds: 1_700_000_000_000_000)
        let id = OperatorID(at: start, shard: Shard(truncating: 0), entropy: 1)
        let name = try #require(OperatorName("alice"))
        door.ledger.add(Operator(id: id, name: name, role: .operator), keyHash: key.hash)
        var headers: HTTPFields = [.authorization: "Bearer \(key.text)", .contentType: "application/json"]
        headers[try #require(HTTPField.Name(Authenticator.tenantHeader))] = "\(door.tenants[0])"
        let operatorHeaders = headers
        try await door.run { caller in
            let (account, card) = try await caller.makeCard()
            let key = try #require(HTTPField.Name("Idempotency-Key"))
            func post(_ path: String, _ body: String, key name: String? = nil) async throws -> Caller.Reply {
                var headers = operatorHeaders
                headers[key] = name
                return try await caller.send(path, .post, headers, body, as: nil)
            }
            let adjustments = "/v1/accounts/\(account)/adjustments"
            let adjustment = Self.money(500, #","direction":"debit","reason":"booked twice""#)
            #expect(try await caller.post(adjustments, adjustment)["code"] == "operator_required")
            #expect(try await post(adjustments, adjustment, key: "mend").text.contains(#""posted":99500"#))
            let holds = "/v1/accounts/\(account)/legal-holds"
            let order = Self.money(99_000, #","reason":"court order""#)
            #expect(try await caller.post(holds, order)["code"] == "operator_required")
            let held = try await post(holds, order)
            #expect(held.status == 201 && held["status"] == "standing")
            let payment = Caller.payment(#""card_id":"\#(card)""#, 501)
            #expect(try await caller.post("/v1/authorizations", payment)["status"] == "declined")
            let release = "/v1/legal-holds/\(try #require(held["id"]))/release"
            #expect(try await caller.post(release, #"{"reason":"lifted"}"#).status == 403)
            #expect(try await post(release, #"{"reason":"lifted"}"#)["status"] == "released")
            #expect(try await post(release, #"{"reason":"lifted"}"#)["code"] == "transition_not_allowed")
            #expect(try await caller.get(holds)["status"] == "released")
            let second = try #require(try await post(holds, Self.money(1, #","reason":"again""#))["id"])
            #expect(try await post("/v1/legal-holds/\(second)/release", #"{"reason":"lifted"}"#).status == 200)
            #expect(try await caller.get(holds + "?limit=1")["id"] == second)
            #expect(try await caller.get(holds + "?before=\(second)&limit=1")["id"] == held["id"])
            #expect(try await caller.get(holds + "?limit=0")["code"] == "invalid_request")
            #expect(try await caller.get(holds, as: 1).status == 404)
            #expect(try await caller.post("/v1/authorizations", payment)["status"] == "approved")
        }
    }

    @Test func `a card is renewed, activated and replaced, and each card names the other`() async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            let path = "/v1/cards/\(card)"
            let renewed = try await caller.post(path + "/instances", #"{"reason":"renewal"}"#, key: "renew")
            #expect(renewed.status == 201 && renewed.text.contains(#""sequence_number":1"#))
            #expect(
                try await caller.post(path + "/instances", #"{"reason":"renewal"}"#, key: "renew").text == renewed.text
            )
            // The first was lost in the post.
            #expect(try await caller.post(path + "/instances", #"{"reason":"renewal"}"#).status == 201)
            let lost = try await caller.post(path + "/instances/activate", #"{"sequence_number":1}"#)
            #expect(lost["code"] == "transition_not_allowed")
            let active = try await caller.post(path + "/instances/activate", #"{"sequence_number":2}"#)
            #expect(active.status == 200 && active.text.ranges(of: #""active":false"#).count == 1)
            let stolen = #"{"status":"stolen","reason":"reported","form":"physical","use_limit":2}"#
            let new = try await caller.post(path + "/replacements", stolen, key: "new-number")
            #expect(new.status == 201 && new["status"] == "inactive" && new["replaces"] == card)
            #expect(new["form"] == "physical" && new.text.contains(#""uses":{"limit":2,"used":0}"#))
            #expect(try await caller.post(path + "/replacements", stolen, key: "new-number").text == new.text)
            let old = try await caller.get(path)
            #expect(old["status"] == "stolen" && old["replaced_by"] == new["id"])
        }
    }

    /// What is asked for, and the reason that the card then has; nil where it is refused.
    private static let changes: [(change: String, reason: String?)] = [
        (#""status":"blocked","status_reason":"suspected_fraud""#, "suspected_fraud"),
        (#""status":"active""#, "null"), (#""status":"active","status_reason":"issuer_decision""#, nil),
        (#""status":"frozen","status_reason":"legal_order""#, nil),
        (#""status":"frozen","status_reason":"because""#, nil),
        (#""status":"closed","status_reason":"program_ended""#, "program_ended"),
    ]

    @Test func `a status has a reason of the list, which the next one ends`() async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            for (change, reason) in Self.changes {
                let reply = try await caller.post("/v1/cards/\(card)/status", "{\(change),\"reason\":\"test\"}")
                guard let reason else {
                    #expect(reply.status == 422 && reply.text.contains(#""/status_reason""#), "\(reply.text)")
                    continue
                }
                let shown = reason == "null" ? reason : "\"\(reason)\""
                #expect(reply.status == 200 && reply.text.contains("\"status_reason\":\(shown)"), "\(reply.text)")
                #expect(try await caller.get("/v1/cards/\(card)").text.contains("\"status_reason\":\(shown)"))
            }
        }
    }

    @Test func `a card that is replaced has the reason of its end`() async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            let path = "/v1/cards/\(card)/replacements"
            let wrong = #"{"status":"lost","status_reason":"replaced","reason":"test"}"#
            #expect(try await caller.post(path, wrong)["code"] == "invalid_request")
            let end = #"{"status":"closed","status_reason":"replaced","reason":"test"}"#
            #expect(try await caller.post(path, end).status == 201)
            #expect(try await caller.get("/v1/cards/\(card)")["status_reason"] == "replaced")
        }
    }

    @Test func `a card in another's place has its form and what is left of its use limit`() async throws {
        try await Door().run { caller in
            let (account, _) = try await caller.makeCard()
            let terms = #"{"form":"physical","use_limit":1}"#
            var card = try #require(try await caller.post("/v1/accounts/\(account)/cards", terms)["id"])
            let stolen = #"{"status":"stolen","reason":"reported"}"#
            // The first was stolen in the post.
            for (uses, status) in [(0, "approved"), (1, "declined")] {
                let new = try await caller.post("/v1/cards/\(card)/replacements", stolen)
                #expect(new.status == 201 && new["form"] == "physical" && new["status"] == "inactive")
                #expect(new.text.contains(#""uses":{"limit":1,"used":\#(uses)}"#))
                card = try #require(new["id"])
                _ = try await caller.post("/v1/cards/\(card)/status", #"{"status":"active","reason":"it came"}"#)
                let payment = Caller.payment(#""card_id":"\#(card)""#, 100)
                #expect(try await caller.post("/v1/authorizations", payment)["status"] == status)
            }
            let anew = #"{"status":"closed","reason":"used up","form":"virtual","use_limit":1}"#
            let new = try await caller.post("/v1/cards/\(card)/replacements", anew)
            #expect(new["form"] == "virtual" && new.text.contains(#""uses":{"limit":1,"used":0}"#))
        }
    }

    @Test func `a card for one payment pays once`() async throws {
        try await Door().run { caller in
            let (account, _) = try await caller.makeCard()
            let card = try #require(try await caller.post("/v1/accounts/\(account)/cards", #"{"use_limit":1}"#)["id"])
            let payment = Caller.payment(#""card_id":"\#(card)""#, 100)
            #expect(try await caller.post("/v1/authorizations", payment)["status"] == "approved")
            let second = try await caller.post("/v1/authorizations", payment)
            #expect(second["status"] == "declined" && second.text.contains("card_used_up"))
            #expect(try await caller.post("/v1/accounts/\(account)/cards", #"{"use_limit":0}"#).status == 422)
        }
    }
}

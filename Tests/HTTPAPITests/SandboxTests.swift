import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import HTTPTypes
import Logging
import Testing

@testable import HTTPAPI

/// What is refused of payments that are played, and of test clocks. Their lives are told end to end.
@Suite struct SandboxTests {
    private static func door() throws -> Door {
        let door = try Door()
        var program = try #require(door.ledger.program(door.programs[0]))
        program.sandbox = Sandbox()
        door.ledger.add(program)
        return door
    }

    private static func body(_ card: String, _ more: String) -> String { body(card, 100, more) }

    private static func body(_ card: String, _ amount: Int = 100, mcc: String = "5812", _ more: String = "") -> String {
        let merchant = #"{"name":"Cafe","id":"M1","mcc":"\#(mcc)","country":"ES","city":"Madrid"}"#
        let money = #"{"amount":\#(amount),"currency":"EUR"}"#
        return #"{"card_id":"\#(card)","amount":\#(money),"merchant":\#(merchant)\#(more)}"#
    }

    private static let wrong: [(body: @Sendable (String) -> String, pointer: String)] = [
        ({ body($0, 0) }, "/amount/amount"),
        ({ body($0, #","kind":"account_verification""#) }, "/amount/amount"),
        ({ body($0, 0, #","kind":"account_verification","message":"financial_request""#) }, "/message"),
        ({ body($0, #","kind":"pin_change""#) }, "/kind"),
        ({ body($0, #","kind":"purchase_with_cashback""#) }, "/kind"),
        ({ body($0, #","kind":"atm_withdrawal""#) }, "/merchant/mcc"),
        ({ body($0, mcc: "6011", #","kind":"cash_advance""#) }, "/merchant/mcc"),
        ({ body($0, #","purpose":"increment""#) }, "/purpose"),
        ({ body($0, #","message":"reversal_advice""#) }, "/message"),
        ({ body($0).replacing("\"ES\"", with: "\"es\"") }, "/merchant/country"),
        ({ body($0).replacing("\"ES\"", with: "\"QQ\"") }, "/merchant/country"),
        ({ body($0).replacing("\"ES\"", with: "\"724\"") }, "/merchant/country"),
        ({ body($0).replacing("Madrid", with: "São Paulo") }, "/merchant/city"),
        ({ body($0).replacing("Cafe", with: "A name of more than 25 characters") }, "/merchant/name"),
    ]

    @Test func `what no network could say is refused, and the field is named`() async throws {
        try await Self.door().run { caller in
            let (_, card) = try await caller.makeCard()
            #expect(try await caller.post("/v1/simulate/authorizations", Self.body(card)).status == 201)
            for row in Self.wrong {
                let reply = try await caller.post("/v1/simulate/authorizations", row.body(card))
                #expect(reply.status == 422, "\(row.pointer): \(reply.text)")
                #expect(reply.text.contains("\"pointer\":\"\(row.pointer)\""), "\(reply.text)")
            }
            let unknown = Self.body("crd_00000000000070008000000000000000")
            #expect(try await caller.post("/v1/simulate/authorizations", unknown)["code"] == "card_not_found")
            #expect(
                try await caller.post("/v1/simulate/authorizations", Self.body(card), as: 1)["code"] == "card_not_found"
            )
        }
    }

    @Test func `each kind, form and entry mode that is offered can be sent`() async throws {
        try await Self.door().run { caller in
            let (_, card) = try await caller.makeCard()
            var sent = 0
            for kind in TransactionKind.allCases where kind != .purchaseWithCashback && kind != .pinChange {
                let isNothing = kind == .accountVerification
                let mcc = kind == .atmWithdrawal ? "6011" : "5812"
                for form in SimulatedMessage.Form.allCases where form != .reversalAdvice {
                    guard form == .authorizationRequest || !isNothing else { continue }
                    let more = #","kind":"\#(kind.name)","message":"\#(form.name)""#
                    let body = Self.body(card, isNothing ? 0 : 100, mcc: mcc, more)
                    let reply = try await caller.post("/v1/simulate/authorizations", body)
                    #expect(reply.status == 201, "\(kind) \(form): \(reply.text)")
                    #expect(reply.text.contains(#""kind":"\#(kind.name)""#), "\(kind) \(form): \(reply.text)")
                    sent += 1
                }
            }
            #expect(sent == 33)
            for mode in EntryMode.allCases {
                let body = Self.body(card, #","entry_mode":"\#(mode.name)""#)
                #expect(try await caller.post("/v1/simulate/authorizations", body).status == 201, "\(mode)")
            }
        }
    }

    /// Of a payment over the internet, for which the standard wants a CVV2, and looks at 3-D Secure's value where there is
    /// one.
    private static let proofs: [(more: String, reason: String?)] = [
        ("", "card_code_missing"), (#","card_code":"match""#, nil),
        (#","card_code":"no_match""#, "card_code_incorrect"),
        (#","card_code":"not_verified""#, "not_verifiable"),
        (#","card_code":"match","authentication":"match""#, nil),
        (#","card_code":"match","authentication":"no_match""#, "authentication_incorrect"),
        (#","card_code":"match","authentication":"not_verified""#, nil),
    ]

    @Test(arguments: proofs, [false, true])
    func `proofs are played, by our own word and by the network's`(
        _ row: (more: String, reason: String?),
        _ isNetworks: Bool
    ) async throws {
        let door = try Self.door()
        var program = try #require(door.ledger.program(door.programs[0]))
        var policy = VerificationPolicy()
        policy.keys.cardVerification = StoredKeyName("cvk")
        policy.keys.authentication = StoredKeyName("cavv")
        if isNetworks { policy.rules = [ProofRule(.cardCode, .byNetwork)] }
        program.verification = policy
        door.ledger.add(program)
        try await door.run { caller in
            let (_, card) = try await caller.makeCard()
            let body = Self.body(card, #","entry_mode":"ecommerce""# + row.more)
            let reply = try await caller.post("/v1/simulate/authorizations", body)
            #expect(reply["outcome"] == (row.reason == nil ? "approved" : "declined"), "\(reply.text)")
            if let reason = row.reason { #expect(reply.text.contains("[\"\(reason)\""), "\(reply.text)") }
        }
    }

    @Test func `what a client asked for itself has no message that a network could follow up`() async throws {
        try await Self.door().run { caller in
            let (_, card) = try await caller.makeCard()
            let paid = try #require(
                try await caller.post("/v1/authorizations", Caller.payment(#""card_id":"\#(card)""#))["id"]
            )
            let path = "/v1/simulate/authorizations/\(paid)"
            #expect(try await caller.post("\(path)/reversals")["code"] == "transition_not_allowed")
            #expect(try await caller.post("\(path)/expiry")["status"] == "expired")
            #expect(try await caller.post("\(path)/expiry")["code"] == "transition_not_allowed")
        }
    }

    private static let moves: [(body: String, status: Int)] = [
        (#"{"advance_seconds":1}"#, 200), (#"{"advance_seconds":34560000}"#, 200), ("{}", 422),
        (#"{"advance_seconds":0}"#, 422), (#"{"advance_seconds":34560001}"#, 422), (#"{"advance_seconds":-5}"#, 422),
        (#"{"advance_seconds":1,"to":"2026-01-01T00:00:00Z"}"#, 422), (#"{"to":"2001-01-01T00:00:00Z"}"#, 422),
        (#"{"to":"2199-01-01T00:00:00Z"}"#, 422), (#"{"to":"tomorrow"}"#, 422),
    ]

    @Test(arguments: moves.map(\.body)) func `a test clock goes forwards, and not far at once`(
        _ body: String
    ) async throws {
        let expected = try #require(Self.moves.first { $0.body == body }).status
        try await Self.door().run { caller in
            let path = "/v1/simulate/programs/\(caller.programs[0])/clock"
            let before = try #require(try await caller.get(path)["ahead_seconds"].flatMap(Int64.init))
            let reply = try await caller.post(path, body)
            #expect(reply.status == expected, "\(reply.text)")
            let after = try #require(try await caller.get(path)["ahead_seconds"].flatMap(Int64.init))
            #expect((after > before) == (expected == 200))
            #expect(try await caller.get(path, as: 1)["code"] == "not_found")
        }
    }

    @Test func `what holds nothing is neither expired nor cleared, and its state is told`() async throws {
        try await Self.door().run { caller in
            let (_, card) = try await caller.makeCard()
            func play(_ amount: Int) async throws -> String {
                let reply = try await caller.post("/v1/simulate/authorizations", Self.body(card, amount))
                return "/v1/simulate/authorizations/" + (try #require(reply["id"]))
            }
            func expectRefusal(_ path: String, _ body: String, _ detail: String) async throws {
                let reply = try await caller.post(path, body)
                #expect(reply.status == 409 && reply["code"] == "transition_not_allowed", "\(reply.text)")
                #expect(reply.text.contains(detail), "\(reply.text)")
            }
            let (held, declined) = (try await play(100), try await play(900_000))
            #expect(try await caller.post("\(held)/expiry", "{}").status == 201)
            try await expectRefusal("\(held)/expiry", "{}", "The authorization is `expired`: nothing is held")
            try await expectRefusal("\(declined)/expiry", "{}", "The authorization is `declined`: nothing is held")
            let money = #"{"amount":{"amount":1,"currency":"EUR"}}"#
            try await expectRefusal("\(declined)/clearings", money, "The authorization is `declined` and held nothing")
        }
    }

    @Test func `only a sandbox's payments are played, and only its clock is moved`() async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            let paid = try await caller.post("/v1/authorizations", Caller.payment(#""card_id":"\#(card)""#))
            let id = try #require(paid["id"])
            let money = #"{"amount":{"amount":1,"currency":"EUR"}}"#
            let clock = "/v1/simulate/programs/\(caller.programs[0])/clock"
            var replies = [
                try await caller.post("/v1/simulate/authorizations", Self.body(card)),
                try await caller.post(clock, #"{"advance_seconds":1}"#), try await caller.get(clock),
            ]
            for (step, body) in [
                ("increments", money), ("reversals", "{}"), ("advices", money), ("clearings", money),
                ("refunds", money), ("expiry", "{}"),
            ] {
                replies.append(try await caller.post("/v1/simulate/authorizations/\(id)/\(step)", body))
            }
            #expect(replies.allSatisfy { $0.status == 422 && $0["code"] == "not_a_sandbox" })
            #expect(try await caller.get("/v1/authorizations/\(id)").text.contains(#""status":"pending""#))
        }
    }

    @Test func `an operator makes a sandbox, and no later version makes it anything else`() async throws {
        let door = try Door()
        let administrator = try Door.Person(.administrator, at: door)
        let tenant = "\(door.tenants[0])"
        try await door.run { caller in
            func send(_ path: String, _ more: String) async throws -> Caller.Reply {
                let currency = #"{"currency":"EUR","transaction_limit":5,"daily_limit":9}"#
                let program = #""time_zone":"UTC","bin":"510000","currencies":[\#(currency)],"kinds":["purchase"]"#
                return try await administrator.send(
                    path,
                    .post,
                    "{\(program),\(more)}",
                    tenant: tenant,
                    through: caller
                )
            }
            let made = try await send("/v1/programs", #""name":"try","sandbox":true"#)
            #expect(made.status == 201 && made["sandbox"] == "true")
            let path = "/v1/programs/\(try #require(made["id"]))"
            let change = #""version_in_force":1"#
            #expect(try await send("\(path)/versions", change + #","sandbox":false"#).status == 422)
            #expect(try await send("\(path)/versions", change).status == 201)
            #expect(try await caller.get(path)["sandbox"] == "true")
            #expect(try await caller.get("/v1/programs").text.contains(#""sandbox":true"#))
        }
    }

    /// Pages of one event each, at these hours by the clock and by their identifiers.
    private struct Hours: EventReader {
        let events: [(shown: Int64, real: Int64)]

        func events(_ filter: EventFilter, after start: EventPosition?, limit: Int) async throws -> EventPage? {
            let number = Int(start?.transaction ?? 0)
            let account = AccountID(high: 1, low: 1)
            let next = EventPosition(
                epoch: 1,
                transaction: UInt64(number) + 1,
                account: account,
                sequence: 0,
                since: .distantPast
            )
            guard number < events.count else { return EventPage(events: [], next: next, isAtEnd: true) }
            let entry = JournalEntry(
                event: EventID(at: Self.time(events[number].real), shard: Shard(truncating: 0), entropy: 1),
                sequence: 1,
                decidedAt: Self.time(events[number].shown),
                command: .changeAccount(ChangeAccount(status: .frozen, reason: "")),
                decision: Decision(.done),
                actor: nil
            )
            let found = AccountEvent(entry, of: account, at: next)
            return EventPage(events: [found].compactMap { $0 }, next: next, isAtEnd: false)
        }

        func latestEventTransaction() async throws -> UInt64 { UInt64(events.count) }

        static func time(_ hour: Int64) -> Instant {
            Instant(microseconds: 1_780_000_000_000_000) + .seconds(3_600 * hour)
        }
    }

    @Test func `events of a sandbox that is ahead end no search for those behind them`() async throws {
        let range = (Timestamp.text(Hours.time(0)), Timestamp.text(Hours.time(10)))
        let body = #"{"occurred_from":"\#(range.0)","occurred_to":"\#(range.1)"}"#
        let shard = Shard(truncating: 0)
        let replay = try WebhookReplay(
            APIRequest(
                operation: .replayWebhookEvents,
                requestID: "",
                tenant: TenantID(at: .wallClock, shard: shard, entropy: 1),
                actor: .apiKey(APIKeyID(at: .wallClock, shard: shard, entropy: 1)),
                path: "",
                pathID: "",
                body: try JSONParser.parse(SecretBytes(Array(body.utf8))),
                logger: Logger(label: "test")
            )
        )
        let reader = Hours(events: [(1, 1), (900, 2), (3, 3), (9, 9), (20, 20), (4, 4)])
        let found = try await replay.events(EventFeed(reader))
        #expect(found.map(\.entry.decidedAt) == [1, 3, 9].map(Hours.time))
    }
}

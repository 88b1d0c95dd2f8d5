import Foundation
import ISO8583
import TestSupport
import Testing

/// Payments that are played in a sandbox, over HTTP against the built binary, with what is on the account after each
/// step: posted, pending debits, available.
@Suite struct SandboxStoryTests {
    /// One step: where it is sent below `/v1/simulate`, its body, what comes of it and what the network is told.
    private struct Step: Sendable {
        var path: String
        var body = "{}"
        var outcome: String
        var code: String?
        var status: String
        var balance: [Int]
    }

    private static func euros(_ amount: Int, _ more: String = "") -> String {
        #"{"amount": {"amount": \#(amount), "currency": "EUR"}\#(more)}"#
    }

    private static let lives: [(name: String, begin: String, steps: [Step])] = [
        (
            "cleared", "",
            [
                Step(path: "", outcome: "approved", code: "00", status: "pending", balance: [10_000, 2_000, 8_000]),
                Step(
                    path: "/clearings",
                    body: euros(2_000),
                    outcome: "applied",
                    status: "cleared",
                    balance: [8_000, 0, 8_000]
                ),
                Step(
                    path: "/refunds",
                    body: euros(500),
                    outcome: "approved",
                    code: "00",
                    status: "cleared",
                    balance: [8_500, 0, 8_500]
                ),
            ]
        ),
        (
            "a hotel", #","purpose":"pre_authorization""#,
            [
                Step(path: "", outcome: "approved", code: "00", status: "pending", balance: [10_000, 2_000, 8_000]),
                Step(
                    path: "/increments",
                    body: euros(1_000),
                    outcome: "approved",
                    code: "00",
                    status: "pending",
                    balance: [10_000, 3_000, 7_000]
                ),
                Step(
                    path: "/reversals",
                    body: #"{"new_total": 2500}"#,
                    outcome: "applied",
                    code: "00",
                    status: "pending",
                    balance: [10_000, 2_500, 7_500]
                ),
                Step(
                    path: "/clearings",
                    body: euros(1_000, #","final": false"#),
                    outcome: "applied",
                    status: "pending",
                    balance: [9_000, 1_500, 7_500]
                ),
                Step(
                    path: "/clearings",
                    body: euros(1_200),
                    outcome: "applied",
                    status: "cleared",
                    balance: [7_800, 0, 7_800]
                ),
            ]
        ),
        (
            "completed by an advice", #","purpose":"estimated""#,
            [
                Step(path: "", outcome: "approved", code: "00", status: "pending", balance: [10_000, 2_000, 8_000]),
                Step(
                    path: "/advices",
                    body: euros(2_300),
                    outcome: "recorded",
                    code: "00",
                    status: "cleared",
                    balance: [7_700, 0, 7_700]
                ),
            ]
        ),
        (
            "reversed", "",
            [
                Step(path: "", outcome: "approved", code: "00", status: "pending", balance: [10_000, 2_000, 8_000]),
                Step(
                    path: "/reversals",
                    outcome: "applied",
                    code: "00",
                    status: "reversed",
                    balance: [10_000, 0, 10_000]
                ),
            ]
        ),
        (
            "expired, and cleared late", "",
            [
                Step(path: "", outcome: "approved", code: "00", status: "pending", balance: [10_000, 2_000, 8_000]),
                Step(path: "/expiry", outcome: "applied", status: "expired", balance: [10_000, 0, 10_000]),
                Step(
                    path: "/clearings",
                    body: euros(2_000),
                    outcome: "applied",
                    status: "cleared",
                    balance: [8_000, 0, 8_000]
                ),
            ]
        ),
        (
            "approved offline", #","message":"financial_advice""#,
            [Step(path: "", outcome: "recorded", code: "00", status: "cleared", balance: [8_000, 0, 8_000])]
        ),
        (
            "taken out of a machine", #","kind":"atm_withdrawal","message":"financial_request""#,
            [Step(path: "", outcome: "approved", code: "00", status: "cleared", balance: [8_000, 0, 8_000])]
        ),
    ]

    @Test(arguments: lives.map(\.name)) func `a payment is played from its first message to its last`(
        _ name: String
    ) async throws {
        let life = try #require(Self.lives.first { $0.name == name })
        let sandbox = try await Sandboxed(try SharedServer.client)
        var id = ""
        for step in life.steps {
            let path = step.path.isEmpty ? "" : "/\(id)\(step.path)"
            let mcc = life.begin.contains("atm") ? "6011" : "5812"
            let body = step.path.isEmpty ? sandbox.payment(2_000, mcc: mcc, life.begin) : step.body
            let key = "\(UUID())"
            let answer = try await sandbox.client.post("/v1/simulate/authorizations\(path)", body, key: key)
                .expecting(201)
            #expect(answer.text("outcome") == step.outcome, "\(name) \(step.path)")
            #expect(answer.value("network_answer.response_code") as? String == step.code, "\(name) \(step.path)")
            #expect(answer.text("authorization.status") == step.status, "\(name) \(step.path)")
            #expect(try await sandbox.balance() == step.balance, "\(name) \(step.path)")
            if id.isEmpty { id = answer.text("authorization.id") }
            // A repeat is told the same, and moves nothing.
            let again = try await sandbox.client.post("/v1/simulate/authorizations\(path)", body, key: key)
            #expect(again.text("event_id") == answer.text("event_id"), "\(name) \(step.path)")
            #expect(again.text("network_answer.response_code") == answer.text("network_answer.response_code"))
            #expect(try await sandbox.balance() == step.balance, "\(name) \(step.path)")
        }
        // The account, its money and its card come before.
        #expect(try await sandbox.events(3 + life.steps.count) == 3 + life.steps.count)
    }

    @Test func `what is short is declined with the network's code, or approved in part`() async throws {
        let sandbox = try await Sandboxed(try SharedServer.client)
        let declined = try await sandbox.play(12_000).expecting(201)
        #expect(declined.text("outcome") == "declined" && declined.text("network_answer.response_code") == "51")
        #expect(declined.text("decline_reasons.0") == "insufficient_funds")
        let part = try await sandbox.play(12_000, #","partial_approval":true"#).expecting(201)
        #expect(part.text("outcome") == "approved" && part.text("network_answer.response_code") == "10")
        #expect(part.number("authorization.approved.amount") == 10_000)
        #expect(part.text("network_answer.message_type") == "0110")
        #expect(part.text("network_answer.approval_code").count == 6)
    }

    @Test func `time that passes ends holds and cards, and replay and verification find nothing wrong`() async throws {
        let installation = try AvalProcess.Installation.make()
        let server = try AvalProcess(installation)
        let sandbox = try await Sandboxed(Client(server, installation))
        let hold = try await sandbox.play(1_000).text("authorization.id")
        let hotel = try await sandbox.play(500, #","purpose":"pre_authorization""#).text("authorization.id")
        #expect(try await sandbox.balance() == [10_000, 1_500, 8_500])
        let moved = try await sandbox.move(#"{"advance_seconds": 691200}"#, key: "week").expecting(200)
        #expect(moved.number("ahead_seconds") == 691_200)
        #expect(try await sandbox.move(#"{"advance_seconds": 691200}"#, key: "week").number("ahead_seconds") == 691_200)
        #expect(try await sandbox.balance() == [10_000, 500, 9_500])
        let expired = try await sandbox.client.get("/v1/authorizations/\(hold)").expecting(200)
        #expect(expired.text("status") == "expired" && expired.text("history.1.type") == "expiry")
        #expect(try await sandbox.client.get("/v1/authorizations/\(hotel)").text("status") == "pending")
        // What was collected late is posted all the same.
        let late = #"{"amount": {"amount": 1000, "currency": "EUR"}}"#
        _ = try await sandbox.client.post("/v1/simulate/authorizations/\(hold)/clearings", late).expecting(201)
        #expect(try await sandbox.balance() == [9_000, 500, 8_500])
        let next = try await sandbox.play(700).expecting(201)
        let clock = try await sandbox.client.get("/v1/simulate/programs/\(sandbox.program)/clock").expecting(200)
        #expect(next.text("created_at") <= clock.text("now"))
        #expect(next.text("created_at") > moved.text("now"))
        let read = try await sandbox.client.get("/v1/authorizations/\(next.text("authorization.id"))").expecting(200)
        #expect(read.text("history.0.at") == next.text("created_at"))
        // A card of three years has no four.
        for _ in 1...4 { _ = try await sandbox.move(#"{"advance_seconds": 31536000}"#).expecting(200) }
        #expect(try await sandbox.play(1).text("decline_reasons.0") == "card_expired")
        #expect(try await sandbox.balance() == [9_000, 0, 9_000])
        #expect(try await sandbox.move(#"{"to": "2026-01-01T00:00:00Z"}"#).status == 422)
        let listed = try AvalProcess.command(["operator", "actions"], on: installation.database).output
        #expect(listed.contains("program.move_clock  \(sandbox.program)"))
        #expect(server.stop() == 0)
        for arguments in [
            ["ledger", "verify"], ["replay", "--from", "2020-01-01T00:00:00Z", "--to", "2099-01-01T00:00:00Z"],
        ] {
            let checked = try AvalProcess.command(arguments, on: installation.database)
            #expect(checked.status == 0, "\(checked)")
        }
    }

    @Test func `no network's message moves a sandbox's money, and only a sandbox is played`() async throws {
        let client = try SharedServer.client
        let sandbox = try await Sandboxed(client)
        let pan = try await client.post("/v1/cards/\(sandbox.card)/reveal").expecting(200).text("pan")
        let (wire, factory) = (try Wire(SharedServer.server), MessageFactory(pan: pan))
        #expect(try wire.exchange(factory.purchase(100, trace: 1)).text(39) == "15")
        // An advice is acknowledged, and kept for an operator.
        #expect(try wire.exchange(factory.purchase(100, trace: 2, type: 220)).text(39) == "00")
        #expect(try await sandbox.balance() == [10_000, 0, 10_000])
        let exceptions = try AvalProcess.command(
            ["exceptions", "list", "--limit", "10000"],
            on: try SharedServer.installation.database
        ).output
        #expect(exceptions.contains(sandbox.account))
        let other = try await client.openAccount(funded: 10_000)
        let refused = try await client.post(
            "/v1/simulate/authorizations",
            sandbox.payment(100, "").replacing(sandbox.card, with: other.card)
        )
        #expect(refused.status == 422 && refused.text("code") == "not_a_sandbox")
        let paid = try await client.authorize(other.card, 100).expecting(201).text("id")
        for step in ["reversals", "expiry"] {
            let answer = try await client.post("/v1/simulate/authorizations/\(paid)/\(step)")
            #expect(answer.text("code") == "not_a_sandbox", "\(step)")
        }
        #expect(try await client.balance(other.account) == [10_000, 100, 9_900])
    }
}

/// A card with 100.00 on it in the demonstration's sandbox.
private struct Sandboxed: Sendable {
    let client: Client
    let program: String
    let account: String
    let card: String

    init(_ client: Client) async throws {
        self.client = client
        let programs = try await client.get("/v1/programs").expecting(200)
        let items = programs.value("items") as? [[String: Any]] ?? []
        program = try #require(items.first { $0["sandbox"] as? Bool == true }?["id"] as? String)
        let opening = #"{"program_id":"\#(program)","balances":[{"currency":"EUR"}]}"#
        account = try await client.post("/v1/accounts", opening).expecting(201).text("id")
        let funding = #"{"amount":{"amount":10000,"currency":"EUR"}}"#
        _ = try await client.post("/v1/accounts/\(account)/fundings", funding, key: "fund-\(account)").expecting(201)
        card = try await client.post("/v1/accounts/\(account)/cards").expecting(201).text("id")
    }

    func payment(_ amount: Int, mcc: String = "5812", _ more: String) -> String {
        """
        {"card_id": "\(card)", "amount": {"amount": \(amount), "currency": "EUR"},
         "merchant": {"name": "Cafe", "id": "M1", "mcc": "\(mcc)", "country": "ES", "city": "Madrid"}\(more)}
        """
    }

    func play(_ amount: Int, _ more: String = "") async throws -> Client.Response {
        try await client.post("/v1/simulate/authorizations", payment(amount, more))
    }

    /// Other tests' transactions may be older, and are waited for.
    func move(_ body: String, key: String = "\(UUID())") async throws -> Client.Response {
        let path = "/v1/simulate/programs/\(program)/clock"
        var answer = try await client.post(path, body, key: key)
        for _ in 0..<20 where answer.status == 503 { answer = try await client.post(path, body, key: key) }
        return answer
    }

    /// How many there are, once there are as many as expected: others' transactions hold them back for a moment.
    func events(_ expected: Int) async throws -> Int {
        var count = 0
        for _ in 0..<3_000 where count < expected {
            let page = try await client.get("/v1/events?account_id=\(account)").expecting(200)
            count = (page.value("items") as? [Any])?.count ?? 0
            if count < expected { try await Task.sleep(for: .milliseconds(20)) }
        }
        return count
    }

    func balance() async throws -> [Int] { try await client.balance(account) }
}

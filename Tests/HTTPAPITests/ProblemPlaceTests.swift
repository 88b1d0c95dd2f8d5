import AuthorizationCore
import Testing

@testable import HTTPAPI

/// A refusal names the field that is to be mended, or the state that is in the way and what is possible.
@Suite struct ProblemPlaceTests {
    private struct Row: CustomTestStringConvertible {
        let path: String
        let body: String
        let code: String
        /// What the problem's text has.
        let told: String

        var testDescription: String { "\(path) \(body)" }
    }

    /// `ACCOUNT` and `CARD` stand for some that are open and active.
    private static let rows = [
        Row(
            path: "/v1/cards/CARD/replacements",
            body: #"{"status":"frozen","reason":"x"}"#,
            code: "invalid_request",
            told: #""pointer":"/status","detail":"Expected one of: lost, stolen, closed.""#
        ),
        Row(
            path: "/v1/cards/CARD/instances/activate",
            body: #"{"sequence_number":7}"#,
            code: "invalid_request",
            told: #""pointer":"/sequence_number""#
        ),
        Row(
            path: "/v1/cards/CARD/status",
            body: #"{"status":"active","reason":"x"}"#,
            code: "transition_not_allowed",
            told: "The card is `active`: what may follow is `frozen`, `blocked`, `lost`, `stolen`, `closed`."
        ),
        Row(
            path: "/v1/accounts/ACCOUNT/status",
            body: #"{"status":"open","reason":"x"}"#,
            code: "transition_not_allowed",
            told: "The account is `open`: what may follow is `frozen`, `closed`."
        ),
        Row(
            path: "/v1/accounts/ACCOUNT/withdrawals",
            body: #"{"amount":{"amount":100001,"currency":"EUR"}}"#,
            code: "insufficient_funds",
            told: #""pointer":"/amount""#
        ),
        Row(
            path: "/v1/accounts/ACCOUNT/cards",
            body: #"{"cardholder_id":"chd_00000000000070008000000000000000"}"#,
            code: "invalid_request",
            told: #""pointer":"/cardholder_id","detail":"There is no such cardholder.""#
        ),
        Row(
            path: "/v1/webhook-endpoints",
            body: #"{"url":"https://EXAMPLE.com/"}"#,
            code: "invalid_request",
            told: "scheme and host in lower case"
        ),
        Row(
            path: "/v1/webhook-endpoints",
            body: #"{"url":"https://example.com/","event_types":["foo"]}"#,
            code: "invalid_request",
            told: "account.opened, "
        ),
        Row(
            path: "/v1/api-keys",
            body: #"{"label":"a","addresses":["10.1.2.3/8"]}"#,
            code: "invalid_request",
            told: "with zeros behind the length"
        ),
        Row(
            path: "/v1/cards/CARD/status",
            body: String(repeating: "[", count: 17),
            code: "malformed_json",
            told: "nested 16 deep at most. At byte 16: nested deeper than 16."
        ),
    ]

    @Test(arguments: rows) private func `what is wrong is told where it is`(_ row: Row) async throws {
        try await Door().run { caller in
            let (account, card) = try await caller.makeCard()
            let path = row.path.replacing("ACCOUNT", with: account).replacing("CARD", with: card)
            let reply = try await caller.post(path, row.body, key: "a")
            #expect(reply["code"] == row.code && reply.text.contains(row.told), "\(reply.text)")
        }
    }

    @Test func `money for a closed account is refused where it is named`() async throws {
        try await Door().run { caller in
            let (sender, _) = try await caller.makeCard()
            let opening = #"{"program_id":"\#(caller.programs[0])","balances":[{"currency":"EUR"}]}"#
            let receiver = try #require(try await caller.post("/v1/accounts", opening)["id"])
            let money = #"{"to_account_id":"\#(receiver)","amount":{"amount":1,"currency":"EUR"}}"#
            let path = "/v1/accounts/\(sender)/transfers"
            #expect(try await caller.post(path, money, key: "first").status == 201)
            _ = try await caller.post("/v1/accounts/\(receiver)/status", #"{"status":"closed","reason":"x"}"#)
            let refused = try await caller.post(path, money, key: "second")
            #expect(refused.status == 409 && refused["code"] == "account_not_open")
            #expect(refused["pointer"] == "/to_account_id", "\(refused.text)")
            #expect(try await caller.post(path, money, key: "first").status == 201)
        }
    }

    @Test func `what a card's state is in the way of is told with the states that are needed`() async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            let path = "/v1/cards/\(card)"
            let number = #"{"number":"4895370012345689"}"#
            #expect(try await caller.post(path + "/tokens", number).status == 201)
            let again = try await caller.post(path + "/tokens", number)
            #expect(again.status == 409 && again["pointer"] == "/number", "\(again.text)")
            _ = try await caller.post(path + "/status", #"{"status":"lost","reason":"x"}"#)
            let needed = "The card is `lost`: this needs `active`, `frozen`, `blocked`."
            let reply = try await caller.post(path + "/instances", #"{"reason":"renewal"}"#)
            #expect(reply.status == 409 && reply.text.contains(needed), "\(reply.text)")
        }
    }

    /// Approved for 1,000; what was cleared, whether for good, the new total, and the status of the answer.
    private static let reversals: [(cleared: Int64?, isFinal: Bool, newTotal: Int64, status: Int, pointer: String?)] = [
        (nil, true, 1_001, 422, "/new_total"), (nil, true, 1_000, 201, nil), (nil, true, 999, 201, nil),
        (400, false, 399, 422, "/new_total"), (400, false, 400, 201, nil), (400, false, 0, 201, nil),
        (400, true, 0, 409, nil), (1_000, false, 500, 409, nil),
    ]

    @Test(arguments: reversals) func `a client's reversal of what is not there is refused`(
        _ row: (cleared: Int64?, isFinal: Bool, newTotal: Int64, status: Int, pointer: String?)
    ) async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            let payment = Caller.payment(#""card_id":"\#(card)""#, 1_000)
            let id = try #require(try await caller.post("/v1/authorizations", payment)["id"])
            let path = "/v1/authorizations/\(id)"
            if let cleared = row.cleared {
                let body = #"{"amount":{"amount":\#(cleared),"currency":"EUR"},"final":\#(row.isFinal)}"#
                #expect(try await caller.post(path + "/clearings", body).status == 201)
            }
            let reply = try await caller.post(path + "/reversals", #"{"new_total":\#(row.newTotal)}"#)
            #expect(reply.status == row.status && reply["pointer"] == row.pointer, "\(reply.text)")
            #expect(reply["acknowledgement"] != "exception")
        }
    }

    @Test func `a reversal that was carried out is told again, though it could not be now`() async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            let payment = Caller.payment(#""card_id":"\#(card)""#, 1_000)
            let path = "/v1/authorizations/\(try #require(try await caller.post("/v1/authorizations", payment)["id"]))"
            let first = try await caller.post(path + "/reversals", #"{"new_total":300}"#, key: "once")
            let clearing = #"{"amount":{"amount":400,"currency":"EUR"}}"#
            #expect(try await caller.post(path + "/clearings", clearing).status == 201)
            #expect(try await caller.post(path + "/reversals", #"{"new_total":300}"#, key: "once").text == first.text)
        }
    }

    @Test func `a clearing in another currency is refused where that is`() async throws {
        try await Door().run { caller in
            let (_, card) = try await caller.makeCard()
            let payment = Caller.payment(#""card_id":"\#(card)""#, 1_000)
            let path = "/v1/authorizations/\(try #require(try await caller.post("/v1/authorizations", payment)["id"]))"
            let dollars = #"{"amount":1,"currency":"USD"}"#, euros = #"{"amount":1,"currency":"EUR"}"#
            for (body, pointer) in [
                (#"{"amount":\#(dollars)}"#, "/amount/currency"),
                (#"{"amount":\#(euros),"billing_amount":\#(dollars)}"#, "/billing_amount/currency"),
            ] {
                let reply = try await caller.post(path + "/clearings", body)
                #expect(reply["code"] == "currency_mismatch" && reply["pointer"] == pointer, "\(reply.text)")
            }
        }
    }
}

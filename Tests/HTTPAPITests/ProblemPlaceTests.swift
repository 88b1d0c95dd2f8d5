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
}

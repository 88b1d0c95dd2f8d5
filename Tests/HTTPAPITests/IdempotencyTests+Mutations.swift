import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import HTTPTypes
import Testing

@testable import HTTPAPI

/// What is sent again: one of each change, on resources of its own.
extension IdempotencyTests {
    static func program(_ limit: Int, _ more: String, bin: String = "400000") -> String {
        let currency = #"{"currency":"EUR","transaction_limit":\#(limit),"daily_limit":9000}"#
        return #"{"time_zone":"UTC","bin":"\#(bin)","currencies":[\#(currency)],"kinds":["purchase"],\#(more)}"#
    }

    /// One of each, on an account, a card and authorizations of their own.
    static func mutations(_ caller: Caller, _ door: Door) async throws -> [APIOperation: Mutation] {
        let (account, card) = try await caller.makeCard()
        func authorize() async throws -> String {
            let reply = try await caller.post("/v1/authorizations", Caller.payment(#""card_id":"\#(card)""#))
            return try #require(reply["id"])
        }
        let revealed = try #require(try await caller.post("/v1/cards/\(card)/reveal")["pan"])
        let pan = try #require(PAN(ascii: revealed.utf8))
        // What a block holds tells no requests apart, how it came does.
        let formats: [PINBlockFormat] = [.format0, .format4]
        let pins = try formats.map { try PINText.body(door.pins, "1234", pan, $0) }
        func money(_ amount: Int) -> String { #"{"amount":{"amount":\#(amount),"currency":"EUR"}}"# }
        func reason(_ text: String) -> String { #"{"reason":"\#(text)"}"# }
        func status(_ text: String) -> String { #"{"status":"frozen","reason":"\#(text)"}"# }
        func opening(_ limit: Int) -> String {
            let balance = #"{"currency":"EUR","credit_limit":\#(limit)}"#
            return #"{"program_id":"\#(caller.programs[0])","balances":[\#(balance)]}"#
        }
        let reversed = "/v1/authorizations/\(try await authorize())/reversals"
        let cleared = "/v1/authorizations/\(try await authorize())/clearings"
        let spare = try await caller.makeCard()
        let payments = [1_000, 2_000].map { Caller.payment(#""card_id":"\#(card)""#, $0) }
        return [
            .openAccount: Mutation(path: "/v1/accounts", body: opening(0), other: opening(1)),
            .changeAccountStatus: Mutation(
                path: "/v1/accounts/\(spare.account)/status",
                body: status("a"),
                other: status("b")
            ),
            .fundAccount: Mutation(path: "/v1/accounts/\(account)/fundings", body: money(1), other: money(2)),
            .issueCard: Mutation(path: "/v1/accounts/\(account)/cards", body: "{}", other: #"{"x":1}"#),
            .changeCardStatus: Mutation(path: "/v1/cards/\(spare.card)/status", body: status("a"), other: status("b")),
            .setPIN: Mutation(path: "/v1/cards/\(card)/pin", body: pins[0], other: pins[1]),
            .unblockPIN: Mutation(path: "/v1/cards/\(card)/pin/unblock", body: reason("a"), other: reason("b")),
            .authorize: Mutation(path: "/v1/authorizations", body: payments[0], other: payments[1]),
            .reverseAuthorization: Mutation(path: reversed, body: "{}", other: #"{"new_total":5}"#),
            .clearAuthorization: Mutation(path: cleared, body: money(10), other: money(11)),
            .createProgram: Mutation(
                path: "/v1/programs",
                body: program(5, #""name":"a""#, bin: "510000"),
                other: program(6, #""name":"a""#, bin: "510000"),
                asOperator: true
            ),
            .changeProgram: Mutation(
                path: "/v1/programs/\(caller.programs[0])/versions",
                body: program(5, #""version_in_force":1,"needs_approval":true"#),
                other: program(6, #""version_in_force":1"#),
                asOperator: true
            ),
        ]
    }

    /// Of money without a card, and of what comes in a card's place.
    static func moreMutations(
        _ caller: Caller,
        as administrator: Door.Person,
        _ tenant: String
    ) async throws -> [APIOperation: Mutation] {
        let (account, _) = try await caller.makeCard()
        let receiver = try await caller.makeCard().account
        let (renewed, waiting, replaced) = (
            try await caller.makeCard().card, try await caller.makeCard().card, try await caller.makeCard().card
        )
        _ = try await caller.post("/v1/cards/\(waiting)/instances", #"{"reason":"renewal"}"#)
        let tokens = "/v1/cards/\(renewed)/tokens"
        func number(_ text: String) -> String { #"{"number":"\#(text)"}"# }
        let token = try #require(try await caller.post(tokens, number("4895370012345671"))["id"])
        func money(_ amount: Int, _ more: String = "") -> String {
            #"{"amount":{"amount":\#(amount),"currency":"EUR"}\#(more)}"#
        }
        func reason(_ text: String) -> String { #","reason":"\#(text)""# }
        let holds = "/v1/accounts/\(account)/legal-holds"
        let held = try await administrator.send(holds, .post, money(5, reason("a")), tenant: tenant, through: caller)
        let release = "/v1/legal-holds/\(try #require(held["id"]))/release"
        func transfer(_ amount: Int) -> String { money(amount, #","to_account_id":"\#(receiver)""#) }
        func adjustment(_ amount: Int) -> String { money(amount, #","direction":"credit""# + reason("a")) }
        func ending(_ status: String) -> String { #"{"status":"\#(status)","reason":"a"}"# }
        func batch(_ reference: String) -> String {
            #"{"rows":[{"reference":"\#(reference)","account_id":"\#(account)"}]}"#
        }
        let cancelled = try #require(try await caller.post("/v1/card-batches", batch("c"), key: "batch-c")["id"])
        return try await webhookMutations(caller).merging(cardholderMutations(caller)) { first, _ in first }.merging([
            .createCardBatch: Mutation(path: "/v1/card-batches", body: batch("a"), other: batch("b")),
            .cancelCardBatch: Mutation(
                path: "/v1/card-batches/\(cancelled)/cancellation",
                body: "{}",
                other: #"{"x":1}"#
            ),
            .withdraw: Mutation(path: "/v1/accounts/\(account)/withdrawals", body: money(1), other: money(2)),
            .setCreditLimit: Mutation(
                path: "/v1/accounts/\(account)/credit-limit",
                body: money(1, reason("a")),
                other: money(1, reason("b"))
            ),
            .transferMoney: Mutation(path: "/v1/accounts/\(account)/transfers", body: transfer(1), other: transfer(2)),
            .adjustBalance: Mutation(
                path: "/v1/accounts/\(account)/adjustments",
                body: adjustment(1),
                other: adjustment(2),
                asOperator: true
            ),
            .placeLegalHold: Mutation(
                path: holds,
                body: money(1, reason("a")),
                other: money(1, reason("b")),
                asOperator: true
            ),
            .releaseLegalHold: Mutation(
                path: release,
                body: #"{"reason":"a"}"#,
                other: #"{"reason":"b"}"#,
                asOperator: true
            ),
            .registerToken: Mutation(
                path: tokens,
                body: number("4895370012345689"),
                other: number("4895370012003478")
            ),
            .changeTokenStatus: Mutation(
                path: "/v1/tokens/\(token)/status",
                body: ending("suspended"),
                other: ending("deleted")
            ),
            .reissueCard: Mutation(
                path: "/v1/cards/\(renewed)/instances",
                body: #"{"reason":"renewal"}"#,
                other: #"{"reason":"replacement"}"#
            ),
            .activateInstance: Mutation(
                path: "/v1/cards/\(waiting)/instances/activate",
                body: #"{"sequence_number":1}"#,
                other: #"{"sequence_number":2}"#
            ),
            .replaceCard: Mutation(
                path: "/v1/cards/\(replaced)/replacements",
                body: ending("lost"),
                other: ending("stolen")
            ),
        ]) { first, _ in first }
    }

    static func cardholderMutations(_ caller: Caller) async throws -> [APIOperation: Mutation] {
        func cardholder(_ more: [String] = []) async throws -> String {
            let path = "/v1/cardholders/" + (try #require(try await caller.post("/v1/cardholders")["id"]))
            for status in more {
                _ = try await caller.post("\(path)/status", #"{"status":"\#(status)","reason":"a"}"#)
            }
            return path
        }
        func reference(_ text: String) -> String { #"{"reference":"\#(text)"}"# }
        func status(_ text: String) -> String { #"{"status":"\#(text)","reason":"a"}"# }
        let (changed, closed) = (try await cardholder(), try await cardholder(["closed"]))
        return [
            .createCardholder: Mutation(path: "/v1/cardholders", body: reference("a"), other: reference("b")),
            .changeCardholder: Mutation(path: "\(changed)/changes", body: reference("c"), other: reference("d")),
            .changeCardholderStatus: Mutation(
                path: "\(changed)/status",
                body: status("suspended"),
                other: status("closed")
            ),
            .eraseCardholder: Mutation(path: "\(closed)/erasure", body: "{}", other: #"{"x":1}"#),
        ]
    }

    static func webhookMutations(_ caller: Caller) async throws -> [APIOperation: Mutation] {
        let path = "/v1/webhook-endpoints"
        let body = #"{"url":"https://example.com/"}"#
        var made: [String] = []
        for _ in 0..<2 { made.append("\(path)/\(try #require(try await caller.post(path, body)["id"]))") }
        let others = #"{"x":1}"#
        func replay(_ day: Int) -> String {
            #"{"occurred_from":"2020-01-0\#(day)T00:00:00Z","occurred_to":"2020-01-03T00:00:00Z"}"#
        }
        return [
            .createWebhookEndpoint: Mutation(path: path, body: body, other: #"{"url":"https://example.org/"}"#),
            .changeWebhookEndpoint: Mutation(
                path: "\(made[0])/changes",
                body: #"{"enabled":false}"#,
                other: #"{"enabled":true}"#
            ),
            .rotateWebhookSecret: Mutation(path: "\(made[0])/secret", body: "{}", other: others),
            .replayWebhookEvents: Mutation(path: "\(made[0])/replays", body: replay(1), other: replay(2)),
            .removeWebhookEndpoint: Mutation(path: "\(made[1])/removal", body: "{}", other: others),
        ]
    }

    /// Of the tenant's keys, each on one of its own.
    static func keyMutations(_ caller: Caller) async throws -> [APIOperation: Mutation] {
        func key() async throws -> String {
            let made = try await caller.post("/v1/api-keys", #"{"label":"a"}"#)
            return "/v1/api-keys/" + (try #require(made["id"]))
        }
        func overlap(_ seconds: Int) -> String { #"{"overlap_seconds":\#(seconds)}"# }
        func rate(_ number: Int) -> String { #"{"rate":{"per_second":\#(number)}}"# }
        let (changed, rotated, revoked) = (try await key(), try await key(), try await key())
        return [
            .createAPIKey: Mutation(path: "/v1/api-keys", body: #"{"label":"a"}"#, other: #"{"label":"b"}"#),
            .changeAPIKey: Mutation(path: changed + "/terms", body: rate(1), other: rate(2)),
            .rotateAPIKey: Mutation(path: rotated + "/secrets", body: overlap(1), other: overlap(2)),
            .revokeAPIKey: Mutation(path: revoked + "/revoke", body: "{}", other: #"{"even_last":true}"#),
        ]
    }
}

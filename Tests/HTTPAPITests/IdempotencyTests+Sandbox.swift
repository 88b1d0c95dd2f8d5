import AuthorizationCore
import Testing

@testable import HTTPAPI

extension IdempotencyTests {
    /// In a sandbox, each on an authorization of its own.
    static func simulations(_ caller: Caller, _ door: Door) async throws -> [APIOperation: Mutation] {
        var sandbox = try #require(door.ledger.program(door.programs[0]))
        sandbox.sandbox = Sandbox()
        door.ledger.add(sandbox)
        let (_, card) = try await caller.makeCard()
        let path = "/v1/simulate/authorizations"
        let merchant = #"{"name":"Cafe","id":"M1","mcc":"5812","country":"ES","city":"Madrid"}"#
        func money(_ amount: Int) -> String { #"{"amount":{"amount":\#(amount),"currency":"EUR"}}"# }
        func payment(_ amount: Int) -> String {
            let money = #"{"amount":\#(amount),"currency":"EUR"}"#
            let kept = #""merchant":\#(merchant),"purpose":"pre_authorization""#
            return #"{"card_id":"\#(card)","amount":\#(money),\#(kept)}"#
        }
        func step(_ name: String) async throws -> String {
            let made = try await caller.post(path, payment(1_000)).text.firstMatch(of: /aut_[0-9a-f]{32}/)
            return "\(path)/\(try #require(made).output)/\(name)"
        }
        func advance(_ seconds: Int) -> String { #"{"advance_seconds":\#(seconds)}"# }
        return [
            .simulateAuthorization: Mutation(path: path, body: payment(1), other: payment(2)),
            .simulateIncrement: Mutation(path: try await step("increments"), body: money(1), other: money(2)),
            .simulateReversal: Mutation(path: try await step("reversals"), body: "{}", other: #"{"new_total":5}"#),
            .simulateAdvice: Mutation(path: try await step("advices"), body: money(1), other: money(2)),
            .simulateClearing: Mutation(path: try await step("clearings"), body: money(1), other: money(2)),
            .simulateRefund: Mutation(path: try await step("refunds"), body: money(1), other: money(2)),
            .simulateExpiry: Mutation(path: try await step("expiry"), body: "{}", other: #"{"x":1}"#),
            .moveTestClock: Mutation(
                path: "/v1/simulate/programs/\(caller.programs[0])/clock",
                body: advance(1),
                other: advance(2)
            ),
        ]
    }
}

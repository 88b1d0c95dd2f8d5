import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import HTTPTypes
import Testing

@testable import HTTPAPI

/// Card numbers where only some texts are asked for them.
@Suite struct `A card number` {
    private static func program(_ more: String) throws -> ProgramBody {
        let text = #"""
            {"time_zone":"Europe/Madrid","bin":"510000","kinds":["purchase"],
            "currencies":[{"currency":"EUR","transaction_limit":1,"daily_limit":1}],\#(more)}
            """#
        let errors = FieldErrors()
        let value = try JSONParser.parse(SecretBytes(Array(text.utf8)))
        let fields = try #require(ObjectReader(value, at: "", fields: ProgramBody.fields, errors))
        return try ProgramBody(fields, errors)
    }

    /// Only numbers of fifteen digits and fewer fit whole.
    @Test func `of a payment is masked in its merchant's number, which may look like any other`() async throws {
        let door = try Door()
        let ana = try Door.Person(.administrator, at: door, "ana")
        let tenant = "\(door.tenants[0])"
        try await door.run { caller in
            let body = #"""
                {"name":"short","time_zone":"Europe/Madrid","bin":"370000","pan_length":15,"kinds":["purchase"],
                "currencies":[{"currency":"EUR","transaction_limit":100000,"daily_limit":100000}]}
                """#
            let made = try await ana.send("/v1/programs", .post, body, tenant: tenant, through: caller)
            let opening = #"{"program_id":"\#(try #require(made["id"]))","balances":[{"currency":"EUR"}]}"#
            let account = try #require(try await caller.post("/v1/accounts", opening)["id"])
            let card = try #require(try await caller.post("/v1/accounts/\(account)/cards")["id"])
            let pan = try #require(try await caller.post("/v1/cards/\(card)/reveal")["pan"])
            let masked = "\(pan.prefix(6))*****\(pan.suffix(4))"
            for (merchant, kept) in [(pan, masked), ("371449635398431", "371449635398431")] {
                let payment = Caller.payment(#""pan":"\#(pan)""#)
                    .replacing(#""id":"B1""#, with: #""id":"\#(merchant)""#)
                let reply = try await caller.post("/v1/authorizations", payment)
                let shown = try await caller.get("/v1/authorizations/\(try #require(reply["id"]))").text
                #expect(shown.contains(#""id":"\#(kept)""#), "\(shown)")
            }
        }
    }

    @Test(arguments: [
        (
            #""products":[{"name":"a","form":"virtual"},{"name":"371449635398431","form":"virtual"}]"#,
            "/products/1/name"
        ),
        (#""products":[{"name":"3600000000000-8","form":"virtual"}]"#, "/products/0/name"),
        (
            #""charges":[{"code":"4000000000000002","counter_account":"fee_income","currency":"EUR","fixed":1,"#
                + #""conditions":{"kinds":["purchase"]}}]"#,
            "/charges/0/code"
        ),
    ])
    func `is refused in what a program names, but for what it has already`(
        _ row: (part: String, pointer: String)
    ) throws {
        let body = try Self.program(row.part)
        let problem = #expect(throws: Problem.self) { try body.check(networks: [], after: nil) }
        #expect(problem.map { "\($0)" }?.contains(row.pointer) == true, "\(String(describing: problem))")
        let start = Instant(microseconds: 1_700_000_000_000_000)
        let id = ProgramID(at: start, shard: Shard(truncating: 0), entropy: 1)
        let tenant = TenantID(at: start, shard: Shard(truncating: 0), entropy: 1)
        try body.check(networks: [], after: body.program(id, tenant, after: nil))
    }
}

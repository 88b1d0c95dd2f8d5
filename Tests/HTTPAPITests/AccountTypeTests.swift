import AuthorizationCore
import Testing

@testable import HTTPAPI

/// Prepaid, debit and credit accounts at the HTTP door.
@Suite struct AccountTypeTests {
    private static func opening(_ program: ProgramID, _ type: String?, limits: [String: Int64]) -> String {
        let balances = limits.sorted { $0.key < $1.key }.map { #"{"currency":"\#($0)","credit_limit":\#($1)}"# }
        let type = type.map { #","type":"\#($0)""# } ?? ""
        return #"{"program_id":"\#(program)"\#(type),"balances":[\#(balances.joined(separator: ","))]}"#
    }

    private static func limit(_ amount: Int64, _ currency: String = "EUR") -> String {
        #"{"amount":{"amount":\#(amount),"currency":"\#(currency)"},"reason":"asked for"}"#
    }

    @Test func `an account is opened as a type, or without one, and tells it`() async throws {
        try await Door().run { caller in
            for (type, limit) in [("prepaid", 0), ("debit", 0), ("credit", 5_000)] as [(String, Int64)] {
                let body = Self.opening(caller.programs[0], type, limits: ["EUR": limit])
                let opened = try await caller.post("/v1/accounts", body)
                #expect(opened.status == 201 && opened["type"] == type, "\(opened.text)")
                let read = try await caller.get("/v1/accounts/\(try #require(opened["id"]))")
                #expect(read["type"] == type && read.text.contains(#""credit_limit":\#(limit),"#))
            }
            let untyped = Self.opening(caller.programs[0], nil, limits: ["EUR": -5])
            let plain = try await caller.post("/v1/accounts", untyped)
            #expect(plain.status == 201 && plain.text.contains(#""type":null"#))
            for (type, limit) in [("prepaid", 1), ("debit", -1), ("credit", -1)] as [(String, Int64)] {
                let body = Self.opening(caller.programs[0], type, limits: ["EUR": limit])
                let refused = try await caller.post("/v1/accounts", body)
                #expect(refused.status == 422 && refused["code"] == "credit_not_allowed", "\(type)")
            }
            let unknown = Self.opening(caller.programs[0], "loan", limits: ["EUR": 0])
            #expect(try await caller.post("/v1/accounts", unknown)["code"] == "invalid_request")
        }
    }

    @Test func `a limit is set, lowered below what is used, and repaid`() async throws {
        try await Door().run { caller in
            let opening = Self.opening(caller.programs[0], "credit", limits: ["EUR": 0])
            let account = try #require(try await caller.post("/v1/accounts", opening)["id"])
            let card = try #require(try await caller.post("/v1/accounts/\(account)/cards", "{}")["id"])
            let path = "/v1/accounts/\(account)/credit-limit"
            let set = try await caller.post(path, Self.limit(5_000))
            #expect(set.status == 200 && set["account_id"] == account && set["reason"] == "asked for")
            func pay(_ amount: Int64) async throws -> String? {
                try await caller.post("/v1/authorizations", Caller.payment(#""card_id":"\#(card)""#, amount))["status"]
            }
            #expect(try await pay(4_000) == "approved")
            let lowered = try await caller.post(path, Self.limit(3_000))
            #expect(lowered.text.contains(#""credit_limit":5000"#) && lowered.text.contains(#""credit_limit":3000"#))
            #expect(try await caller.get("/v1/accounts/\(account)").text.contains(#""available":-1000"#))
            #expect(try await pay(1) == "declined")
            let repayment = #"{"amount":{"amount":1500,"currency":"EUR"}}"#
            #expect(try await caller.post("/v1/accounts/\(account)/fundings", repayment, key: "repaid").status == 201)
            #expect(try await pay(500) == "approved")
            #expect(try await caller.post(path, Self.limit(-1))["code"] == "credit_not_allowed")
            #expect(try await caller.post(path, Self.limit(1, "JPY"))["code"] == "currency_not_held")
            #expect(try await caller.post(path, Self.limit(1), as: 1)["code"] == "account_not_found")
        }
    }

    @Test func `a program says what its accounts are opened as`() async throws {
        let door = try Door()
        var program = try #require(door.ledger.program(door.programs[0]))
        program.accountTypes = [.prepaid]
        door.ledger.add(program)
        try await door.run { caller in
            for (type, status) in [("prepaid", 201), ("debit", 422), ("credit", 422), (nil, 422)] {
                let body = Self.opening(caller.programs[0], type, limits: ["EUR": 0])
                let reply = try await caller.post("/v1/accounts", body)
                #expect(reply.status == status, "\(reply.text)")
                #expect(status == 201 || reply.text.contains(#""pointer":"/type""#))
            }
            #expect(try await caller.get("/v1/programs").text.contains(#""account_types":["prepaid"]"#))
        }
    }
}

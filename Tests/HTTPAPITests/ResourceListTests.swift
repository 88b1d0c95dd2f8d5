import AuthorizationCore
import Testing

@testable import HTTPAPI

/// Accounts and cards are found again without their ids.
@Suite struct ResourceListTests {
    /// The ids of a page, in its order.
    private static func ids(_ path: String, as tenant: Int = 0, _ caller: Caller) async throws -> [String] {
        let page = try await caller.get(path, as: tenant)
        #expect(page.status == 200, "\(path): \(page.text)")
        return page.text.matches(of: /"id":"(\w+)"/).map { String($0.output.1) }
    }

    @Test func `accounts are listed from the newest on, those of the tenant alone, page by page`() async throws {
        try await Door().run { caller in
            let (older, _) = try await caller.makeCard()
            let (newer, _) = try await caller.makeCard()
            let program = "program_id=\(caller.programs[0])"
            let both = [newer, older].sorted(by: >)
            #expect(try await Self.ids("/v1/accounts", caller) == both)
            #expect(try await Self.ids("/v1/accounts?\(program)", caller) == both)
            #expect(try await Self.ids("/v1/accounts?limit=1", caller) == [both[0]])
            #expect(try await Self.ids("/v1/accounts?limit=1&\(program)&before=\(both[0])", caller) == [both[1]])
            #expect(try await Self.ids("/v1/accounts", as: 1, caller) == [])
            #expect(try await caller.get("/v1/accounts")["posted"] == "100000")
            let foreign = try await caller.get("/v1/accounts?\(program)", as: 1)
            #expect(foreign.status == 422 && foreign["code"] == "program_not_found", "\(foreign.text)")
            #expect(foreign["parameter"] == "program_id")
        }
    }

    @Test func `accounts are listed by cardholder, who is the tenant's`() async throws {
        try await Door().run { caller in
            let holder = try #require(try await caller.post("/v1/cardholders", "{}")["id"])
            let idle = try #require(try await caller.post("/v1/cardholders", "{}")["id"])
            _ = try await caller.makeCard()
            var named: [String] = []
            for _ in 0..<2 {
                let balances = #""balances":[{"currency":"EUR"}],"cardholder_id":"\#(holder)""#
                let opening = #"{"program_id":"\#(caller.programs[0])",\#(balances)}"#
                named.append(try #require(try await caller.post("/v1/accounts", opening)["id"]))
            }
            named.sort(by: >)
            let list = "/v1/accounts?cardholder_id=\(holder)"
            #expect(try await Self.ids(list, caller) == named)
            #expect(try await Self.ids("\(list)&program_id=\(caller.programs[0])&limit=1", caller) == [named[0]])
            #expect(try await Self.ids("\(list)&before=\(named[0])", caller) == [named[1]])
            #expect(try await Self.ids("/v1/accounts?cardholder_id=\(idle)", caller) == [])
            for (path, tenant) in [(list, 1), ("/v1/accounts?cardholder_id=me", 0)] {
                let refused = try await caller.get(path, as: tenant)
                #expect(refused.status == 422 && refused["parameter"] == "cardholder_id", "\(refused.text)")
            }
            let foreign = try await caller.get("/v1/accounts?cardholder_id=\(idle)&before=\(named[0])")
            #expect(foreign.status == 422 && foreign["parameter"] == "before", "\(foreign.text)")
        }
    }

    @Test func `cards are listed by account and by cardholder, from the newest on`() async throws {
        try await Door().run { caller in
            let (account, plain) = try await caller.makeCard()
            let (other, _) = try await caller.makeCard()
            let holder = try #require(try await caller.post("/v1/cardholders", "{}")["id"])
            var named: [String] = []
            for account in [account, other] {
                let reply = try await caller.post("/v1/accounts/\(account)/cards", #"{"cardholder_id":"\#(holder)"}"#)
                named.append(try #require(reply["id"]))
            }
            let ofAccount = [plain, named[0]].sorted(by: >), ofHolder = named.sorted(by: >)
            for (path, cards) in [
                ("/v1/accounts/\(account)/cards", ofAccount), ("/v1/cardholders/\(holder)/cards", ofHolder),
            ] {
                #expect(try await Self.ids(path, caller) == cards)
                #expect(try await Self.ids("\(path)?limit=1", caller) == [cards[0]])
                #expect(try await Self.ids("\(path)?before=\(cards[0])", caller) == [cards[1]])
                #expect(try await caller.get(path, as: 1).status == 404)
            }
        }
    }
}

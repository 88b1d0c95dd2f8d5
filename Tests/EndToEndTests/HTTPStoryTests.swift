import Foundation
import Testing

/// What a fintech client does on its first day, against the built binary.
@Suite struct HTTPStoryTests {
    @Test func `a purchase within the balance is approved and held`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 10_000)
        let answer = try await client.authorize(holder.card, 2_500)
        #expect(answer.status == 201)
        #expect(answer.text("status") == "approved")
        #expect(answer.text("approval_code").count == 6)
        #expect(answer.number("hold.amount") == 2_500)
        #expect(try await client.balance(holder.account) == [10_000, 2_500, 7_500])
    }

    @Test func `a purchase above the balance is declined with every reason and holds nothing`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 1_000)
        let answer = try await client.authorize(holder.card, 600_000)
        #expect(answer.status == 201)
        #expect(answer.text("status") == "declined")
        let reasons = answer.value("decline_reasons") as? [String]
        #expect(reasons == ["transaction_limit_exceeded", "insufficient_funds"])
        #expect(answer.number("balance_before.posted") == 1_000)
        #expect(answer.number("balance_after.pending_debits") == 0)
        #expect(try await client.balance(holder.account) == [1_000, 0, 1_000])
    }

    @Test func `a hundred purchases at once approve exactly as many as fit`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 10_000)
        let approved = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 {
                group.addTask { try await client.authorize(holder.card, 300).text("status") == "approved" }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(approved == 33)
        #expect(try await client.balance(holder.account) == [10_000, 9_900, 100])
    }

    @Test func `a repeat with its key gets the stored answer and moves no money`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 10_000)
        let key = UUID().uuidString
        let answers = try await withThrowingTaskGroup(of: Client.Response.self) { group in
            for _ in 0..<20 {
                group.addTask { try await client.authorize(holder.card, 1_000, key: key) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(answers.map(\.body)).count == 1)
        #expect(answers.filter { $0.headers["idempotency-replayed"] == "true" }.count == 19)
        #expect(try await client.balance(holder.account) == [10_000, 1_000, 9_000])
        let other = try await client.authorize(holder.card, 1_001, key: key)
        #expect(other.status == 422)
        #expect(other.text("code") == "idempotency_key_reused")
    }

    @Test func `one key on two accounts at once serves one of them`() async throws {
        let client = try SharedServer.client
        let holders = [try await client.openAccount(funded: 5_000), try await client.openAccount(funded: 5_000)]
        let key = UUID().uuidString
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for holder in holders {
                group.addTask { try await client.authorize(holder.card, 1_000, key: key).status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.sorted() == [201, 422])
    }

    @Test func `a card that the tenant does not have is not found and an unknown number is declined`() async throws {
        let client = try SharedServer.client
        let missing = try await client.authorize("crd_01a1fc563f337ad78a575c3ec9497839", 100)
        #expect(missing.status == 404)
        let body = Client.purchase(card: "", 100).replacingOccurrences(
            of: #""card_id":"""#,
            with: #""pan":"9900000000000002""#
        )
        let unknown = try await client.post("/v1/authorizations", body)
        #expect(unknown.status == 201)
        #expect(unknown.text("status") == "declined")
        #expect(unknown.value("decline_reasons") as? [String] == ["card_not_found"])
    }

    @Test func `a blocked card is declined at once`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 10_000)
        let blocked = try await client.post(
            "/v1/cards/\(holder.card)/status",
            #"{"status":"blocked","reason":"asked by the holder"}"#
        )
        #expect(blocked.status == 200)
        let answer = try await client.authorize(holder.card, 100)
        #expect(answer.value("decline_reasons") as? [String] == ["card_blocked"])
    }

    @Test func `a clearing posts its amount and the final one gives the rest back`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 10_000)
        let authorization = try await client.authorize(holder.card, 6_000).text("id")
        let clearings = "/v1/authorizations/\(authorization)/clearings"
        let part = #"{"amount":{"amount":2000,"currency":"EUR"},"final":false}"#
        #expect(try await client.post(clearings, part).status == 201)
        #expect(try await client.balance(holder.account) == [8_000, 4_000, 4_000])
        #expect(try await client.post(clearings, #"{"amount":{"amount":1000,"currency":"EUR"}}"#).status == 201)
        #expect(try await client.balance(holder.account) == [7_000, 0, 7_000])
        let history = try await client.get("/v1/authorizations/\(authorization)")
        #expect((history.value("history") as? [Any])?.count == 3)
        #expect(history.text("status") == "cleared")
    }

    @Test func `a reversal gives back in part and in full, and after clearing it is refused`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 10_000)
        let authorization = try await client.authorize(holder.card, 6_000).text("id")
        let reversals = "/v1/authorizations/\(authorization)/reversals"
        #expect(try await client.post(reversals, #"{"new_total":2500}"#).status == 201)
        #expect(try await client.balance(holder.account) == [10_000, 2_500, 7_500])
        #expect(try await client.post(reversals).status == 201)
        #expect(try await client.balance(holder.account) == [10_000, 0, 10_000])

        let cleared = try await client.authorize(holder.card, 1_000).text("id")
        _ = try await client.post(
            "/v1/authorizations/\(cleared)/clearings",
            #"{"amount":{"amount":1000,"currency":"EUR"}}"#
        )
        let refused = try await client.post("/v1/authorizations/\(cleared)/reversals")
        #expect(refused.status == 409 && refused.text("code") == "transition_not_allowed")
        #expect(try await client.balance(holder.account) == [9_000, 0, 9_000])
        let listed = try AvalProcess.command(["exceptions", "list"], on: try SharedServer.installation.database)
        #expect(listed.status == 0)
        #expect(!listed.output.contains(cleared))
    }

    @Test func `a listing misses nothing while others commit`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 500_000)
        let made = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<60 {
                group.addTask { try await client.authorize(holder.card, 10).text("id") }
            }
            return try await group.reduce(into: Set<String>()) { if let id = $1 { $0.insert(id) } }
        }
        // The newest rows are shown once no older transaction of the database is open.
        var listed: [String] = []
        for _ in 0..<1_200 where listed.count < made.count {
            listed = try await list(client, holder)
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(listed.count == made.count)
        #expect(Set(listed) == made)
    }

    private func list(_ client: Client, _ holder: Holder) async throws -> [String] {
        var listed: [String] = []
        var cursor: String?
        repeat {
            let after = cursor.map { "&cursor=\($0)" } ?? ""
            let page = try await client.get("/v1/authorizations?account_id=\(holder.account)&limit=7\(after)")
            let items = page.json["items"] as? [[String: Any]] ?? []
            listed += items.compactMap { $0["id"] as? String }
            cursor = page.json["next_cursor"] as? String
        } while cursor != nil
        return listed
    }
}

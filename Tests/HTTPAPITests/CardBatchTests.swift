import AuthorizationCore
import AuthorizationEngine
import Foundation
import HTTPTypes
import Logging
import Testing

@testable import HTTPAPI

/// Cards that are asked for many at a time, at the HTTP door.
@Suite struct CardBatchTests {
    private static func opening(_ program: ProgramID, _ currency: String = "EUR") -> String {
        #""opening":{"program_id":"\#(program)","balances":[{"currency":"\#(currency)"}]}"#
    }

    private static func row(_ reference: String, _ more: String) -> String {
        #"{"reference":"\#(reference)",\#(more)}"#
    }

    private static func batch(_ rows: [String]) -> String { #"{"rows":[\#(rows.joined(separator: ","))]}"# }

    @Test func `every row becomes a card as if it were issued alone, on its own account or a new one`() async throws {
        let door = try Door()
        try await door.run { caller in
            let (account, _) = try await caller.makeCard()
            let rows = [
                Self.row("old", #""account_id":"\#(account)","use_limit":1"#),
                Self.row("new", Self.opening(caller.programs[0]) + #","form":"physical""#),
            ]
            let taken = try await caller.make(Self.batch(rows))
            #expect(taken.status == 201 && taken["status"] == "waiting" && taken["waiting"] == "2", "\(taken.text)")
            let id = try #require(taken["id"])
            let address = "/v1/card-batches/\(id)"
            #expect(taken.headers[.location] == address)
            let waiting = try await caller.get("\(address)/rows")
            #expect(waiting.text.contains(#""reference":"new","status":"waiting","account_id":null,"card_id":null"#))
            await door.carryOutBatches()
            let ended = try await caller.get(address)
            #expect(ended["status"] == "ended" && ended["issued"] == "2" && ended["waiting"] == "0", "\(ended.text)")
            let first = try await caller.get("\(address)/rows?limit=1")
            #expect(first["reference"] == "old" && first["account_id"] == account && first["next"] == "1")
            let limited = try await caller.get("/v1/cards/\(try #require(first["card_id"]))")
            #expect(
                limited.text.contains(#""uses":{"limit":1,"used":0}"#) && limited["last_four"] == first["last_four"]
            )
            let second = try await caller.get("\(address)/rows?from=1")
            #expect(second["row"] == "1" && second["next"] == "null" && second["problem"] == "null")
            let physical = try await caller.get("/v1/cards/\(try #require(second["card_id"]))")
            #expect(physical["status"] == "inactive" && physical["account_id"] == second["account_id"])
            #expect(try await caller.get("/v1/card-batches").text == #"{"items":[\#(ended.text)]}"#)
            // Another tenant sees none of it.
            #expect(try await caller.get(address, as: 1).status == 404)
            #expect(try await caller.get("\(address)/rows", as: 1).status == 404)
            #expect(try await caller.post("\(address)/cancellation", as: 1).status == 404)
            #expect(try await caller.get("/v1/card-batches", as: 1).text == #"{"items":[]}"#)
        }
    }

    /// A second row, and where its error is told. `OTHER` is another tenant's account, `CLOSED` a closed one.
    private static let wrong: [(row: String, pointer: String)] = [
        (#""reference":"a","account_id":"OWN""#, "/rows/1/reference"),
        (#""account_id":"OWN""#, "/rows/1/reference"),
        (#""reference":"b""#, "/rows/1"),
        (#""reference":"b","account_id":"OWN",OPENING"#, "/rows/1"),
        (#""reference":"b","account_id":"OTHER""#, "/rows/1/account_id"),
        (#""reference":"b","account_id":"CLOSED""#, "/rows/1/account_id"),
        (#""reference":"b","account_id":"acc_1""#, "/rows/1/account_id"),
        (#""reference":"b","account_id":"OWN","form":"paper""#, "/rows/1/form"),
        (#""reference":"b","account_id":"OWN","use_limit":0"#, "/rows/1/use_limit"),
        (#""reference":"b","account_id":"OWN","pan":"4000000000000002""#, "/rows/1/pan"),
        (
            #""reference":"b","opening":{"program_id":"PROGRAM","balances":[{"currency":"USD"}]}"#,
            "/rows/1/opening/balances/0/currency"
        ),
        (
            #""reference":"b","opening":{"program_id":"FOREIGN","balances":[{"currency":"EUR"}]}"#,
            "/rows/1/opening/program_id"
        ),
    ]

    @Test(arguments: wrong)
    func `one wrong row keeps all others from being taken`(_ wrong: (row: String, pointer: String)) async throws {
        try await Door().run { caller in
            let (own, _) = try await caller.makeCard()
            let (closed, _) = try await caller.makeCard()
            _ = try await caller.post("/v1/accounts/\(closed)/status", #"{"status":"closed","reason":"moved"}"#)
            let theirs = #"{"program_id":"\#(caller.programs[1])","balances":[{"currency":"EUR"}]}"#
            let other = try #require(try await caller.post("/v1/accounts", theirs, as: 1)["id"])
            let row = wrong.row.replacing("OWN", with: own).replacing("OTHER", with: other)
                .replacing("CLOSED", with: closed).replacing("PROGRAM", with: "\(caller.programs[0])")
                .replacing("FOREIGN", with: "\(caller.programs[1])")
                .replacing("OPENING", with: Self.opening(caller.programs[0]))
            let rows = [Self.row("a", #""account_id":"\#(own)""#), "{\(row)}"]
            let reply = try await caller.make(Self.batch(rows))
            #expect(reply.status == 422 && reply["code"] == "invalid_request")
            #expect(reply.text.contains(#""pointer":"\#(wrong.pointer)""#), "\(reply.text)")
            #expect(!reply.text.contains("4000000000000002"))
            #expect(try await caller.get("/v1/card-batches").text == #"{"items":[]}"#)
        }
    }

    @Test func `ten thousand rows are taken, one more is not, and of many wrong ones a hundred are told`() async throws
    {
        try await Door().run { caller in
            let (account, _) = try await caller.makeCard()
            let rows = (0..<10_001).map { Self.row("row-\($0)", #""account_id":"\#(account)""#) }
            let taken = try await caller.make(Self.batch(rows.dropLast()))
            #expect(taken.status == 201 && taken["rows"] == "10000")
            #expect(try await caller.make(Self.batch(rows)).status == 422)
            #expect(try await caller.make(Self.batch([])).status == 422)
            let wrong = try await caller.make(Self.batch((0..<300).map { Self.row("\($0)", "") }))
            #expect(wrong.status == 400)
            let missing = try await caller.make(Self.batch((0..<300).map { Self.row("\($0)", #""form":"virtual""#) }))
            #expect(missing.text.components(separatedBy: #""pointer""#).count - 1 == 100)
            let long = Self.batch([Self.row("a", #""form":"\#(String(repeating: "x", count: 4_194_304))""#)])
            #expect(try await caller.make(long).status == 413)
        }
    }

    /// Tenants that send large bodies at once, which of them sends another, and whether that is taken.
    private static let largeBodies: [(sending: [UInt64], next: UInt64, isTaken: Bool)] = [
        ([1], 1, true), ([1, 1], 1, false), ([1, 1], 2, true), ([1, 1, 2, 2], 3, true),
        ([1, 1, 2, 2, 3, 3], 4, false),
    ]

    @Test(arguments: largeBodies)
    func `large bodies beyond a few are refused, of a tenant and of all, and others are not`(
        _ sending: [UInt64],
        _ next: UInt64,
        _ isTaken: Bool
    ) async throws {
        let places = LargeBodies()
        let tenant = TenantID(high: 0, low: next)
        let (gate, hold) = AsyncStream<Void>.makeStream()
        let (begun, tell) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sender in sending {
                group.addTask {
                    try await places.run(.createCardBatch, of: TenantID(high: 0, low: sender)) {
                        tell.yield()
                        for await _ in gate {}
                    }
                }
            }
            var waiting = begun.makeAsyncIterator()
            for _ in sending { await waiting.next() }
            if isTaken {
                try await places.run(.createCardBatch, of: tenant) {}
            } else {
                let problem = await #expect(throws: Problem.self) {
                    try await places.run(.createCardBatch, of: tenant) {}
                }
                #expect(problem?.code == .overloaded && problem?.retryAfter == 1)
                #expect(problem?.logLevel == .info)
            }
            try await places.run(.fundAccount, of: tenant) {}
            hold.finish()
            try await group.waitForAll()
        }
        try await places.run(.createCardBatch, of: tenant) {}
    }

    @Test func `a tenant whose rows wait in too great a number is refused another batch`() async throws {
        try await Door().run { caller in
            let (account, _) = try await caller.makeCard()
            let rows = (0..<10_000).map { Self.row("row-\($0)", #""account_id":"\#(account)""#) }
            for _ in 0..<10 { #expect(try await caller.make(Self.batch(rows)).status == 201) }
            let refused = try await caller.make(Self.batch([rows[0]]))
            #expect(refused.status == 409 && refused["code"] == "too_many_rows_waiting")
        }
    }

    @Test func `what the ledger refuses fails alone, with the problem of a single card`() async throws {
        let door = try Door()
        try await door.run { caller in
            let accounts = [try await caller.makeCard().account, try await caller.makeCard().account]
            let rows = accounts.map { Self.row($0, #""account_id":"\#($0)""#) }
            let id = try #require(try await caller.make(Self.batch(rows))["id"])
            let freeze = #"{"status":"frozen","reason":"asked"}"#
            _ = try await caller.post("/v1/accounts/\(accounts[0])/status", freeze)
            await door.carryOutBatches()
            let batch = try await caller.get("/v1/card-batches/\(id)")
            #expect(batch["status"] == "ended" && batch["issued"] == "1" && batch["failed"] == "1")
            let row = try await caller.get("/v1/card-batches/\(id)/rows?limit=1")
            #expect(row["status"] == "failed" && row["code"] == "account_not_open" && row["card_id"] == "null")
        }
    }

    @Test func `what was not begun can be cancelled, once`() async throws {
        let door = try Door()
        try await door.run { caller in
            let (account, _) = try await caller.makeCard()
            let rows = [Self.row("a", #""account_id":"\#(account)""#)]
            let id = try #require(try await caller.make(Self.batch(rows))["id"])
            let cancelled = try await caller.post("/v1/card-batches/\(id)/cancellation")
            #expect(cancelled.status == 200 && cancelled["id"] == id)
            await door.carryOutBatches()
            let batch = try await caller.get("/v1/card-batches/\(id)")
            #expect(batch["status"] == "ended" && batch["cancelled"] == "1" && batch["rows_per_minute"] == "null")
            let again = try await caller.post("/v1/card-batches/\(id)/cancellation")
            #expect(again.status == 409 && again["code"] == "transition_not_allowed")
            #expect(again.text.contains("The batch was cancelled at \(try #require(batch["cancelled_at"]))"))
            let other = try #require(try await caller.make(Self.batch(rows))["id"])
            await door.carryOutBatches()
            let late = try await caller.post("/v1/card-batches/\(other)/cancellation")
            #expect(late.status == 409 && late.text.contains("The batch is `ended`"), "\(late.text)")
        }
    }

    @Test func `rows that open accounts need the scope for it`() async throws {
        let door = try Door()
        let key = try AccessKey.random(for: .client)
        let id = APIKeyID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        let terms = APIKeyTerms(scopes: [.writeCards])
        door.ledger.add(TenantKey(id: id, tenant: door.tenants[0], terms: terms), hash: key.hash)
        try await door.run { caller in
            let (account, _) = try await caller.makeCard()
            func send(_ row: String) async throws -> Caller.Reply {
                var headers = HTTPFields()
                headers[.contentType] = "application/json"
                headers[.authorization] = "Bearer \(key.text)"
                headers[try #require(HTTPField.Name("Idempotency-Key"))] = UUID().uuidString
                return try await caller.send("/v1/card-batches", .post, headers, Self.batch([row]), as: nil)
            }
            #expect(try await send(Self.row("a", #""account_id":"\#(account)""#)).status == 201)
            let refused = try await send(Self.row("a", Self.opening(caller.programs[0])))
            #expect(refused.status == 403 && refused["code"] == "scope_missing")
            #expect(refused.text.contains("`accounts:write`"))
        }
    }
}

extension Caller {
    /// A batch of its own, whatever was sent before.
    fileprivate func make(_ batch: String) async throws -> Reply {
        try await post("/v1/card-batches", batch, key: UUID().uuidString)
    }
}

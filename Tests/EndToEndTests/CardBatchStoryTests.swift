import Foundation
import TestSupport
import Testing

/// A batch of cards against the built program.
@Suite struct CardBatchStoryTests {
    private static func ended(_ id: String, _ client: Client) async throws -> Client.Response {
        var batch = try await client.get("/v1/card-batches/\(id)").expecting(200)
        for _ in 0..<600 where batch.text("status") != "ended" {
            try await Task.sleep(for: .milliseconds(100))
            batch = try await client.get("/v1/card-batches/\(id)").expecting(200)
        }
        return batch
    }

    @Test func `a batch whose process is killed again and again makes each card once`() async throws {
        let installation = try AvalProcess.Installation.make()
        var server = try AvalProcess(installation)
        var client = Client(server, installation)
        let program = try await client.get("/v1/programs").expecting(200).text("items.0.id")
        let opening = #"{"program_id":"\#(program)","balances":[{"currency":"EUR"}]}"#
        let rows = (0..<400).map { #"{"reference":"r\#($0)","opening":\#(opening),"form":"physical"}"# }
        let body = #"{"rows":[\#(rows.joined(separator: ","))]}"#
        let taken = try await client.post("/v1/card-batches", body, key: "batch-1").expecting(201)
        for _ in 0..<2 {
            // In the middle of it.
            var waiting = Int.max
            let before = try await client.get("/v1/card-batches/\(taken.text("id"))").number("waiting")
            for _ in 0..<300 where waiting >= before && before > 0 {
                waiting = try await client.get("/v1/card-batches/\(taken.text("id"))").number("waiting")
            }
            #expect(server.crash() == SIGKILL)
            server = try AvalProcess(installation)
            client = Client(server, installation)
        }
        let batch = try await Self.ended(taken.text("id"), client)
        #expect(batch.number("issued") == 400 && batch.number("failed") == 0, "\(batch.json)")
        #expect(try await client.post("/v1/card-batches", body, key: "batch-1").expecting(201).body == taken.body)
        #expect(server.stop() == 0)
        let counts = """
            SELECT concat((SELECT count(*) FROM cards), ' ', (SELECT count(*) FROM accounts), ' ',
                (SELECT count(*) FROM journal WHERE kind = 20))
            """
        #expect(try installation.database.texts(counts) == ["400 400 400"])
        let verified = try AvalProcess.command(["ledger", "verify"], on: installation.database)
        #expect(verified.status == 0, "\(verified.output)")
    }
}

import Foundation
import ISO8583
import TestSupport
import Testing

/// Withdrawals, credits and what takes them back, against the built binary. DE 60 tag 06 gives an advice's reason.
@Suite struct MoneyStoryTests {
    private static let withdrawal: [Int: String?] = [3: "010000", 18: "6011", 28: "D00000100"]

    private static func withdrawal(_ changes: [Int: String?]) -> [Int: String?] { withdrawal.merging(changes) { $1 } }

    /// What tells of a dispense of 25.00 of 50.00 and a fee of 1.00, and what is then charged. An advice's own fee takes
    /// the place of the one before.
    static let dispenses: [(request: MessageTypeIndicator, told: MessageTypeIndicator, fee: String?, charged: Int)] = [
        (100, 420, "D00000100", 2_550), (200, 420, "D00000100", 2_550), (100, 220, nil, 2_550), (200, 220, nil, 2_550),
        (100, 220, "D00000100", 2_600), (200, 220, "D00000100", 2_600), (100, 120, nil, 2_550),
        (100, 120, "D00000080", 2_580),
    ]

    @Test(arguments: dispenses)
    func `a teller machine that hands out less charges less`(
        _ row: (request: MessageTypeIndicator, told: MessageTypeIndicator, fee: String?, charged: Int)
    ) async throws {
        let story = try await NetworkStory()
        #expect(try story.code(row.request, 5_000, trace: 1, Self.withdrawal) == "00")
        let isReversal = row.told == 420
        var told = Self.withdrawal([28: row.fee, 90: story.original(1, row.request)])
        told[isReversal ? 95 : 60] = isReversal ? NetworkStory.newTotal(2_500) : "06015"
        #expect(try story.code(row.told, isReversal ? 5_000 : 2_500, trace: 2, told) == "00")
        let isHeld = row.told == 120 || row.request == 100 && isReversal
        let rest = 10_000 - row.charged
        #expect(try await story.balance() == (isHeld ? [10_000, row.charged, rest] : [rest, 0, rest]))
        #expect(try story.exceptions().isEmpty)
    }

    @Test func `a total that repeats its fee and cash adds neither again`() async throws {
        let story = try await NetworkStory(funded: 100_000)
        let fee: [Int: String?] = [28: "D00000100", 60: "01011"]
        #expect(try story.code(100, 5_000, trace: 1, fee) == "00")
        #expect(try await story.balance() == [100_000, 5_100, 94_900])
        let total: [Int: String?] = [28: "D00000100", 60: "0101202011", 90: story.original(1)]
        #expect(try story.code(100, 7_000, trace: 2, total) == "00")
        #expect(try await story.balance() == [100_000, 7_100, 92_900])
    }

    @Test(arguments: ["20", "26"])
    func `a credit is on its way until it is told to be final, and can be taken back before`(
        _ kind: String
    ) async throws {
        let story = try await NetworkStory()
        let credit: [Int: String?] = [3: kind + "0000"]
        #expect(try story.code(100, 1_500, trace: 1, credit) == "00")
        #expect(try await story.pendingCredits() == 1_500)
        let part: [Int: String?] = [90: story.original(1), 95: NetworkStory.newTotal(1_000)]
        #expect(try story.code(420, 1_500, trace: 2, credit.merging(part) { $1 }) == "00")
        #expect(try await story.pendingCredits() == 1_000)
        #expect(try await story.balance() == [10_000, 0, 10_000])
        #expect(try story.code(220, 900, trace: 3, credit.merging([90: story.original(1)]) { $1 }) == "00")
        #expect(try await story.pendingCredits() == 0)
        #expect(try await story.balance() == [10_900, 0, 10_900])
    }

    @Test(arguments: ["20", "26"])
    func `a credit of a single message is money at once, and its reversal takes it away`(_ kind: String) async throws {
        let story = try await NetworkStory()
        #expect(try story.code(200, 1_500, trace: 1, [3: kind + "0000"]) == "00")
        #expect(try await story.balance() == [11_500, 0, 11_500])
        let reversal: [Int: String?] = [3: kind + "0000", 90: story.original(1, 200)]
        #expect(try story.code(420, 1_500, trace: 2, reversal) == "00")
        #expect(try await story.balance() == [10_000, 0, 10_000])
    }

    @Test func `ten instalments that the merchant funds are cleared one by one, and the last releases the rest`()
        async throws
    {
        let story = try await NetworkStory()
        #expect(try story.code(100, 5_000, trace: 1, [60: "07011" + "080210", 63: "TEN-1"]) == "00")
        for number in 1...10 {
            #expect(try await story.balance() == [10_000 - 490 * (number - 1), 5_000 - 490 * (number - 1), 5_000])
            let trace = Int64(number + 1)
            #expect(try story.code(220, 490, trace: trace, [63: "TEN-1"]) == "00")
            // A repeat clears no second one.
            #expect(try story.code(221, 490, trace: trace, [63: "TEN-1"]) == "00")
        }
        #expect(try await story.balance() == [5_100, 0, 5_100])
        #expect(try story.exceptions().isEmpty)
        let client = try SharedServer.client
        let id = try MessageLogStoryTests.authorization(of: story)
        let read = try await client.get("/v1/authorizations/\(id)").expecting(200)
        #expect(read.number("instalments.count") == 10 && read.number("instalments.cleared") == 10)
    }

    @Test func `instalments, conversion and token of a payment are read over HTTP`() async throws {
        let story = try await NetworkStory()
        let client = try SharedServer.client
        let details = "07012" + "080203" + "10011" + "2705TKN-1" + "280220" + "2901M"
        #expect(try story.code(100, 900, trace: 1, [60: details]) == "00")
        let id = try MessageLogStoryTests.authorization(of: story)
        let read = try await client.get("/v1/authorizations/\(id)").expecting(200)
        // What the issuer funds is cleared as a whole.
        #expect(read.value("instalments") is NSNull)
        #expect(read.text("history.0.instalments.funded_by") == "issuer")
        #expect(read.number("history.0.instalments.count") == 3)
        #expect(read.value("history.0.converted_by_acceptor") as? Bool == true)
        #expect(read.text("history.0.token.reference") == "TKN-1" && read.text("history.0.token.cryptogram") == "match")
        #expect(read.number("history.0.token.assurance") == 20)
    }

    @Test func `a hold that nothing settles in its time ends, and a late clearing posts`() async throws {
        let installation = try AvalProcess.Installation.make()
        let first = try AvalProcess(installation)
        let client = Client(first, installation)
        let holder = try await client.openAccount(funded: 10_000)
        let id = try await client.authorize(holder.card, 1_500).expecting(201).text("id")
        let younger = try await client.authorize(holder.card, 200).expecting(201).text("id")
        #expect(first.stop() == 0)
        let uuid = id.dropFirst(4)
        try installation.database.damage(
            """
            UPDATE authorizations SET created_at = created_at - interval '7 days', uncertain = true,
                counted_on = counted_on - interval '7 days' WHERE replace(id::text, '-', '') = '\(uuid)'
            """
        )
        let listed = try AvalProcess.command(["uncertain"], on: installation.database)
        #expect(listed.output.contains(id) && listed.output.contains("1500 EUR"))
        let second = try AvalProcess(installation, ["AVAL_HOLD_UNCERTAIN_DAYS": "5"])
        let successor = Client(second, installation)
        var status = ""
        for _ in 0..<3_000 where status != "expired" {
            status = try await successor.get("/v1/authorizations/\(id)").text("status")
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(status == "expired")
        #expect(try await successor.get("/v1/authorizations/\(id)").text("history.1.type") == "expiry")
        #expect(try await successor.get("/v1/authorizations/\(younger)").text("status") == "pending")
        #expect(try await successor.balance(holder.account) == [10_000, 200, 9_800])
        let metrics = String(decoding: try await successor.get("/metrics").body, as: UTF8.self)
        #expect(metrics.contains("aval_holds_expired_total 1\n"))
        let clearing = #"{"amount": {"amount": 1500, "currency": "EUR"}}"#
        _ = try await successor.post("/v1/authorizations/\(id)/clearings", clearing).expecting(201)
        #expect(try await successor.balance(holder.account) == [8_500, 200, 8_300])
        #expect(second.stop() == 0)
    }

    @Test func `a reversal in another currency moves nothing and is kept`() async throws {
        let story = try await NetworkStory()
        #expect(try story.code(100, 1_500, trace: 1) == "00")
        let part: [Int: String?] = [90: story.original(1), 95: NetworkStory.newTotal(500)]
        #expect(try story.code(420, 1_500, trace: 2, part.merging([49: "840"]) { $1 }) == "00")
        #expect(try await story.balance() == [10_000, 1_500, 8_500])
        #expect(try story.exceptions().count == 1)
        #expect(try story.code(420, 1_500, trace: 3, part) == "00")
        #expect(try await story.balance() == [10_000, 500, 9_500])
    }

    @Test func `a stand-in for a verification is recorded, whether that came before or not`() async throws {
        let story = try await NetworkStory()
        #expect(try story.code(120, 0, trace: 1, [39: "85", 60: "06011"]) == "00")
        #expect(try story.code(100, 0, trace: 2) == "85")
        #expect(try story.code(120, 0, trace: 2, [39: "85", 60: "06011"]) == "00")
        #expect(try await story.balance() == [10_000, 0, 10_000])
        #expect(try story.exceptions().isEmpty)
    }
}

import ISO8583
import TestSupport
import Testing

/// A payment in a shop's web site with a token, against the built binary. DE 60 has address, CVV2, CAVV and token.
@Suite struct CredentialStoryTests {
    /// Beside CVV2, whose few digits are found in any time.
    private static let secrets = ["4895370012345670", "SW1A 1AA", "QUJDREVGR0hJ"]
    private static let told =
        "2616" + secrets[0] + "2706DTR-42" + "280213" + "2901M" + "3108" + secrets[1] + "3404" + "0917"
        + "3712" + secrets[2] + "3801M" + "11011" + "210205"

    @Test func `what was given to verify a payment is answered and kept, and no secret of it`() async throws {
        let story = try await NetworkStory()
        let elements: [Int: String?] = [22: "811", 60: Self.told]
        let answer = try story.send(100, 1_500, trace: 31, elements)
        #expect(answer.text(39) == "00" && answer.text(60) == "3301S" + "3601P")
        let repeated = try story.send(101, 1_500, trace: 31, elements)
        #expect(repeated.text(38) == answer.text(38) && repeated.text(60) == answer.text(60))
        #expect(try await story.balance() == [10_000, 1_500, 8_500])
        let database = try SharedServer.installation.database
        let id = try MessageLogStoryTests.authorization(of: story)
        let shown = try AvalProcess.command(["disputes", "show", id], on: database)
        #expect(shown.status == 0, "\(shown.errors)")
        for line in [
            "address_presented  postal_code", "cvv2  present", "cavv  present", "cavv_result  match",
            "stored_credential  first", "token_reference  DTR-42", "token_assurance  13", "token_cryptogram  match",
            "ecommerce_indicator  05",
        ] { #expect(shown.output.contains("  \(line)\n"), "\(line) in \(shown.output)") }
        for secret in Self.secrets { #expect(!shown.output.contains(secret)) }
    }

    @Test func `a token has a limit of its own for the day, which a reversal gives back`() async throws {
        let story = try await NetworkStory(funded: 1_000_000)
        func code(_ amount: Int64, _ trace: Int64, token: String?) throws -> String {
            try story.code(100, amount, trace: trace, [60: token.map { "2616" + $0 }])
        }
        let other = "4895370012345688"
        #expect(try code(200_000, 1, token: Self.secrets[0]) == "00")
        #expect(try code(100_001, 2, token: Self.secrets[0]) == "61")
        #expect(try code(100_001, 3, token: other) == "00")
        #expect(try code(100_001, 4, token: nil) == "00")
        #expect(try story.code(400, 200_000, trace: 5, [90: story.original(1)]) == "00")
        #expect(try code(100_001, 6, token: Self.secrets[0]) == "00")
        #expect(try await story.balance() == [1_000_000, 300_003, 699_997])
    }

    @Test func `no journal row holds a token's number, an address, CVV2 or CAVV, and the same token has one index`()
        async throws
    {
        let story = try await NetworkStory()
        for trace in [41, 42] as [Int64] { #expect(try story.code(100, 700, trace: trace, [60: Self.told]) == "00") }
        let rows = "FROM journal WHERE account_id = '\(story.holder.account.dropFirst(4))'"
        let database = try SharedServer.installation.database
        for secret in Self.secrets {
            #expect(
                try database.texts("SELECT count(*)::text \(rows) AND position('\(secret)' IN command) > 0") == ["0"]
            )
        }
        // The index stands before the token's reference and its length, and its own length before it.
        let index = "substr(command, position('\\x06'::bytea || 'DTR-42' IN command) - 33, 33)"
        let found = "SELECT DISTINCT encode(\(index), 'hex') \(rows) AND position('DTR-42' IN command) > 0"
        let indices = try database.texts(found)
        #expect(indices.count == 1 && indices.first?.utf8.count == 66 && indices.first?.hasPrefix("20") == true)
    }
}

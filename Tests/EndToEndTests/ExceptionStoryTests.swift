import Foundation
import ISO8583
import Testing

/// What a network said and could not be applied, from its message to the books.
@Suite struct ExceptionStoryTests {
    /// A server with operators, and a card with 100.00 euros.
    private struct Story {
        let administered: Administered
        let server: AvalProcess
        let client: Client
        let holder: Holder
        let factory: MessageFactory
        let wire: Wire
        let olga: String
        let otto: String

        static func begin() async throws -> Story {
            let administered = try Administered()
            let server = try AvalProcess(administered.installation)
            let client = Client(server, administered.installation)
            let holder = try await client.openAccount(funded: 10_000)
            return Story(
                administered: administered,
                server: server,
                client: client,
                holder: holder,
                factory: MessageFactory(pan: holder.pan),
                wire: try Wire(server),
                olga: try administered.addOperator("olga", "operator"),
                otto: try administered.addOperator("otto", "operator")
            )
        }

        func code(_ type: MessageTypeIndicator, _ amount: Int64, trace: Int64, _ more: [Int: String?]) throws -> String
        {
            try wire.exchange(factory.purchase(amount, trace: trace, type: type).with(more)).text(39) ?? ""
        }

        /// A hold, its completion, and a second completion that finds nothing pending.
        func completeTwice() throws {
            #expect(try code(100, 5_000, trace: 1, [60: "01011", 63: "NTI-1"]) == "00")
            #expect(try code(220, 3_000, trace: 2, [63: "NTI-1"]) == "00")
            #expect(try code(220, 1_000, trace: 3, [63: "NTI-1"]) == "00")
        }

        func exceptions(_ arguments: String..., key: String) throws -> (status: Int32, output: String, errors: String) {
            try AvalProcess.command(
                ["exceptions"] + arguments,
                on: administered.installation.database,
                settings: ["AVAL_OPERATOR_KEY": key, "AVAL_DATABASE_OWNER_URL": ""]
            )
        }

        /// The open ones, by their reasons.
        func open() throws -> [String: [String: Any]] {
            let listed = try exceptions("list", "--json", key: "").output
            let lines = try JSONSerialization.jsonObject(with: Data(listed.utf8)) as? [[String: Any]] ?? []
            return Dictionary(
                lines.map { ($0["reason"] as? String ?? "", $0) },
                uniquingKeysWith: { first, _ in first }
            )
        }

        func expectSound() throws {
            let verified = try administered.aval("ledger", "verify")
            #expect(verified.status == 0, "\(verified.output)")
            let replayed = try administered.aval(
                "replay",
                "--from",
                "2020-01-01T00:00:00Z",
                "--to",
                "2100-01-01T00:00:00Z"
            )
            #expect(replayed.status == 0 && replayed.output.contains(": 0 differ"), "\(replayed.output)")
        }
    }

    @Test func `an operator applies a completion, once, and it shows in the history and proves`() async throws {
        let story = try await Story.begin()
        try story.completeTwice()
        #expect(try await story.client.balance(story.holder.account) == [7_000, 0, 7_000])
        let kept = try #require(try story.open()["advice_after_clearing"])
        let id = try #require(kept["id"] as? String)
        #expect(kept["network"] as? String == "test" && kept["direction"] as? String == "debit")
        #expect((kept["amount"] as? [String: Any])?["minor_units"] as? Int == 1_000)
        #expect(kept["card"] as? String == "****" + story.holder.pan.suffix(4))
        let shown = try story.exceptions("show", id, key: "")
        #expect(shown.output.contains("at the network posted") && !shown.output.contains(story.holder.pan))

        let rita = try story.administered.addOperator("rita", "reader")
        for (key, problem) in [("", "is not set"), (rita, "has the role reader")] {
            let refused = try story.exceptions("apply", id, key: key)
            #expect(refused.status == 1 && refused.errors.contains(problem), "\(refused.errors)")
        }
        let applied = try story.exceptions("apply", id, "--reason", "a second delivery", key: story.olga)
        #expect(applied.status == 0 && applied.output.contains("debit  1000 EUR"), "\(applied)")
        let again = try story.exceptions("apply", id, key: story.otto)
        #expect(again.status == 0 && again.output.contains("was applied by olga"))
        #expect(try await story.client.balance(story.holder.account) == [6_000, 0, 6_000])
        #expect(try story.open().isEmpty)

        let authorization = try #require(applied.output.firstMatch(of: /aut_[0-9a-f]{32}/)).output
        let history = try await story.client.get("/v1/authorizations/\(authorization)")
        #expect(history.text("history.0.type") == "exception_applied")
        #expect(history.text("history.0.actor.name") == "olga")
        #expect(story.server.stop() == 0)
        try story.expectSound()
    }

    @Test func `what belongs to nobody is written off by two operators who agree`() async throws {
        let story = try await Story.begin()
        let nobody = MessageFactory(pan: "9900000000000002")
        #expect(try story.wire.exchange(nobody.purchase(2_500, trace: 9, type: 220)).text(39) == "00")
        let id = try #require(try story.open()["card_not_found"]?["id"] as? String)
        let program = try await story.client.get("/v1/programs").text("items.0.id")
        func writeOff(_ key: String, _ more: String...) throws -> (status: Int32, output: String, errors: String) {
            try AvalProcess.command(
                ["exceptions", "write-off", id, "--reason", "unknown card"] + more,
                on: story.administered.installation.database,
                settings: ["AVAL_OPERATOR_KEY": key, "AVAL_DATABASE_OWNER_URL": ""]
            )
        }
        #expect(try story.exceptions("apply", id, key: story.olga).errors.contains("name --card or --account"))
        #expect(try writeOff(story.olga).errors.contains("name --program"))
        let proposed = try writeOff(story.olga, "--program", program)
        #expect(proposed.status == 0 && proposed.output.contains("2500 EUR, lost to the network"), "\(proposed)")
        #expect(try writeOff(story.olga, "--program", program).errors.contains("another operator has to confirm"))
        #expect(
            try writeOff(story.otto, "--program", program, "--amount", "2400EUR").errors.contains("olga proposed 2500")
        )
        #expect(try story.open()["card_not_found"]?["state"] as? String == "write_off_proposed")
        let late = try story.administered.addOperator("late", "operator")
        #expect(try writeOff(late, "--program", program).errors.contains("late was made after it was proposed"))
        let confirmed = try writeOff(story.otto, "--program", program)
        #expect(confirmed.status == 0 && confirmed.output.contains("wrote off \(id)"), "\(confirmed)")
        #expect(try writeOff(story.otto, "--program", program).output.contains("was written off by otto"))
        #expect(try story.exceptions("apply", id, "--card", story.holder.card, key: story.olga).status == 1)
        #expect(try story.exceptions("list", key: "").output == "no open exceptions\n")
        #expect(try story.exceptions("list", "--all", "--older-than", "0s", key: "").output.contains("written_off"))
        #expect(try await story.client.balance(story.holder.account) == [10_000, 0, 10_000])
        #expect(story.server.stop() == 0)
        try story.expectSound()
    }

    @Test func `what came with a damaged card number is not applied beside its repeat`() async throws {
        let story = try await Story.begin()
        let damaged = story.factory.purchase(2_500, trace: 9, type: 220).with([2: "9900000000000002"])
        #expect(try story.wire.exchange(damaged).text(39) == "00")
        let kept = try #require(try story.open()["card_not_found"])
        let id = try #require(kept["id"] as? String)
        #expect(kept["network"] as? String == "test")
        #expect(try story.code(221, 2_500, trace: 9, [:]) == "00")
        #expect(try await story.client.balance(story.holder.account) == [7_500, 0, 7_500])
        let refused = try story.exceptions("apply", id, "--card", story.holder.card, key: story.olga)
        #expect(refused.status == 1 && refused.errors.contains("not applied"), "\(refused)")
        #expect(try await story.client.balance(story.holder.account) == [7_500, 0, 7_500])
        #expect(story.server.stop() == 0)
        try story.expectSound()
    }

    @Test func `the exposure tells what was approved elsewhere, what is held, missing and waiting`() async throws {
        let story = try await Story.begin()
        #expect(try story.code(120, 12_000, trace: 1, [38: "STAND1", 39: "00", 60: "06011"]) == "00")
        #expect(try story.code(120, 700, trace: 2, [39: "51", 60: "06011"]) == "00")
        let nobody = MessageFactory(pan: "9900000000000002")
        let unknown = nobody.purchase(300, trace: 3, type: 120).with([38: "STAND2", 39: "00", 60: "06011"])
        #expect(try story.wire.exchange(unknown).text(39) == "00")
        let report = try story.exceptions("exposure", "--json", key: "").output
        let lines = try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [[String: Any]] ?? []
        func sum(_ name: String) -> Int {
            lines.reduce(0) { $0 + (($1[name] as? Int) ?? Int($1[name] as? String ?? "") ?? .min) }
        }
        #expect(sum("approvals") == 2 && sum("amount") == 12_300)
        #expect(sum("open_holds") == 1 && sum("held") == 12_000 && sum("over_limit") == 2_000)
        #expect(sum("waiting") == 1 && sum("waiting_amount") == 300)
        #expect(lines.allSatisfy { $0["reason"] as? String == "stand_in" && $0["currency"] as? String == "EUR" })
        let none = try story.exceptions("exposure", "--to", "2020-01-01T00:00:00Z", key: "")
        #expect(none.output == "no network approved anything\n")
        #expect(story.server.stop() == 0)
    }
}

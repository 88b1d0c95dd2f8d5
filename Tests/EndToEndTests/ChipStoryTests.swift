import Foundation
import ISO8583
import TestSupport
import Testing

/// A program that verifies chips, from components of its master key to answers on the wire. The card's cryptograms, and
/// what they are answered, are reckoned with OpenSSL.
@Suite struct ChipStoryTests {
    /// Master keys by usage. Both are the key of ``KeyWorld``.
    private static let keys = [("imk-ac", "E0"), ("imk-smi", "E2")]

    private static func prepare(_ world: KeyWorld) throws -> AvalProcess.Installation {
        let installation = world.administered.installation
        let id = try installation.database.texts("SELECT replace(id::text, '-', '') FROM programs ORDER BY id")[0]
        let program = "prg_\(id)"
        for (name, usage) in keys { try world.importParts(of: name, usage: usage, program: program) }
        let policy = """
            keys: {chip: {scheme: visa, cryptograms: imk-ac, integrity: imk-smi, blocks: [lost]}}
            """
        let ended = try withFile(policy) { try world.administered.aval("program", "verify", program, $0) }
        #expect(ended.status == 0, "\(ended)")
        return installation
    }

    private static func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file.path)
    }

    /// YYMMDD of today in UTC, as the network writes it.
    private static var today: String {
        let parts = Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: Date())
        return String(format: "%02d%02d%02d", (parts.year ?? 0) % 100, parts.month ?? 0, parts.day ?? 0)
    }

    private static func variables(_ pan: String) throws -> [String: String] {
        let chip = try TestChip(pan: pan)
        func payment(_ amount: Int, _ counter: UInt16, signed: Int? = nil) throws -> String {
            try chip.payment(amount, counter: counter, date: today, signed: signed)
        }
        let first = try payment(1_500, 10)
        let second = try payment(1_500, 11)
        let dear = try payment(90_000, 12)
        let late = try payment(1_500, 9)
        return [
            "card.pan": pan, "chip.first": first, "chip.first.answer": try chip.answer(to: first, "00"),
            "chip.second": second, "chip.second.answer": try chip.answer(to: second, "00"), "chip.dear": dear,
            "chip.dear.answer": try chip.answer(to: dear, "51"), "chip.forged": try payment(1_500, 13, signed: 1),
            "chip.late": late, "chip.late.answer": try chip.answer(to: late, "00"),
            "chip.cut": String(second.dropLast(2)),
        ]
    }

    private static func play(
        _ scenario: String,
        _ variables: [String: String],
        on server: AvalProcess,
        _ database: TestDatabase
    ) throws {
        let text = variables.map { "\($0.key): \"\($0.value)\"\n" }.sorted().joined()
        let ended = try withFile(text) { file in
            try AvalProcess.command(
                [
                    "network-sim", "--scenario", scenario, "--variables", file, "--endpoint",
                    "127.0.0.1:\(server.networkPort)",
                ],
                on: database
            )
        }
        #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
    }

    /// What is asked of a card that was lost meanwhile.
    private static let lost = """
        name: a lost card
        dialect: iso87-ascii-hexbitmap
        framing: {length: binary-2}
        variables: {card.pan: ~, chip.lost: ~, chip.lost.answer: ~}
        steps:
          - send: "0100"
            fields: {4: 1500, 22: "051", 55: "${chip.lost}"}
            expect: {39: "41", tags: {"91": "${chip.lost.answer}", "72": {present: true}}}
        """

    /// A payment or verification, and DE 39 of its answer.
    private static let outcomes: [(Int, [Int: String?], code: String)] = [
        (1_000, [:], "00"), (1_000, [14: "2001"], "54"), (9_500, [:], "51"), (9_500, [60: "04011"], "10"),
        (6_000_000, [:], "61"),
    ]

    /// The card takes the code from its terminal, which has it from DE 39.
    @Test func `whatever the answer says, its cryptogram is of the code that it says`() async throws {
        let installation = try Self.prepare(try KeyWorld())
        let server = try AvalProcess(installation)
        let holder = try await Client(server, installation).openAccount(funded: 10_000)
        let (wire, chip) = (try Wire(server), try TestChip(pan: holder.pan))
        for (index, outcome) in Self.outcomes.enumerated() {
            let payment = try chip.payment(outcome.0, counter: UInt16(index + 1), date: Self.today)
            var request = MessageFactory(pan: holder.pan).purchase(Int64(outcome.0), trace: Int64(index + 1))
                .with(outcome.1)
            request.set(55, bytes: try TestChip.bytes(payment))
            let answer = try wire.exchange(request)
            #expect(answer.text(39) == outcome.code)
            let sealed = try TestChip.bytes("910A" + chip.answer(to: payment, outcome.code))
            #expect(answer.bytes(of: 55).map { Array($0) } == sealed, "\(outcome.code)")
        }
        #expect(server.stop() == 0)
    }

    @Test func `cryptograms are verified, answered and counted, and a lost card is blocked`() async throws {
        let installation = try Self.prepare(try KeyWorld())
        let database = installation.database
        let server = try AvalProcess(installation)
        let client = Client(server, installation)
        let holder = try await client.openAccount(funded: 10_000)
        try Self.play("Tests/Scenarios/chip.yaml", try Self.variables(holder.pan), on: server, database)
        let metrics = String(decoding: try await client.get("/metrics").body, as: UTF8.self)
        #expect(metrics.contains("event=\"chip_unreadable\"} 1\n"))

        _ = try await client.post("/v1/cards/\(holder.card)/status", #"{"status":"lost","reason":"reported"}"#)
            .expecting(200)
        let chip = try TestChip(pan: holder.pan)
        let lost = try chip.payment(1_500, counter: 20, date: Self.today)
        try Self.withFile(Self.lost) { file in
            let variables = [
                "card.pan": holder.pan, "chip.lost": lost, "chip.lost.answer": try chip.answer(to: lost, "41"),
            ]
            try Self.play(file, variables, on: server, database)
        }
        #expect(server.stop() == 0)

        let id = try database.texts(
            "SELECT replace(authorization_id::text, '-', '') FROM journal WHERE response_code = '41'"
        )[0]
        let shown = try AvalProcess.command(["disputes", "show", "aut_\(id)"], on: database).output
        for line in [
            "cryptogram_result", "match", "application_transaction_counter", "counter passed",
            "cryptogram imk-ac.1",
        ] { #expect(shown.contains(line), "\(line) is not in \(shown)") }
        #expect(try database.texts("SELECT highest::text FROM chip_counters") == ["20"])
        let always = ["replay", "--from", "2026-01-01T00:00:00Z", "--to", "2099-01-01T00:00:00Z"]
        for command in [["ledger", "verify"], always] {
            let ended = try AvalProcess.command(command, on: database)
            #expect(ended.status == 0, "\(command) \(ended)")
        }
    }
}

import Foundation
import ISO8583
import TestSupport
import Testing

/// A program in production whose keys of cards are in a token of SoftHSM 2, from the making of the keys to answers on the
/// wire. The card's cryptograms are reckoned with OpenSSL.
@Suite struct `Keys of cards in a token` {
    private static let production = ["AVAL_ENVIRONMENT": "production", "AVAL_REVEAL_DIRECT": "off"]

    private struct Stage {
        let folder: KeyFolder
        let settings: [String: String]
        let world: KeyWorld
        let program: String

        init() throws {
            folder = try KeyFolder()
            settings = try folder.token().merging(production) { $1 }
            let installation = try AvalProcess.Installation.make()
            let database = installation.database
            let wrapped = try AvalProcess.command(["key-files", "wrap"], on: database, settings: settings)
            #expect(wrapped.status == 0, "\(wrapped)")
            world = try KeyWorld(installation, settings: settings)
            program = "prg_" + (try database.texts("SELECT replace(id::text, '-', '') FROM programs"))[0]
        }

        var installation: AvalProcess.Installation { world.administered.installation }

        /// `cvk`, of the program.
        func makeVerificationKey() throws {
            let made = try world.keys("create", "cvk", "--usage", "C0", "--program", program, "--algorithm", "tdes")
            #expect(made.status == 0, "\(made)")
        }

        func verify(_ policy: String) throws {
            let file = try folder.write(policy, "policy.yaml")
            let ended = try world.administered.aval("program", "verify", program, file)
            #expect(ended.status == 0, "\(ended)")
        }
    }

    private struct Card {
        let pan: String
        let expiry: String
        let code: String
    }

    /// A card with money, and what its holder sees of it.
    private static func card(_ server: AvalProcess, _ stage: Stage) async throws -> Card {
        let client = Client(server, stage.installation)
        let account = try await client.post(
            "/v1/accounts",
            #"{"program_id":"\#(stage.program)","balances":[{"currency":"EUR"}]}"#
        ).expecting(201).text("id")
        _ = try await client.post(
            "/v1/accounts/\(account)/fundings",
            #"{"amount":{"amount":10000,"currency":"EUR"}}"#,
            key: "fund-\(account)"
        ).expecting(201)
        let card = try await client.post("/v1/accounts/\(account)/cards").expecting(201)
        let asked = try await client.post("/v1/cards/\(card.text("id"))/reveal-tokens").expecting(201)
        let shown = try await Client(port: try server.vaultPort(), apiKey: "")
            .post("/reveal", #"{"token":"\#(asked.text("token"))"}"#).expecting(200)
        let expiry = card.text("instances.0.expiry").dropFirst(2).filter { $0 != "-" }
        return Card(pan: shown.text("pan"), expiry: expiry, code: shown.text("cvv2"))
    }

    private static var today: String {
        let parts = Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: Date())
        return String(format: "%02d%02d%02d", (parts.year ?? 0) % 100, parts.month ?? 0, parts.day ?? 0)
    }

    @Test func `verify a CVV2 and a chip in production, and a wrong one of either declines`() async throws {
        let stage = try Stage()
        try stage.makeVerificationKey()
        try stage.world.importParts(of: "imk-ac", usage: "E0", program: stage.program)
        let listed = try stage.world.keys("list").output.split(separator: "\n")
        #expect(listed.count == 2 && listed.allSatisfy { $0.hasSuffix("token") }, "\(listed)")
        try stage.verify("keys: {cvv: cvk, chip: {scheme: visa, cryptograms: imk-ac}}")
        let server = try AvalProcess(stage.installation, stage.settings)
        let card = try await Self.card(server, stage)
        #expect(card.code.count == 3)
        let (wire, chip, factory) = (try Wire(server), try TestChip(pan: card.pan), MessageFactory(pan: card.pan))
        for (index, signed) in [1_500, 1].enumerated() {
            let trace = Int64(index + 1)
            let payment = try chip.payment(1_500, counter: UInt16(trace), date: Self.today, signed: signed)
            var request = factory.purchase(1_500, trace: trace)
            request.set(55, bytes: try TestChip.bytes(payment))
            let answer = try wire.exchange(request)
            let isRight = signed == 1_500
            #expect((answer.text(39) == "00") == isRight)
            let sealed = isRight ? try TestChip.bytes("910A" + chip.answer(to: payment, "00")) : nil
            #expect(answer.bytes(of: 55).map { Array($0) } == sealed)
        }
        let wrong = card.code == "000" ? "001" : "000"
        for (index, row) in [(card.code, "3601M"), (wrong, "3601N")].enumerated() {
            let changes = [14: card.expiry, 22: "811", 60: "3403" + row.0]
            let answer = try wire.exchange(factory.purchase(100, trace: Int64(index + 11)).with(changes))
            #expect((answer.text(39) == "00") == (row.1 == "3601M") && answer.text(60) == row.1, "\(row)")
        }
        #expect(server.stop() == 0)
    }

    @Test func `are missed while the token is away, which is told once and counted, and told when it is back`()
        async throws
    {
        let stage = try Stage()
        try stage.makeVerificationKey()
        try stage.verify(
            "{keys: {cvv: cvk}, rules: [{proof: card_code, demand: checked, entry_mode: credential_on_file}]}"
        )
        let away = stage.folder.url.appendingPathComponent("away").path
        let more = ["AVAL_HSM_MODULE": try Self.losable(), "LOSABLE_TOKEN_AWAY": away, "AVAL_LOG_LEVEL": "notice"]
        let server = try AvalProcess(stage.installation, stage.settings.merging(more) { $1 })
        let card = try await Self.card(server, stage)
        let (wire, factory) = (try Wire(server), MessageFactory(pan: card.pan))
        var trace: Int64 = 0
        /// - Parameter mode: of DE 22: 81 for e-commerce, where the code is required, 10 where it is checked.
        func answer(_ mode: String) throws -> [String?] {
            trace += 1
            let changes = [14: card.expiry, 22: mode + "1", 60: "3403" + card.code]
            let answer = try wire.exchange(factory.purchase(100, trace: trace).with(changes))
            return [answer.text(39) == "00" ? "approved" : "declined", answer.text(60)]
        }
        for mode in ["81", "10"] { #expect(try answer(mode) == ["approved", "3601M"]) }

        _ = try stage.folder.write("", "away")
        // It is tried once a second.
        for _ in 0..<5 {
            #expect(try answer("81") == ["declined", "3601P"])
            #expect(try answer("10") == ["approved", "3601P"])
            try await Task.sleep(for: .milliseconds(500))
        }
        let metrics = String(decoding: try await Client(server, stage.installation).get("/metrics").body, as: UTF8.self)
        let counted = #"aval_proofs_not_verified_total{proof="card_code",cause="module"} 10"#
        #expect(metrics.split(separator: "\n").contains { $0 == counted })

        try FileManager.default.removeItem(atPath: away)
        try await Task.sleep(for: .milliseconds(1_200))
        for mode in ["81", "10"] { #expect(try answer(mode) == ["approved", "3601M"]) }
        #expect(server.stop() == 0)
        let told = server.text.split(separator: "\n").filter { $0.contains("the token can") }
        #expect(told.count == 2, "\(server.text)")
        #expect(
            told.first?.contains("the token cannot be used") == true && told.first?.contains("returns 0xe0") == true
        )
        #expect(told.last?.contains("the token can be used again") == true)
        for secret in [card.pan, "271828"] { #expect(!server.text.contains(secret)) }
    }

    /// SoftHSM's module with a token that can be taken away: a product of the package, beside its tests.
    private static func losable() throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = URL(fileURLWithPath: tests).deletingLastPathComponent()
        return folder.appendingPathComponent("libLosableToken.so").path
    }

    @Test func `live as others do, and never leave it`() throws {
        let stage = try Stage()
        let world = stage.world
        let refused = try world.keys("create", "pvk", "--usage", "V2", "--algorithm", "tdes")
        #expect(refused.errors.contains("software may hold no key of usage V2"))
        let zmk = try world.keys("create", "zmk", "--usage", "K0", "--algorithm", "aes", "--length", "32")
        #expect(zmk.status == 0, "\(zmk)")
        for (arguments, problem) in [
            (["--algorithm", "tdes", "--wrapped-by", "zmk"], "not_exportable"), (["--algorithm", "aes"], "key_length"),
        ] {
            let ended = try world.keys(["create", "cvk", "--usage", "C0"] + arguments)
            #expect(ended.status == 1 && ended.errors.contains(problem), "\(ended)")
        }
        let made = try world.keys("create", "cvk", "--usage", "C0", "--program", stage.program, "--algorithm", "tdes")
        #expect(made.status == 0, "\(made)")
        #expect(try world.keys("rotate", "cvk").status == 0)
        #expect(try world.states("cvk") == ["active", "previous"])
        #expect(try world.keys("retire", "cvk", "--ends-cards").status == 0)
        #expect(try world.keys("destroy", "cvk", "--version", "1").status == 0)
        let checkValue = try #require(
            try stage.installation.database.texts(
                "SELECT encode(check_value, 'hex') FROM key_versions WHERE key_id = 'cvk' AND version = 1"
            ).first
        )
        #expect(try world.keys("approve", "cvk", "--check-value", checkValue, by: world.bob).status == 0)
        #expect(try world.states("cvk") == ["active", "destroyed"])
    }

    @Test func `are not taken by the calculator, in whatever order their halves are`() throws {
        let stage = try Stage()
        try stage.world.importParts(of: "imk-ac", usage: "E0", program: stage.program)
        let halves = ("0123456789ABCDEF", "FEDCBA9876543210")
        let (whole, other) = (halves.0 + halves.1, "0011223344556677")
        func calculate(_ key: String) throws -> (status: Int32, output: String, errors: String) {
            let inputs = ["calc", "aes_cmac", "key=\(key)", "data=00"]
            return try AvalProcess.command(inputs, on: stage.installation.database, settings: stage.settings)
        }
        for key in [
            whole, halves.1 + halves.0, whole + halves.0, other + whole, halves.0 + other + halves.1,
            halves.0 + other + other + halves.1,
        ] {
            let ended = try calculate(key)
            #expect(ended.status == 1 && ended.errors.contains("key is of the key store"), "\(key): \(ended)")
        }
        #expect(try calculate(halves.0 + other).status == 0)
    }

    /// No edit of a row makes a key one of another usage, or of software.
    @Test(arguments: [
        "UPDATE payment_keys SET usage = 'E0'", "UPDATE key_versions SET version = 2",
        "UPDATE key_versions SET custody = 1",
    ])
    func `are of no use when their row was altered`(_ damage: String) throws {
        let stage = try Stage()
        try stage.makeVerificationKey()
        try stage.installation.database.damage("SET session_replication_role = replica; \(damage)")
        let development = ["AVAL_ENVIRONMENT": "development", "AVAL_LOG_LEVEL": "error"]
        let server = try AvalProcess(stage.installation, stage.settings.merging(development) { $1 })
        #expect(server.text.contains("cannot be opened"), "\(server.text)")
        #expect(server.stop() == 0)
    }
}

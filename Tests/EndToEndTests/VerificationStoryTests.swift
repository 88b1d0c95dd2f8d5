import CardCryptography
import Foundation
import ISO8583
import PostgresLedger
import TestSupport
import Testing

/// A program whose keys are in the key store, from components of the key to the answer on the wire. What is presented is
/// computed apart, by `aval calc`.
@Suite struct VerificationStoryTests {
    private static let key = "0123456789ABCDEFFEDCBA9876543210"

    private struct Stage {
        let world: KeyWorld
        let server: AvalProcess
        let door: Client
        let holder: Holder
        /// YYMM of the card.
        let expiry: String
        private let wire: Wire
        private let factory: MessageFactory

        init() async throws {
            world = try KeyWorld()
            let database = world.administered.installation.database
            let id = try database.texts("SELECT replace(id::text, '-', '') FROM programs ORDER BY id")[0]
            try Self.refuse("prg_\(id)", in: world)
            try Self.importKey(for: "prg_\(id)", in: world)
            try Self.verify("prg_\(id)", in: world)
            server = try AvalProcess(world.administered.installation)
            door = Client(server, world.administered.installation)
            holder = try await door.openAccount(funded: 100_000)
            let date = try await door.get("/v1/cards/\(holder.card)").expecting(200).text("instances.0.expiry")
            expiry = String(date.dropFirst(2).filter { $0 != "-" })
            wire = try Wire(server)
            factory = MessageFactory(pan: holder.pan)
        }

        private static func importKey(for program: String, in world: KeyWorld) throws {
            for (part, by) in zip(KeyWorld.parts, [world.ada, world.bob]) {
                let ended = try world.keys(
                    "import",
                    "cvk",
                    "--usage",
                    "C0",
                    "--program",
                    program,
                    "--algorithm",
                    "tdes",
                    "--components",
                    "2",
                    "--component",
                    "-",
                    "--component-check-value",
                    part.checkValue,
                    "--check-value",
                    KeyWorld.checkValue,
                    by: by,
                    input: part.digits + "\n"
                )
                #expect(ended.status == 0, "\(ended)")
            }
            let approved = try world.keys("approve", "cvk", "--check-value", KeyWorld.checkValue, by: world.bob)
            #expect(approved.status == 0, "\(approved)")
        }

        /// A key that is not there is named before a card finds out.
        private static func refuse(_ program: String, in world: KeyWorld) throws {
            let ended = try verification(of: program, in: world)
            #expect(ended.status == 1 && ended.errors.contains("no active key cvk"), "\(ended)")
        }

        private static func verify(_ program: String, in world: KeyWorld) throws {
            let ended = try verification(of: program, in: world)
            #expect(ended.status == 0 && ended.output.contains("version 2 of \(program)"), "\(ended)")
        }

        static func verification(
            of program: String,
            in world: KeyWorld,
            policy: String = """
            keys: {cvv: cvk}
            limits: [{currency: EUR, fallback: 5000, contactless: 2000}]
            """
        ) throws -> (status: Int32, output: String, errors: String) {
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).yaml")
            defer { try? FileManager.default.removeItem(at: file) }
            try Data(policy.utf8).write(to: file)
            return try world.administered.aval("program", "verify", program, file.path)
        }

        func value(_ serviceCode: String) throws -> String {
            let made = try AvalProcess.command(
                [
                    "calc", "cvv", "cvk=\(key)", "pan=\(holder.pan)", "expiry=\(expiry)",
                    "service_code=\(serviceCode)",
                ],
                on: world.administered.installation.database,
                settings: AvalProcess.withoutDatabase
            )
            let digits = made.output.split(separator: "\n").last?.split(whereSeparator: { " =\"".contains($0) }).last
            return String(try #require(digits, "\(made)"))
        }

        func send(
            _ type: MessageTypeIndicator,
            _ amount: Int64,
            trace: Int64,
            _ changes: [Int: String?],
            chip: [UInt8]? = nil
        ) throws -> Message {
            var message = factory.purchase(amount, trace: trace, type: type).with(changes)
            if let chip { message.set(55, bytes: chip) }
            return try wire.exchange(message)
        }

        func track(_ value: String, serviceCode: String = "201") -> String {
            "\(holder.pan)=\(expiry)\(serviceCode)12345\(value)"
        }
    }

    @Test func `a key from before that nothing can be verified with is refused`() throws {
        let world = try KeyWorld()
        let database = world.administered.installation.database
        let id = try database.texts("SELECT replace(id::text, '-', '') FROM programs")[0]
        try world.importParts(of: "cvk", usage: "C0", program: "prg_\(id)")
        let owner = try PostgresConnection(url: database.ownerURL, timeout: .seconds(5))
        try owner.run(script: "UPDATE key_versions SET algorithm = 'A'")
        let refused = try Stage.verification(of: "prg_\(id)", in: world)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("nothing can be verified with cvk: keys of usage C0 are Triple DES keys"))
    }

    @Test func `a key that only verifies is taken for no values that are made`() throws {
        let world = try KeyWorld()
        let database = world.administered.installation.database
        let id = try database.texts("SELECT replace(id::text, '-', '') FROM programs")[0]
        for (name, usage) in [("cvk", "C0"), ("pvk", "V2"), ("ibm", "V1")] {
            let terms = ["--usage", usage, "--direction", "incoming", "--program", "prg_\(id)", "--algorithm", "tdes"]
            #expect(try world.keys(["create", name] + terms).status == 0)
        }
        for (keys, refused) in [
            ("cvv: cvk", "cvk"), ("cvv: cvk, cavv: cvk", "cvk"),
            ("pin: {method: visa_pvv, key: pvk, key_index: 1}", "pvk"),
            ("pin: {method: ibm_3624, key: ibm}", "ibm"), ("cavv: cvk", nil),
        ] as [(String, String?)] {
            let ended = try Stage.verification(of: "prg_\(id)", in: world, policy: "keys: {\(keys)}")
            #expect(ended.status == (refused == nil ? 0 : 1), "\(keys): \(ended)")
            if let refused { #expect(ended.errors.contains("\(refused) only verifies"), "\(keys): \(ended)") }
        }
    }

    @Test func `a card with a renewal pays, before its activation and behind`() async throws {
        let stage = try await Stage()
        let chip = try stage.value("999")
        func pay(_ trace: Int64) throws -> String? {
            try stage.send(100, 100, trace: trace, [22: "051", 35: stage.track(chip)]).text(39)
        }
        let instances = "/v1/cards/\(stage.holder.card)/instances"
        #expect(try pay(1) == "00")
        _ = try await stage.door.post(instances, #"{"reason":"renewal"}"#).expecting(201)
        #expect(try pay(2) == "00")
        _ = try await stage.door.post("\(instances)/activate", #"{"sequence_number":1}"#).expecting(200)
        #expect(try pay(3) == "00")
        let wrong = stage.track(chip == "000" ? "001" : "000")
        #expect(try stage.send(100, 100, trace: 4, [22: "051", 35: wrong]).text(39) == "82")
    }

    @Test func `a code outlives its key's rotation, and is not verified, nor counted, once its version is retired`()
        async throws
    {
        let stage = try await Stage()
        let (card, database) = (stage.holder.card, stage.world.administered.installation.database)
        let printed = try stage.value("000")
        let wrong = printed == "000" ? "001" : "000"
        var trace: Int64 = 0
        func sell(_ code: String) throws -> [String?] {
            trace += 1
            let answer = try stage.send(100, 100, trace: trace, [14: stage.expiry, 22: "811", 60: "3403" + code])
            return [answer.text(39), answer.text(60)]
        }
        func failures() throws -> [String] { try database.texts("SELECT encode(times, 'hex') FROM failure_counters") }
        func versions() throws -> [String] {
            try database.texts("SELECT coalesce(key_versions::text, '-') FROM card_instances ORDER BY card_id")
        }
        /// Of the last payment, as an operator sees it.
        func compared() throws -> String? {
            let payments = "SELECT replace(authorization_id::text, '-', '') FROM journal WHERE kind = 6 ORDER BY id"
            let id = try #require(try database.texts(payments).last)
            let shown = try AvalProcess.command(["disputes", "show", "aut_\(id)"], on: database).output
            let line = shown.split(separator: "\n").first { $0.contains("proof_keys") }
            return line?.split(separator: " ").suffix(2).joined(separator: " ")
        }
        func reveal() async throws -> Client.Response { try await stage.door.post("/v1/cards/\(card)/reveal", "{}") }
        func addInstance(_ number: Int) async throws {
            let instances = "/v1/cards/\(card)/instances"
            _ = try await stage.door.post(instances, #"{"reason":"renewal"}"#).expecting(201)
            _ = try await stage.door.post("\(instances)/activate", #"{"sequence_number":\#(number)}"#).expecting(200)
        }
        #expect(try versions() == ["{cvk.1}"])
        #expect(try stage.world.keys("rotate", "cvk").status == 0)
        // The service reads keys every five seconds.
        for _ in 0..<600 {
            if try versions().last == "{cvk.2}" { break }
            _ = try await stage.door.post("/v1/accounts/\(stage.holder.account)/cards").expecting(201)
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(try versions().first == "{cvk.1}" && versions().last == "{cvk.2}")
        #expect(try await reveal().expecting(200).text("cvv2") == printed)
        #expect(try sell(printed) == ["00", "3601M"])
        #expect(try compared() == "card_code cvk.1")
        #expect(try sell(wrong) == ["N7", "3601N"])
        #expect(try compared() == "card_code cvk.1")
        let counted = try failures()
        #expect(counted.count == 1)

        #expect(try stage.world.keys("retire", "cvk", "--ends-cards").status == 0)
        for _ in 0..<600 {
            if try await reveal().status == 409 { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        let gone = try await reveal().expecting(409)
        #expect(gone.text("code") == "card_code_unavailable")
        #expect(gone.text("detail").contains("key cvk version 1 is not in use"))
        for code in [printed] + Array(repeating: wrong, count: 6) { #expect(try sell(code) == ["88", "3601P"]) }
        #expect(try failures() == counted)
        #expect(try compared() == nil)
        // The next instance has the same expiry: of which of the two a code is nobody knows, and a guess is not counted.
        try await addInstance(1)
        let renewed = try await reveal().expecting(200).text("cvv2")
        for code in [renewed, wrong] { #expect(try sell(code) == ["88", "3601P"]) }
        #expect(try failures() == counted)
        #expect(stage.server.stop() == 0)
        for command in [
            ["ledger", "verify"], ["replay", "--from", "2026-01-01T00:00:00Z", "--to", "2099-01-01T00:00:00Z"],
        ] {
            let ended = try AvalProcess.command(command, on: database)
            #expect(ended.status == 0, "\(command) \(ended)")
        }
    }

    @Test func `each value is verified where it is at home, and a repeat is told the same`() async throws {
        let stage = try await Stage()
        let (stripe, chip, printed) = (try stage.value("201"), try stage.value("999"), try stage.value("000"))
        let shown = try await stage.door.post("/v1/cards/\(stage.holder.card)/reveal", "{}").expecting(200)
        #expect(shown.text("cvv2") == printed)
        func code(_ mode: String, _ trace: Int64, _ amount: Int64 = 100, track: String) throws -> String? {
            try stage.send(100, amount, trace: trace, [22: mode, 35: track]).text(39)
        }
        // Contact chip, and the stripe of a card that has a chip.
        #expect(try code("051", 1, track: stage.track(chip)) == "00")
        #expect(try code("051", 2, track: stage.track(stripe)) == (stripe == chip ? "00" : "82"))
        #expect(try code("901", 3, track: stage.track(stripe)) == "00")
        #expect(try code("901", 4, track: stage.track(chip)) == (stripe == chip ? "00" : "82"))
        #expect(try code("801", 5, track: stage.track(chip, serviceCode: "999")) == "82")
        #expect(try code("901", 6, 5_001, track: stage.track(stripe)) == "61")
        #expect(try stage.send(100, 100, trace: 7, [22: "901"]).text(39) == "82")
        #expect(try code("071", 8, 2_001, track: stage.track(chip)) == "1A")

        let wrong = String((Int(printed.suffix(1)) ?? 0) == 9 ? "000" : "\(printed.dropLast())9")
        let expiry = stage.expiry
        func sell(_ type: MessageTypeIndicator, _ trace: Int64, _ code: String?) throws -> [String?] {
            let answer = try stage.send(
                type,
                100,
                trace: trace,
                [14: expiry, 22: "811", 60: code.map { "3403" + $0 }]
            )
            return [answer.text(39), answer.text(60)]
        }
        #expect(try sell(100, 11, printed) == ["00", "3601M"])
        #expect(try sell(100, 12, wrong) == ["N7", "3601N"])
        // The stored answer, whatever a repeat presents.
        #expect(try sell(101, 11, wrong) == ["00", "3601M"])
        #expect(try sell(101, 12, printed) == ["N7", "3601N"])
        #expect(try sell(100, 13, nil) == ["N7", nil])
        // A merchant's own payment has its link instead: to one that was approved.
        let first = try stage.send(100, 100, trace: 16, [14: expiry, 22: "811", 60: "3403" + printed, 63: "NTI-1"])
        #expect(first.text(39) == "00")
        #expect(try stage.send(100, 100, trace: 17, [22: "101", 60: "03012", 63: "NTI-2"]).text(39) == "12")
        #expect(try stage.send(100, 100, trace: 18, [22: "901", 60: "03012", 63: "NTI-1"]).text(39) == "82")
        #expect(try stage.send(100, 100, trace: 14, [22: "101", 60: "03012", 63: "NTI-1"]).text(39) == "00")
        #expect(try stage.send(100, 100, trace: 15, [22: "101", 60: "03012"]).text(39) == "12")
        #expect(stage.server.stop() == 0)

        let database = stage.world.administered.installation.database
        let stored = try database.texts(
            "SELECT count(*)::text FROM journal WHERE position('\(stripe)\(chip)' IN command) > 0"
        )
        #expect(stored == ["0"])
        let always = ["replay", "--from", "2026-01-01T00:00:00Z", "--to", "2099-01-01T00:00:00Z"]
        for command in [["ledger", "verify"], always] {
            let ended = try AvalProcess.command(command, on: database)
            #expect(ended.status == 0, "\(command) \(ended)")
        }
    }

    @Test func `nobody finds a CVV2 out by refunds, nor after the failure limit`() async throws {
        let stage = try await Stage()
        let printed = try stage.value("000")
        let wrong = String((Int(printed.suffix(1)) ?? 0) == 9 ? "000" : "\(printed.dropLast())9")
        var trace: Int64 = 0
        func told(_ code: String, _ kind: String = "000000") throws -> [String?] {
            trace += 1
            let changes = [3: kind, 14: stage.expiry, 22: "811", 60: "3403" + code]
            let answer = try stage.send(100, 100, trace: trace, changes)
            return [answer.text(39), answer.text(60)]
        }
        let refund = try told(printed, "200000")
        #expect(refund[1] == "3601P")
        for _ in 0..<6 { #expect(try told(wrong, "200000") == refund) }
        // They were no failures either.
        #expect(try told(printed) == ["00", "3601M"])
        for _ in 0..<5 { #expect(try told(wrong) == ["N7", "3601N"]) }
        #expect(try told(printed) == ["59", "3601P"])
        let frozen = #"{"status":"frozen","reason":"test"}"#
        _ = try await stage.door.post("/v1/cards/\(stage.holder.card)/status", frozen).expecting(200)
        for code in [printed, wrong] { #expect(try told(code) == ["62", "3601P"]) }
        #expect(stage.server.stop() == 0)
    }

    /// What a phone's chip says is not signed with a key of the program, which has none for chips.
    @Test func `a token's cryptogram that its network calls right is taken once`() async throws {
        let stage = try await Stage()
        func pay(_ counter: UInt8, _ result: String, trace: Int64) throws -> String? {
            let known = "9F02060000000001009F03060000000000009F1A020724950500000000005F2A0209789A032611229C0100"
            let signed = "9F370401020304820218009F2701809F100706010A03A000009F26080102030405060708"
            let chip = try #require(SecretBytes(hexadecimal: Array((known + signed).utf8)))
                .withExposedBytes { Array($0) + [0x9F, 0x36, 0x02, 0, counter] }
            let changes = [22: "071", 60: "2616" + "4895380000000006" + "2901" + result]
            return try stage.send(100, 100, trace: trace, changes, chip: chip).text(39)
        }
        #expect(try pay(7, "M", trace: 1) == "00")
        #expect(try pay(7, "M", trace: 2) == "82")
        #expect(try pay(8, "P", trace: 3) == "00" && pay(8, "M", trace: 4) == "00" && pay(8, "M", trace: 5) == "82")
        #expect(stage.server.stop() == 0)
    }
}

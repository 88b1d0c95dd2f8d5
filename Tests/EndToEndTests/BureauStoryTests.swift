import ChildProcess
import Foundation
import TestSupport
import Testing

/// Orders of physical cards by the built program. What the bureau reads is read with OpenSSL.
@Suite struct BureauStoryTests {
    /// A program that has a key of usage C0, its cards, and a bureau.
    private struct Stage {
        let world: KeyWorld
        let server: AvalProcess
        let client: Client
        let program: String
        let account: String
        let bureau: Bureau

        init() async throws {
            world = try KeyWorld()
            let installation = world.administered.installation
            server = try AvalProcess(installation)
            client = Client(server, installation)
            program = try await client.get("/v1/programs").expecting(200).text("items.0.id")
            account = try await client.openAccount(funded: 100).account
            bureau = try Bureau()
            try world.importParts(of: "cvk", usage: "C0", program: program)
            let file = bureau.directory.appendingPathComponent("policy.yaml")
            try Data("keys: {cvv: cvk}\n".utf8).write(to: file)
            let verified = try world.administered.aval("program", "verify", program, file.path)
            #expect(verified.status == 0, "\(verified)")
        }

        func issue() async throws -> String {
            try await client.post("/v1/accounts/\(account)/cards", #"{"form":"physical"}"#).expecting(201).text("id")
        }

        /// The server reads keys every five seconds: until it has, what it issues is closed.
        func issue(ofVersion version: Int) async throws -> String {
            let database = world.administered.installation.database
            for _ in 0..<600 {
                let card = try await issue()
                let all = "SELECT coalesce(key_versions::text, '-') FROM card_instances ORDER BY card_id DESC"
                if try database.texts("\(all) LIMIT 1") == ["{cvk.\(version)}"] { return card }
                try await close(card)
                try await Task.sleep(for: .milliseconds(100))
            }
            return ""
        }

        func close(_ card: String) async throws {
            let change = #"{"status":"closed","reason":"test"}"#
            _ = try await client.post("/v1/cards/\(card)/status", change).expecting(200)
        }

        /// The server reads keys every five seconds.
        func revealed(_ card: String) async throws -> Client.Response {
            for _ in 0..<300 {
                let shown = try await client.post("/v1/cards/\(card)/reveal")
                if shown.status == 200, shown.value("cvv2") is String { return shown }
                try await Task.sleep(for: .milliseconds(200))
            }
            return try await client.post("/v1/cards/\(card)/reveal").expecting(200)
        }

        func run(
            _ arguments: String...,
            key: String? = nil
        ) throws -> (status: Int32, output: String, errors: String) {
            try AvalProcess.command(
                ["bureau"] + arguments,
                on: world.administered.installation.database,
                settings: [
                    "AVAL_OPERATOR_KEY": key ?? world.administered.key,
                    "AVAL_BUREAU_CERTIFICATE": bureau.path("bureau.pem"), "AVAL_DATABASE_OWNER_URL": "",
                ]
            )
        }

        /// The output names the order's number.
        func order(_ file: String, _ more: String...) throws -> String {
            let ended = try AvalProcess.command(
                ["bureau", "order", "--program", program, "--out", bureau.path(file)] + more,
                on: world.administered.installation.database,
                settings: [
                    "AVAL_OPERATOR_KEY": world.administered.key, "AVAL_BUREAU_CERTIFICATE": bureau.path("bureau.pem"),
                ]
            )
            #expect(ended.status == 0, "\(ended)")
            return String(ended.output.split(separator: "\n").first?.dropFirst("order ".count) ?? "")
        }

        /// A value that was computed apart from the order.
        func value(_ pan: String, _ expiry: String, _ serviceCode: String) throws -> String {
            let made = try AvalProcess.command(
                [
                    "calc", "cvv", "cvk=0123456789ABCDEFFEDCBA9876543210", "pan=\(pan)", "expiry=\(expiry)",
                    "service_code=\(serviceCode)",
                ],
                on: world.administered.installation.database,
                settings: AvalProcess.withoutDatabase
            )
            let digits = made.output.split(separator: "\n").last?.split(whereSeparator: { " =\"".contains($0) }).last
            return String(try #require(digits, "\(made)"))
        }
    }

    /// Whoever makes the cards.
    private final class Bureau {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("aval-\(UUID().uuidString)")

        init() throws {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
            _ = try openSSL(
                ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Bureau", "-days", "2"]
                    + ["-keyout", path("bureau.key"), "-out", path("bureau.pem")]
            )
        }

        deinit { try? FileManager.default.removeItem(at: directory) }

        func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

        /// The lines of a file.
        func read(_ file: String) throws -> [[String: Any]] {
            let clear = try openSSL(
                ["cms", "-decrypt", "-inform", "DER", "-in", path(file), "-recip", path("bureau.pem")]
                    + ["-inkey", path("bureau.key")]
            )
            return try clear.split(separator: UInt8(ascii: "\n")).map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
            }
        }

        @discardableResult
        private func openSSL(_ arguments: [String]) throws -> Data {
            try ChildProcess.run("/usr/bin/openssl", arguments)
        }
    }

    @Test func `each instance is ordered once, with all that its bureau needs, for its bureau alone`() async throws {
        let stage = try await Stage()
        let cards = [try await stage.issue(), try await stage.issue()]
        let number = try stage.order("first")
        let encrypted = stage.bureau.path("first")
        let mode = try FileManager.default.attributesOfItem(atPath: encrypted)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let lines = try stage.bureau.read("first")
        #expect(lines.count == 3 && lines[0]["format"] as? String == "aval-bureau-order")
        #expect(lines[0]["version"] as? Int == 3 && lines[0]["cards"] as? Int == 2)
        #expect(lines[0]["program_id"] as? String == stage.program && "\(lines[0]["order"] ?? "")" == number)
        #expect(lines.dropFirst().compactMap { $0["card_id"] as? String } == cards)
        for line in lines.dropFirst() {
            let id = try #require(line["card_id"] as? String)
            let shown = try await stage.revealed(id)
            let (pan, expiry) = (shown.text("pan"), try #require(line["expiry"] as? String))
            #expect(line["pan"] as? String == pan)
            #expect("20\(expiry.prefix(2))-\(expiry.suffix(2))" == shown.text("expiry"))
            #expect(line["sequence_number"] as? Int == 0 && line["service_code"] as? String == "201")
            for (name, code) in [("cvv", "201"), ("icvv", "999"), ("cvv2", "000")] {
                #expect(line[name] as? String == (try stage.value(pan, expiry, code)), "\(name)")
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: encrypted)).range(of: Data(pan.utf8)) == nil)
        }
        let none = try stage.run("order", "--program", stage.program, "--out", stage.bureau.path("none"))
        #expect(none.status == 1 && none.errors.contains("no card waits to be ordered"), "\(none)")
        // A renewal is another instance, of a card that is in use.
        _ = try await stage.client.post("/v1/cards/\(cards[0])/status", #"{"status":"active","reason":"arrived"}"#)
        _ = try await stage.client.post("/v1/cards/\(cards[0])/instances", #"{"reason":"renewal"}"#).expecting(201)
        _ = try stage.order("second")
        let renewal = try stage.bureau.read("second")
        #expect(renewal.count == 2 && renewal[1]["card_id"] as? String == cards[0])
        #expect(renewal[1]["sequence_number"] as? Int == 1)
        #expect(stage.server.stop() == 0)
    }

    @Test func `a lost file is made again until the bureau has confirmed the order, and all of it is recorded`()
        async throws
    {
        let stage = try await Stage()
        _ = try await stage.issue()
        _ = try await stage.issue()
        let number = try stage.order("first", "--limit", "1")
        #expect(try stage.bureau.read("first").count == 2)
        let taken = try stage.run("file", number, "--out", stage.bureau.path("first"))
        #expect(taken.status == 1 && taken.errors.contains("is there already"), "\(taken)")
        #expect(try stage.run("file", number, "--out", stage.bureau.path("again")).status == 0)
        #expect(try stage.bureau.read("again").map { "\($0)" }.count == 2)
        let ada = stage.world.ada
        let refused = try stage.run("file", number, "--out", stage.bureau.path("third"), key: ada)
        #expect(refused.status == 1 && refused.errors.contains("administrator"), "\(refused)")
        #expect(try stage.run("sent", number, key: ada).output.contains("order \(number) is sent"))
        #expect(try stage.run("sent", number, key: ada).status == 1)
        #expect(try stage.run("confirm", number, key: ada).status == 0)
        let confirmed = try stage.run("file", number, "--out", stage.bureau.path("third"))
        #expect(confirmed.status == 1 && confirmed.errors.contains("confirmed"), "\(confirmed)")
        #expect(try stage.run("list").output.contains("\(number)  \(stage.program)  1 cards  confirmed"))
        let actions = try stage.world.administered.aval("operator", "actions").output
        for action in ["bureau.order", "bureau.file", "bureau.send", "bureau.confirm"] {
            #expect(actions.contains(action), "\(action)")
        }
        #expect(actions.contains("order \(number)") && actions.contains("1 cards encrypted to certificate"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: stage.bureau.directory.path).count == 5)
        #expect(stage.server.stop() == 0)
    }

    @Test func `without a certificate that can be encrypted to, nothing is ordered`() async throws {
        let stage = try await Stage()
        _ = try await stage.issue()
        try Data("nothing".utf8).write(to: URL(fileURLWithPath: stage.bureau.path("bureau.pem")))
        let refused = try stage.run("order", "--program", stage.program, "--out", stage.bureau.path("first"))
        #expect(refused.status == 1 && refused.errors.contains("holds no certificate"), "\(refused)")
        #expect(try stage.run("list").output == "no orders\n")
        #expect(stage.server.stop() == 0)
    }

    @Test func `a file has the values of the key's version that its card is made with, and none without it`()
        async throws
    {
        let stage = try await Stage()
        let cards = [try await stage.issue(ofVersion: 1), try await stage.issue(ofVersion: 1)]
        let number = try stage.order("first", "--limit", "1")
        #expect(try stage.world.keys("rotate", "cvk").status == 0)
        #expect(try stage.run("file", number, "--out", stage.bureau.path("again")).status == 0)
        let (first, again) = (try stage.bureau.read("first"), try stage.bureau.read("again"))
        #expect(first.count == 2 && first[1]["card_id"] as? String == cards[0])
        for value in ["cvv", "icvv", "cvv2"] {
            let made = first[1][value] as? String
            #expect(made != nil && made == again[1][value] as? String)
        }
        #expect(try stage.world.keys("retire", "cvk", "--ends-cards").status == 0)
        let gone = try stage.run("file", number, "--out", stage.bureau.path("third"))
        #expect(gone.status == 1 && gone.errors.contains("key cvk version 1 is not in use"), "\(gone)")
        #expect(gone.errors.contains("no card of order \(number) can be made any more"), "\(gone)")
        let refused = try stage.run("order", "--program", stage.program, "--out", stage.bureau.path("third"))
        #expect(refused.status == 1 && refused.errors.contains("key cvk version 1 is not there"), "\(refused)")
        #expect(refused.errors.contains("what 1 cards that wait"), "\(refused)")
        try await stage.close(cards[1])
        let renewed = try await stage.issue(ofVersion: 2)
        _ = try stage.order("third")
        #expect(try stage.bureau.read("third").dropFirst().map { $0["card_id"] as? String } == [renewed])
        #expect(stage.server.stop() == 0)
    }

    @Test func `cards that nobody can make any more are left out of a file, which has the others`() async throws {
        let stage = try await Stage()
        let old = try await stage.issue(ofVersion: 1)
        #expect(try stage.world.keys("rotate", "cvk").status == 0)
        let (good, closed) = (try await stage.issue(ofVersion: 2), try await stage.issue(ofVersion: 2))
        let number = try stage.order("first")
        #expect(try stage.bureau.read("first").count == 4)
        try await stage.close(closed)
        #expect(try stage.world.keys("retire", "cvk", "--ends-cards").status == 0)
        let again = try stage.run("file", number, "--out", stage.bureau.path("again"))
        #expect(again.status == 0 && again.output.contains("wrote 1 cards to"), "\(again)")
        #expect(again.output.contains(", 2 left out"), "\(again)")
        for reason in [
            "\(old) is left out: key cvk version 1 is not in use",
            "\(closed) is left out: it is lost, stolen or closed",
        ] {
            #expect(again.errors.contains(reason), "\(again)")
        }
        let lines = try stage.bureau.read("again")
        #expect(lines.count == 2 && lines[0]["cards"] as? Int == 1 && lines[1]["card_id"] as? String == good)
        #expect(try stage.world.administered.aval("operator", "actions").output.contains(", 2 left out"))
        // The only one.
        #expect(try stage.world.keys("retire", "cvk", "--version", "2", "--ends-cards").status == 0)
        let none = try stage.run("file", number, "--out", stage.bureau.path("none"))
        #expect(none.status == 1 && none.errors.contains("\(good) is left out: key cvk version 2"), "\(none)")
        let path = "/v1/cards/\(good)/reveal"
        for _ in 0..<600 {
            if try await stage.client.post(path).status == 409 { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        let hidden = try await stage.client.post(path).expecting(409)
        #expect(hidden.text("code") == "card_code_unavailable", "\(hidden)")
        #expect(hidden.text("detail").contains("key cvk version 2 is not in use"), "\(hidden)")
        #expect(stage.server.stop() == 0)
    }

    @Test func `without the key that the cards' values need, nothing is ordered`() async throws {
        let stage = try await Stage()
        _ = try await stage.issue()
        // As if the key had been imported under another master key.
        try stage.world.administered.installation.database.damage(
            "UPDATE key_versions SET key_block = set_byte(key_block, 40, get_byte(key_block, 40) # 1)"
        )
        let refused = try stage.run("order", "--program", stage.program, "--out", stage.bureau.path("first"))
        #expect(refused.status == 1 && refused.errors.contains("is not there"), "\(refused)")
        #expect(refused.errors.contains("key cvk version 1 cannot be opened"), "\(refused)")
        #expect(try stage.run("list").output == "no orders\n")
        #expect(stage.server.stop() == 0)
    }
}

import Foundation
import ISO8583
import TestSupport
import Testing

/// A PIN from the client that sets it to the machine where it is typed, under the program's key here and the network's
/// there. Blocks are encrypted apart, by `aval calc`.
@Suite struct PINStoryTests {
    private static let key = "0123456789ABCDEFFEDCBA9876543210"

    private final class Stage {
        let world: KeyWorld
        let server: AvalProcess
        let door: Client
        let holder: Holder
        private var wire: Wire
        private let factory: MessageFactory
        private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        private var trace: Int64 = 0
        /// Under which the network and the client send PINs.
        private var zoneKey = PINStoryTests.key

        init() async throws {
            world = try KeyWorld()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let id = try world.administered.installation.database
                .texts("SELECT replace(id::text, '-', '') FROM programs ORDER BY id")[0]
            try Self.importKey("pvk", "V2", ["--program", "prg_\(id)"], in: world)
            try Self.importKey("app-pin", "P0", ["--program", "prg_\(id)"], in: world)
            for (name, usage) in [("imk-ac", "E0"), ("imk-smi", "E2"), ("imk-smc", "E1")] {
                try Self.importKey(name, usage, ["--program", "prg_\(id)"], in: world)
            }
            try Self.importKey("zone-pin", "P0", ["--network", "test"], in: world)
            try Self.importKey("zmk", "K0", ["--network", "test"], in: world)
            let policy = folder.appendingPathComponent("policy.yaml")
            let keys = """
                keys:
                  pin: {method: visa_pvv, key: pvk, key_index: 1}
                  chip: {scheme: visa, cryptograms: imk-ac, integrity: imk-smi, confidentiality: imk-smc}
                """
            try Data(keys.utf8).write(to: policy)
            let ended = try world.administered.aval("program", "verify", "prg_\(id)", policy.path)
            #expect(ended.status == 0, "\(ended)")
            server = try AvalProcess(
                world.administered.installation,
                ["AVAL_NETWORK_FILE": try Self.networks(in: folder)]
            )
            door = Client(server, world.administered.installation)
            holder = try await door.openAccount(funded: 100_000)
            wire = try Wire(server)
            factory = MessageFactory(pan: holder.pan)
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        private static func networks(in folder: URL) throws -> String {
            let dialect = folder.appendingPathComponent("open.yaml")
            let open = "{name: open, extends: iso87-ascii-hexbitmap, sign_on_required: false}"
            try Data("dialects:\n  - \(open)\n".utf8).write(to: dialect)
            let file = folder.appendingPathComponent("networks.yaml")
            let networks = """
                networks:
                  - name: test
                    dialect: \(dialect.path)#open
                    listen: [{host: 127.0.0.1, port: 0}]
                    keys: {pin: zone-pin, change: {protection: zmk}}
                    indicators: {new_pin: {element: 125}}
                """
            try Data(networks.utf8).write(to: file)
            return file.path
        }

        private static func importKey(_ name: String, _ usage: String, _ owner: [String], in world: KeyWorld) throws {
            for (part, by) in zip(KeyWorld.parts, [world.ada, world.bob]) {
                let arguments =
                    ["keys", "import", name, "--usage", usage] + owner
                    + [
                        "--algorithm", "tdes", "--components", "2", "--component", "-", "--component-check-value",
                        part.checkValue, "--check-value", KeyWorld.checkValue,
                    ]
                let ended = try AvalProcess.command(
                    arguments,
                    on: world.administered.installation.database,
                    settings: ["AVAL_OPERATOR_KEY": by],
                    input: part.digits + "\n"
                )
                #expect(ended.status == 0, "\(ended)")
            }
            let approved = try world.keys("approve", name, "--check-value", KeyWorld.checkValue, by: world.bob)
            #expect(approved.status == 0, "\(approved)")
        }

        /// - Parameter key: nil for the one that is in use.
        func block(_ pin: String, under key: String? = nil) throws -> String {
            let made = try AvalProcess.command(
                [
                    "calc", "encode_encrypt", "format=0", "pin=\(pin)", "pan=\(holder.pan)",
                    "key_tdes=\(key ?? zoneKey)",
                ],
                on: world.administered.installation.database,
                settings: AvalProcess.withoutDatabase
            )
            let line = made.output.split(separator: "\n").first { $0.hasPrefix("encrypted_block = ") }
            return String(try #require(line?.split(separator: " ").last, "\(made)"))
        }

        func set(_ pin: String, current: String? = nil) async throws -> Client.Response {
            func body(_ pin: String) throws -> String {
                let checkValue = KeyWorld.checkValue
                return #"{"block":"\#(try block(pin))","format":0,"key":"app-pin","key_check_value":"\#(checkValue)"}"#
            }
            let current = try current.map { #","current_pin":\#(try body($0))"# } ?? ""
            return try await door.post("/v1/cards/\(holder.card)/pin", #"{"pin":\#(try body(pin))\#(current)}"#)
        }

        /// The message of a new zone key.
        func keyChange(to new: String) throws -> Message {
            trace += 1
            var message = MessageFactory.echo(trace: trace).with([70: "161"])
            message.set(48, text: try world.block(of: new, under: PINStoryTests.key, usage: "P0", mode: "B"))
            return message
        }

        /// What the network is answered that sends it. PINs come under it from then on.
        func changeZoneKey(_ message: Message, to new: String) throws -> String? {
            defer { zoneKey = new }
            return try wire.exchange(message).text(39)
        }

        /// A second process on the same database.
        func startAnother() throws -> AvalProcess {
            try AvalProcess(world.administered.installation, ["AVAL_NETWORK_FILE": try Self.networks(in: folder)])
        }

        /// What machines send goes to this process from then on.
        func use(_ process: AvalProcess) throws { wire = try Wire(process) }

        /// What a machine is answered that pays out.
        func withdraw(_ pin: String?, block: String? = nil) throws -> String? {
            trace += 1
            let sent = try block ?? pin.map { try self.block($0) }
            var message = factory.purchase(1_000, trace: trace).with([3: "010000", 18: "6011", 22: "901"])
            if let sent { message.set(52, bytes: Self.bytes(sent)) }
            return try wire.exchange(message).text(39)
        }

        /// The code (DE 70) by which the network is asked for a new key.
        func question() throws -> String? {
            let question = try wire.read()
            return question?.messageType == 800 ? question?.text(70) : nil
        }

        /// What a machine is answered that changes a PIN, by a first message and its repeat.
        func change(_ pin: String, to new: String?) throws -> [String?] {
            trace += 1
            var message = factory.purchase(0, trace: trace).with([3: "920000", 18: "6011", 22: "901"])
            message.set(52, bytes: Self.bytes(try block(pin)))
            if let new { message.set(125, text: try block(new)) }
            return try (1...2).map { _ in try wire.exchange(message).text(39) }
        }

        /// What the card's chip is answered where it takes part in such a change, and in its repeat.
        func changeByChip(_ pin: String, to new: String) throws -> [String] {
            trace += 1
            var message = factory.purchase(0, trace: trace).with([3: "920000", 18: "6011", 22: "051"])
            message.set(52, bytes: Self.bytes(try block(pin)))
            message.set(125, text: try block(new))
            let chip = try TestChip(pan: holder.pan).payment(0, counter: 1, date: "261121")
            message.set(55, bytes: Self.bytes(chip))
            return try (1...2).map { _ in hexadecimal(Array(try wire.exchange(message).bytes(of: 55) ?? [])) }
        }

        private static func bytes(_ digits: String) -> [UInt8] {
            stride(from: 0, to: digits.utf8.count, by: 2).map { index -> UInt8 in
                let start = digits.index(digits.startIndex, offsetBy: index)
                return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16) ?? 0
            }
        }
    }

    @Test func `a PIN outlives its key's rotation, and is not verified, nor counted, once its version is retired`()
        async throws
    {
        let stage = try await Stage()
        let database = stage.world.administered.installation.database
        func stored() throws -> [String] { try database.texts("SELECT key_version || ' ' || tries FROM card_pins") }
        _ = try await stage.set("4929").expecting(200)
        #expect(try stage.world.keys("rotate", "pvk").status == 0)
        // Whatever the service knows of the new version.
        for wait in [0, 6_000] {
            try await Task.sleep(for: .milliseconds(wait))
            #expect(try stage.withdraw("4929") == "00")
            for code in ["55", "55"] { #expect(try stage.withdraw("4928") == code) }
            #expect(try stored() == ["1 2"])
        }
        #expect(try stage.world.keys("retire", "pvk", "--ends-cards").status == 0)
        for _ in 0..<600 {
            if try stage.withdraw("4929") != "00" { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        let left = try stored()
        for pin in ["4929", "4928", "4927", "4926"] { #expect(try stage.withdraw(pin) == "86") }
        #expect(try stored() == left)
        _ = try await stage.set("4929").expecting(200)
        #expect(try stored() == ["2 0"])
        #expect(try stage.withdraw("4928") == "55")
        #expect(try stage.withdraw("4929") == "00")
        #expect(stage.server.stop() == 0)
    }

    @Test func `a PIN under a new zone key is right as soon as the key is taken, in every process`() async throws {
        let stage = try await Stage()
        #expect(try await stage.set("4929").expecting(200).text("pin.status") == "set")
        let another = try stage.startAnother()
        for new in ["89ABCDEF0123456776543210FEDCBA98", "FEDCBA98765432100123456789ABCDEF"] {
            try stage.use(stage.server)
            // Encrypted before, so that it comes at once.
            let (block, change) = (try stage.block("4929", under: new), try stage.keyChange(to: new))
            #expect(try stage.changeZoneKey(change, to: new) == "00")
            #expect(try stage.withdraw(nil, block: block) == "00")
            try stage.use(another)
            #expect(try stage.withdraw(nil, block: block) == "00")
            #expect(try stage.withdraw("4928") == "55")
        }
        #expect(another.stop() == 0)
        #expect(stage.server.stop() == 0)
    }

    @Test func `PINs in a row that no key opens make the session ask for a new key, and one that opens ends the row`()
        async throws
    {
        let stage = try await Stage()
        _ = try await stage.set("4929").expecting(200)
        let new = "89ABCDEF0123456776543210FEDCBA98"
        let block = try stage.block("4929", under: new)
        for _ in 1...2 { #expect(try stage.withdraw(nil, block: block) == "86") }
        #expect(try stage.withdraw("4928") == "55")
        for _ in 1...3 { #expect(try stage.withdraw(nil, block: block) == "86") }
        #expect(try stage.question() == "161")
        // Not with every message.
        #expect(try stage.withdraw(nil, block: block) == "86")
        #expect(try stage.changeZoneKey(try stage.keyChange(to: new), to: new) == "00")
        #expect(try stage.withdraw(nil, block: block) == "00")
        #expect(stage.server.stop() == 0)
    }

    @Test func `a PIN is set by a client, verified at a machine, blocked, unblocked and changed`() async throws {
        let stage = try await Stage()
        #expect(try stage.withdraw(nil) == "55")
        #expect(try stage.withdraw("4929") == "86")
        #expect(try await stage.set("4929").expecting(200).text("pin.status") == "set")
        // Whatever was known of the card before the PIN was set.
        #expect(try stage.withdraw("4929") == "00")
        #expect(try stage.withdraw("4928") == "55")
        #expect(try stage.withdraw("4929") == "00")
        #expect(try stage.withdraw(nil, block: "0011223344556677") == "86")
        for code in ["55", "55", "55", "75"] { #expect(try stage.withdraw("4928") == code) }
        #expect(try stage.withdraw("4929") == "75")
        #expect(try stage.withdraw(nil, block: "0011223344556677") == "75")
        let path = "/v1/cards/\(stage.holder.card)"
        #expect(try await stage.door.get(path).expecting(200).text("pin.status") == "blocked")
        _ = try await stage.door.post(path + "/pin/unblock", #"{"reason":"called"}"#).expecting(200)
        #expect(try await stage.set("1111", current: "4928").expecting(422).text("code") == "pin_incorrect")
        #expect(try await stage.set("1111", current: "4929").expecting(200).number("pin.tries_left") == 3)
        #expect(try stage.withdraw("4929") == "55")
        #expect(try stage.withdraw("1111") == "00")
        #expect(try stage.change("4929", to: "2222") == ["55", "55"])
        #expect(try stage.change("1111", to: nil) == ["12", "12"])
        #expect(try stage.change("1111", to: "2222") == ["00", "00"])
        #expect(try stage.withdraw("1111") == "55")
        #expect(try stage.withdraw("2222") == "00")
        let told = try stage.changeByChip("2222", to: "3333")
        // Tag 91, and the first time the script with the new PIN: it ends with the request, enciphered as it is.
        #expect(told[0].hasPrefix(told[1] + "721F861D8424000218") && told[1].utf8.count == 24)
        for table in ["journal", "network_keys"] {
            let stored = try stage.world.administered.installation.database
                .texts("SELECT upper(encode(chip_data, 'hex')) FROM \(table) WHERE chip_data IS NOT NULL")
            #expect(stored == [told[1]], "\(table)")
        }
        #expect(try stage.withdraw("3333") == "00")
        #expect(stage.server.stop() == 0)
        let all = ["--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z"]
        for command in [["ledger", "verify"], ["replay"] + all] {
            let ended = try AvalProcess.command(command, on: stage.world.administered.installation.database)
            #expect(ended.status == 0, "\(command) \(ended)")
        }
    }
}

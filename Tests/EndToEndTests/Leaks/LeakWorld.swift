import AuthorizationCore
import Foundation
import TestSupport

/// An installation with stores of its own, whose secrets are all known.
final class LeakWorld: Sendable {
    let stores: PrivateStores
    let keys: KeyWorld
    let server: AvalProcess
    let holders: [Holder]
    let card: CardSecrets
    private let webhookSecret: String
    /// The vault's own, hexadecimal and by name.
    private let vaultKeys: [(String, String)]
    private let directory: URL
    /// Their dialects.
    private static let networks = ["iso87-ascii-hexbitmap", "iso87-bcd-ascii", "iso87-ebcdic", "iso93-ascii-binbitmap"]

    var installation: AvalProcess.Installation { keys.administered.installation }
    var client: Client { Client(server, installation) }
    /// Of the network whose messages need a code.
    var sealedPort: Int { server.networkPorts[Self.networks.count] }
    /// Of the one that is told of hot cards.
    var filesPort: Int { server.networkPorts[Self.networks.count + 1] }

    init(seed: UInt64) async throws {
        stores = try PrivateStores()
        let database = try TestDatabase.make(on: stores.cluster)
        try Self.logAll(of: database)
        keys = try KeyWorld(try .make(database))
        try keys.importParts(of: "mac", usage: "M3")
        try keys.importParts(of: "zmk", usage: "K0")
        try Self.verifyPINs(keys, of: Self.networks.map(Self.name))
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("aval-leaks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        let file = directory.appendingPathComponent("networks.yaml")
        try Data(Self.networkFile(Self.networks, in: directory).utf8).write(to: file)
        let settings = [
            "AVAL_NETWORK_FILE": file.path, "AVAL_REDIS_URL": stores.redisURL, "AVAL_LOG_LEVEL": "trace",
            "AVAL_VAULT_PORT": "0", "AVAL_WEBHOOK_ALLOW": "127.0.0.0/8",
            // The runtime's own reports of a crash show what the registers point at.
            "SWIFT_BACKTRACE": "enable=yes,interactive=no,registers=all",
            // Reached in the middle of the traffic, whatever else is approved.
            "AVAL_MERCHANT_FAILURES_LIMIT": "100", "AVAL_MERCHANT_FAILURES_SHARE": "0",
        ]
        server = try AvalProcess(keys.administered.installation, settings, doors: Self.networks.count + 2)
        let client = Client(server, keys.administered.installation)
        // Nobody is there: each attempt fails.
        let endpoint = try await client.post("/v1/webhook-endpoints", #"{"url":"http://127.0.0.1:9/"}"#).expecting(201)
        webhookSecret = String(endpoint.text("secret").dropFirst("whsec_".count))
        vaultKeys = try Self.vaultKeys(of: keys.administered.installation.database)
        var generator = SplitMix64(seed: seed)
        var card = CardSecrets(&generator)
        var holders: [Holder] = []
        for length in [12, 12, 4] {
            let holder = try await client.openAccount(funded: 1_000_000)
            let pin = try PINSecrets(of: holder.pan, length: length, &generator)
            _ = try await client.post("/v1/cards/\(holder.card)/pin", pin.body).expecting(200)
            card.pins[holder.pan] = pin
            let date = try await client.get("/v1/cards/\(holder.card)").expecting(200).text("instances.0.expiry")
            card.addTrack(of: holder.pan, expiry: String(date.dropFirst(2).filter { $0 != "-" }), &generator)
            holders.append(holder)
        }
        self.card = card
        self.holders = holders
        try refuse(amount: LeakTraffic.refusedAmount)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// The log of the stores has neither rows nor statements. Here it has both, and what statements were called with: no
    /// secret is in clear there whatever an operator's own server logs.
    private static func logAll(of database: TestDatabase) throws {
        let names = ["log_error_verbosity", "log_min_error_statement", "log_parameter_max_length_on_error"]
        let setting = names.map { "current_setting('\($0)')" }.joined(separator: ", ")
        guard try database.texts("SELECT concat_ws(' ', \(setting))") == ["terse panic 0"] else {
            throw AvalProcess.Problem(description: "the stores' PostgreSQL logs more than it may")
        }
        for (name, value) in zip(names, ["default", "error", "-1"]) {
            try database.damage("ALTER SYSTEM SET \(name) = '\(value)'")
        }
        try database.damage("SELECT pg_reload_conf()")
    }

    private static func name(_ dialect: String) -> String { String(dialect.suffix(8)) }

    /// Has the program verify PINs that come under its own key or a network's, and the values of contactless cards.
    private static func verifyPINs(_ keys: KeyWorld, of networks: [String]) throws {
        let installation = keys.administered.installation
        let id = try installation.database.texts("SELECT replace(id::text, '-', '') FROM programs ORDER BY id")[0]
        for (name, usage) in [("pvk", "V2"), ("app-pin", "P0"), ("cvc3", "E4")] {
            try keys.importParts(of: name, usage: usage, program: "prg_\(id)")
        }
        for network in networks { try keys.importParts(of: "pin-\(network)", usage: "P0", network: network) }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        let dynamic = DynamicCard.Method.cvc3.policy("cvc3")
        let policy = "keys: {pin: {method: visa_pvv, key: pvk, key_index: 1}, dynamic: \(dynamic)}\n"
        try Data(policy.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let ended = try keys.administered.aval("program", "verify", "prg_\(id)", file.path)
        guard ended.status == 0 else { throw AvalProcess.Problem(description: "\(ended)") }
    }

    /// A network of each dialect, one whose messages need the code of a key, and one that is told of hot cards.
    private static func networkFile(_ dialects: [String], in directory: URL) throws -> String {
        let sealed = directory.appendingPathComponent("sealed.yaml")
        let mac = "{covers: message, algorithm: retail}"
        let text = "dialects: [{name: sealed, extends: iso87-ascii-hexbitmap, mac: \(mac)}]\n"
        try Data(text.utf8).write(to: sealed)
        let indicators = """
            {cvv2: {element: 48, positions: 1-3}, cavv: {element: 48, positions: 4-43},
             token: {element: 48, positions: 44-59}, new_pin: {element: 125}, transaction_id: {element: 63},
             ds_transaction_id: {element: 61}}
            """
        let updates = """
            {file: HOTCARDS, institution: "123456", reason_element: 120, repeat: {first_ms: 100, longest_ms: 200}}
            """
        let entries =
            dialects.map {
                "{name: \(name($0)), dialect: \($0), indicators: \(indicators), keys: {pin: pin-\(name($0))}, "
            }
            + [
                "{name: test, dialect: \(sealed.path)#sealed, keys: {mac: mac, change: {protection: zmk}}, ",
                "{name: files, dialect: iso87-ascii-hexbitmap, answer_timeout_ms: 1000, file_updates: \(updates), ",
            ]
        let common = "sign_on_required: false, listen: [{host: 127.0.0.1, port: 0}]}"
        return "networks:\n" + entries.map { "  - \($0)\(common)\n" }.joined()
    }

    /// Has the database refuse what holds so much.
    private func refuse(amount: Int64) throws {
        try installation.database.damage(
            "ALTER TABLE authorizations ADD CONSTRAINT no_such_hold CHECK (held <> \(amount)) NOT VALID"
        )
    }

    /// All that must be found nowhere.
    func secrets() throws -> [KnownSecret] {
        let folder = try TestEnvironment.value("AVAL_TEST_KEYS_DIRECTORY")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let keyFiles = try files.map { ($0, try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)) }
        let parts =
            KeyWorld.parts.map { ("key component", $0.digits) }
            + [("all other keys", TestChip.masterKey), ("next MAC key", LeakStory.nextKey)]
        let texts = [
            ("API key", installation.apiKey), ("administrator's key", keys.administered.key),
            ("operator's key", keys.ada), ("a webhook's secret", webhookSecret),
        ]
        let pins = holders.enumerated().flatMap { index, holder in card.pins[holder.pan]?.known(index) ?? [] }
        let numbers = holders.enumerated().flatMap { index, holder in
            [KnownSecret(name: "PAN \(index)", content: .digits(holder.pan))]
                + KnownSecret.grouped("PAN \(index)", holder.pan)
        }
        return numbers + card.known + pins
            + texts.map { KnownSecret(name: $0, content: .text($1)) }
            + (keyFiles + parts + vaultKeys).enumerated().flatMap { index, key in
                let digits = key.1.trimmingCharacters(in: .whitespacesAndNewlines)
                let bytes = KnownSecret.Content.bytes(Self.bytes(digits))
                return [
                    KnownSecret(name: "\(key.0) \(index)", content: bytes),
                    KnownSecret(name: "digits of \(key.0) \(index)", content: .text(digits)),
                ]
            }
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        let values = digits.compactMap(\.hexDigitValue)
        return stride(from: 1, to: values.count, by: 2).map { UInt8(values[$0 - 1] << 4 | values[$0]) }
    }
}

import AuthorizationCore
import Foundation
import ISO8583
import TestSupport

/// A program that verifies all that a card proves, and one of its cards: every value right and wrong, a PIN that is
/// changed, forgotten and unblocked, the vault's listener, and a network that changes its key. Every answer is looked at,
/// so that each way is known to have been gone.
struct LeakStory {
    /// Of the network's authentication codes, in a block.
    static let nextKey = "89ABCDEF0123456776543210FEDCBA98"

    private let world: LeakWorld
    let card: ProvingCard
    let program: String
    /// The card's own, and another program's.
    private let tracks: [LeakTrack]

    var known: [KnownSecret] { card.known + tracks.flatMap(\.known) }

    init(_ world: LeakWorld, seed: UInt64) async throws {
        self.world = world
        let program = try await Self.addProgram(world)
        self.program = program
        let holder = try await world.client.openAccount(funded: 1_000_000, program: program)
        let keys = world.keys
        try await onOwnThread { try Self.verifyAll(program, keys) }
        // The service reads keys again every five seconds.
        while try await world.client.post("/v1/cards/\(holder.card)/reveal").text("cvv2").isEmpty {
            try await Task.sleep(for: .milliseconds(100))
        }
        let date = try await world.client.get("/v1/cards/\(holder.card)").expecting(200).text("instances.0.expiry")
        let expiry = String(date.dropFirst(2).filter { $0 != "-" })
        let other = world.holders[0].pan
        let otherExpiry = String(world.card.tracks[other]?.prefix(4) ?? "")
        (card, tracks) = try await onOwnThread {
            let card = try ProvingCard(holder, expiry: expiry, seed: seed)
            let contactless = DynamicCard(pan: holder.pan, expiry: expiry, method: .dcvv, chip: card.cryptograms)
            let another = DynamicCard(pan: other, expiry: otherExpiry, method: .cvc3, chip: try TestChip(pan: other))
            return (card, [try LeakTrack(contactless, counter: 1), try LeakTrack(another, counter: 224)])
        }
    }

    private static func addProgram(_ world: LeakWorld) async throws -> String {
        let administered = world.keys.administered
        guard let tenant = try administered.aval("api-key", "list").output.firstMatch(of: /ten_[0-9a-f]{32}/) else {
            throw AvalProcess.Problem(description: "no tenant")
        }
        let root = Client(port: world.server.httpPort, apiKey: administered.key, tenant: String(tenant.output))
        let currency = #"{"currency":"EUR","transaction_limit":100000,"daily_limit":9000000}"#
        let kinds = #"["purchase","atm_withdrawal","cash_advance","pin_change"]"#
        let terms = #""bin":"990001","currencies":[\#(currency)],"kinds":\#(kinds)"#
        let body = #"{"name":"proofs","time_zone":"UTC",\#(terms)}"#
        // Older transactions are waited for.
        for _ in 0..<20 {
            let answer = try await root.post("/v1/programs", body, key: "proofs")
            if answer.status != 503 { return try answer.expecting(201).text("id") }
        }
        throw AvalProcess.Problem(description: "no program")
    }

    private static func verifyAll(_ program: String, _ keys: KeyWorld) throws {
        let usages = [
            ("cvk", "C0"), ("story-pvk", "V2"), ("story-pin", "P0"), ("imk-ac", "E0"), ("imk-smi", "E2"),
            ("imk-smc", "E1"), ("imk-dn", "E4"),
        ]
        for (name, usage) in usages { try keys.importParts(of: name, usage: usage, program: program) }
        let policy = """
            keys:
              cvv: cvk
              cavv: cvk
              dynamic: \(DynamicCard.Method.dcvv.policy("imk-dn"))
              pin: {method: visa_pvv, key: story-pvk, key_index: 1}
              chip: {scheme: visa, cryptograms: imk-ac, integrity: imk-smi, confidentiality: imk-smc}
            failures: {limit: 20, window: 86400}
            """
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try Data(policy.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let ended = try keys.administered.aval("program", "verify", program, file.path)
        guard ended.status == 0 else { throw AvalProcess.Problem(description: "\(ended)") }
    }

    /// - Returns: how many messages and requests were sent.
    func run() async throws -> Int {
        let path = "/v1/cards/\(card.holder.card)"
        let pin = card.pins.first.body.replacing("app-pin", with: "story-pin")
        _ = try await world.client.post("\(path)/pin", pin).expecting(200)
        let first = try await onOwnThread { [card, tracks, world] in
            // The tracks' counters are before the chip's.
            var door = try LeakDoor(world, card, trace: 900_000, counter: 10)
            try door.proveTracks(tracks)
            try door.proveValues()
            try door.mistypePIN()
            return door.sent
        }
        _ = try await world.client.post("\(path)/pin/unblock", #"{"reason":"called"}"#).expecting(200)
        let second = try await onOwnThread { [card, world] in
            var door = try LeakDoor(world, card, trace: 901_000, counter: 100)
            try door.changePIN()
            try door.changeKey()
            return door.sent
        }
        return try await reveal(path) + first + second
    }

    /// - Returns: how many requests were sent.
    private func reveal(_ path: String) async throws -> Int {
        let token = try await world.client.post("\(path)/reveal-tokens").expecting(201).text("token")
        let vault = Client(port: try world.server.vaultPort(), apiKey: "")
        let shown = try await vault.post("/reveal", #"{"token":"\#(token)"}"#).expecting(200)
        guard shown.text("pan") == card.holder.pan, shown.text("cvv2") == card.printed else {
            throw AvalProcess.Problem(description: "the vault shows another card")
        }
        let refused = [token, String(token.dropLast()) + "x", card.holder.pan, card.printed + card.cavv]
        for token in refused { _ = try await vault.post("/reveal", #"{"token":"\#(token)"}"#).expecting(403) }
        _ = try await world.client.post("\(path)/reveal").expecting(200)
        return 3 + refused.count
    }
}

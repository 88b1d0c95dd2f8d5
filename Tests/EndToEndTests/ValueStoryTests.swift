import Foundation
import TestSupport
import Testing

/// A program whose contactless cards and 3-D Secure make values of one payment, from components of its keys to answers
/// on the wire. The values are reckoned with OpenSSL.
@Suite struct ValueStoryTests {
    private static func policy(_ method: DynamicCard.Method) -> String {
        """
        keys: {cavv: cavvk, dynamic: \(method.policy("imk-dn"))}
        rules: [{proof: authentication, demand: required, entry_mode: ecommerce}]
        """
    }

    private static func variables(_ card: DynamicCard) throws -> [String: String] {
        let cavv = try TestChip.cavv(card.pan)
        func altered(_ text: String, at index: Int) -> String {
            var bytes = Array(text.utf8)
            bytes[index] = bytes[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            return String(decoding: bytes, as: UTF8.self)
        }
        return [
            "card.pan": card.pan, "track.first": try card.track(224), "track.second": try card.track(225),
            "track.late": try card.track(223), "track.old": try card.track(100),
            "track.wrong": try card.track(226, value: card.wrongValue(226)),
            "track.static": "\(card.pan)=\(card.expiry)20112345856", "cavv.right": cavv,
            "cavv.wrong": altered(cavv, at: 9), "cavv.unknown": try TestChip.cavv(card.pan, version: "7"),
        ]
    }

    private static func prepare(_ method: DynamicCard.Method) throws -> AvalProcess.Installation {
        let world = try KeyWorld()
        let installation = world.administered.installation
        let id = try installation.database.texts("SELECT replace(id::text, '-', '') FROM programs ORDER BY id")[0]
        for (name, usage) in [("cavvk", "C0"), ("imk-dn", "E4")] {
            try world.importParts(of: name, usage: usage, program: "prg_\(id)")
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try Data(policy(method).utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let ended = try world.administered.aval("program", "verify", "prg_\(id)", file.path)
        #expect(ended.status == 0 && ended.output.contains("cavvk, imk-dn"), "\(ended)")
        return installation
    }

    @Test(arguments: DynamicCard.Method.allCases)
    func `values of one payment are verified where they are made, and none counts twice`(
        _ method: DynamicCard.Method
    ) async throws {
        let installation = try Self.prepare(method)
        let server = try AvalProcess(installation)
        let client = Client(server, installation)
        let holder = try await client.openAccount(funded: 20_000)
        let date = try await client.get("/v1/cards/\(holder.card)").expecting(200).text("instances.0.expiry")
        let card = DynamicCard(
            pan: holder.pan,
            expiry: String(date.dropFirst(2).filter { $0 != "-" }),
            method: method,
            chip: try TestChip(pan: holder.pan)
        )
        let played = try PlayedScenario.play(
            PlayedScenario.directory + "values.yaml",
            port: server.networkPort,
            on: installation,
            try Self.variables(card)
        )
        #expect(played.status == 0, "\(played.output)\(played.errors)")
        #expect(server.stop() == 0)

        let database = installation.database
        #expect(try database.texts("SELECT highest::text FROM chip_counters") == ["225"])
        let told = try database.texts(
            "SELECT authentication_answer FROM journal WHERE authentication_answer <> '' ORDER BY seq"
        )
        #expect(told == ["3801M", "3801N", "3801P"])
        let always = ["replay", "--from", "2026-01-01T00:00:00Z", "--to", "2099-01-01T00:00:00Z"]
        for command in [["ledger", "verify"], always] {
            let ended = try AvalProcess.command(command, on: database)
            #expect(ended.status == 0, "\(command) \(ended)")
        }
    }
}

import Foundation
import TestSupport
import Testing

/// A program whose contactless cards and 3-D Secure make values of one payment, from components of its keys to answers
/// on the wire. The values are reckoned with OpenSSL.
@Suite struct ValueStoryTests {
    enum Method: String, Sendable, CaseIterable {
        case dcvv
        case cvc3

        var policy: String {
            let positions = self == .dcvv ? "value: 6-8, counter: 9-12" : "pcvc3: '0038', punatc: 03C6, natc: 4"
            return """
                keys: {cavv: cavvk, dynamic: {method: \(rawValue), key: imk-dn, \(positions)}}
                rules: [{proof: authentication, demand: required, entry_mode: ecommerce}]
                """
        }
    }

    private struct Card {
        let pan: String
        /// YYMM.
        let expiry: String
        let method: Method
        let chip: TestChip

        /// As the reader sends it.
        ///
        /// - Parameter value: in the place of the right one.
        func track(_ counter: UInt16, value: String? = nil) throws -> String {
            let digits = String(format: "%04d", counter)
            switch method {
            case .dcvv:
                let right = try chip.dcvv(pan, expiry: expiry, serviceCode: "201", counter: counter)
                return "\(pan)=\(expiry)20112345\(value ?? right)\(digits)"
            case .cvc3: return "\(pan)=\(expiry)201120\(digits)\(try value ?? cvc3(counter))422"
            }
        }

        private func cvc3(_ counter: UInt16) throws -> String {
            let held = "\(pan)D\(expiry)2011200000000000F"
            return try chip.cvc3(held, unpredictableNumber: "00000042", counter: counter)
        }

        /// Right for none of the counters that have the same last digits.
        private func wrongValue(_ counter: UInt16) throws -> String {
            let right: Set<String> =
                switch method {
                case .dcvv: [try chip.dcvv(pan, expiry: expiry, serviceCode: "201", counter: counter)]
                case .cvc3: Set(try stride(from: counter, through: 60_000 + counter, by: 10_000).map(cvc3))
                }
            let wrong = (0...7).map { "00\($0)" }.first { !right.contains($0) }
            return try #require(wrong)
        }

        func variables() throws -> [String: String] {
            let cavv = try TestChip.cavv(pan)
            func altered(_ text: String, at index: Int) -> String {
                var bytes = Array(text.utf8)
                bytes[index] = bytes[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
                return String(decoding: bytes, as: UTF8.self)
            }
            return [
                "card.pan": pan, "track.first": try track(224), "track.second": try track(225),
                "track.late": try track(223), "track.old": try track(100),
                "track.wrong": try track(226, value: wrongValue(226)),
                "track.static": "\(pan)=\(expiry)20112345856", "cavv.right": cavv, "cavv.wrong": altered(cavv, at: 9),
                "cavv.unknown": try TestChip.cavv(pan, version: "7"),
            ]
        }
    }

    private static func prepare(_ method: Method) throws -> AvalProcess.Installation {
        let world = try KeyWorld()
        let installation = world.administered.installation
        let id = try installation.database.texts("SELECT replace(id::text, '-', '') FROM programs ORDER BY id")[0]
        for (name, usage) in [("cavvk", "C0"), ("imk-dn", "E4")] {
            try world.importParts(of: name, usage: usage, program: "prg_\(id)")
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try Data(method.policy.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let ended = try world.administered.aval("program", "verify", "prg_\(id)", file.path)
        #expect(ended.status == 0 && ended.output.contains("cavvk, imk-dn"), "\(ended)")
        return installation
    }

    @Test(arguments: Method.allCases)
    func `values of one payment are verified where they are made, and none counts twice`(
        _ method: Method
    ) async throws {
        let installation = try Self.prepare(method)
        let server = try AvalProcess(installation)
        let client = Client(server, installation)
        let holder = try await client.openAccount(funded: 20_000)
        let date = try await client.get("/v1/cards/\(holder.card)").expecting(200).text("instances.0.expiry")
        let card = Card(
            pan: holder.pan,
            expiry: String(date.dropFirst(2).filter { $0 != "-" }),
            method: method,
            chip: try TestChip(pan: holder.pan)
        )
        let played = try PlayedScenario.play(
            PlayedScenario.directory + "values.yaml",
            port: server.networkPort,
            on: installation,
            try card.variables()
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

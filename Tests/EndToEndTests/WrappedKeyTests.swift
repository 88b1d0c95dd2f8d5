import Foundation
import TestSupport
import Testing

/// Key files under a master key, against the built binary.
@Suite struct `Key files` {
    private static let production = ["AVAL_ENVIRONMENT": "production", "AVAL_REVEAL_DIRECT": "off"]

    /// Wraps the files, then serves a card that was issued before.
    private static func tell(_ folder: KeyFolder, _ settings: [String: String]) async throws {
        let installation = try AvalProcess.Installation.make()
        func run(_ arguments: [String], _ more: [String: String] = [:]) throws -> (Int32, String) {
            let ended = try AvalProcess.command(
                arguments,
                on: installation.database,
                settings: settings.merging(more) { $1 }
            )
            return (ended.status, ended.output + ended.errors)
        }
        let before = try AvalProcess(installation)
        let holder = try await Client(before, installation).openAccount(funded: 1_000)
        #expect(before.stop() == 0)
        let names = ["cache-authentication", "key-wrapping", "request-fingerprint", "vault-kek-1"]
        #expect(try folder.lengths().contains(64))
        let early = try run(["serve"])
        #expect(early.0 == 1)
        #expect(try run(["key-files", "wrap"]) == (0, names.map { "wrapped \($0)\n" }.joined()))
        #expect(early.1.contains(settings["AVAL_HSM_MODULE"] == nil ? "run `aval key-files wrap`" : "has no key"))
        #expect(try run(["key-files", "wrap"]) == (0, names.map { "kept \($0)\n" }.joined()))
        let revealing = ["AVAL_ENVIRONMENT": "development", "AVAL_REVEAL_DIRECT": "on"]
        let after = try AvalProcess(installation, settings.merging(revealing) { $1 })
        let revealed = try await Client(after, installation).post("/v1/cards/\(holder.card)/reveal")
        #expect(revealed.text("pan") == holder.pan)
        #expect(after.stop() == 0)
    }

    @Test func `are wrapped by a key of a token, and of no use without it`() async throws {
        let folder = try KeyFolder()
        var settings = try folder.token()
        settings.merge(Self.production) { $1 }
        try await Self.tell(folder, settings)
        #expect(try folder.lengths() == [81])
        let database = try SharedServer.installation.database
        let alone = try AvalProcess.command(["serve"], on: database, settings: ["AVAL_KEYS_DIRECTORY": folder.keys])
        #expect(alone.status == 1)
        #expect(alone.errors.contains("vault-kek-1.key is wrapped, and there is no master key"))
        settings["AVAL_HSM_PIN_FILE"] = try folder.write("161803\n", "wrong")
        let refused = try AvalProcess.command(["serve"], on: database, settings: settings)
        #expect(refused.status == 1)
        #expect(refused.errors == "aval: AVAL_HSM_MODULE: C_Login returns 0xa0: the PIN is wrong\n")
    }

    @Test func `are wrapped by a master key in a file, or of a setting in development`() async throws {
        let digits = String(repeating: "0F", count: 32)
        let folder = try KeyFolder()
        _ = try folder.write(digits + "\n", "keys/master.key")
        try await Self.tell(folder, ["AVAL_KEYS_DIRECTORY": folder.keys].merging(Self.production) { $1 })
        #expect(try folder.lengths() == [65, 81])
        let other = try KeyFolder()
        try await Self.tell(other, ["AVAL_KEYS_DIRECTORY": other.keys, "AVAL_MASTER_KEY": digits])
        #expect(try other.lengths() == [81])
    }
}

import Foundation
import TestSupport
import Testing

/// What production refuses, and the key files under a master key, against the built binary.
@Suite struct `Production` {
    private static let production = ["AVAL_ENVIRONMENT": "production", "AVAL_REVEAL_DIRECT": "off"]
    private static let digits = String(repeating: "0F", count: 32)

    private static func serve(_ settings: [String: String], on database: TestDatabase) throws -> String {
        let ended = try AvalProcess.command(["serve"], on: database, settings: settings)
        #expect(ended.status == 1)
        return ended.errors
    }

    @Test func `does not start while software holds a card verification key, and makes none`() throws {
        let world = try KeyWorld()
        let database = world.administered.installation.database
        let refusal = "aval: AVAL_ENVIRONMENT is production: software "
        try world.importParts(of: "cvk", usage: "C0")
        try world.importParts(of: "mac", usage: "M3")
        let told = try Self.serve(Self.production, on: database)
        #expect(told.hasPrefix(refusal + "holds cvk version 1 of usage C0. PIN, chip and card verification keys"))
        for (usage, algorithm) in [("P0", "tdes"), ("V2", "tdes"), ("E0", "tdes"), ("C0", "tdes")] {
            let made = try AvalProcess.command(
                ["keys", "create", "new", "--usage", usage, "--algorithm", algorithm],
                on: database,
                settings: Self.production.merging(["AVAL_OPERATOR_KEY": world.ada]) { $1 }
            )
            #expect(made.status == 1)
            #expect(made.errors == refusal + "may hold no key of usage \(usage)\n")
        }
        let end = [
            (world.ada, ["retire", "cvk", "--version", "1", "--ends-cards"]),
            (world.ada, ["destroy", "cvk", "--version", "1"]),
            (world.bob, ["approve", "cvk", "--check-value", KeyWorld.checkValue]),
        ]
        for (key, arguments) in end {
            let ended = try AvalProcess.command(
                ["keys"] + arguments,
                on: database,
                settings: Self.production.merging(["AVAL_OPERATOR_KEY": key]) { $1 }
            )
            #expect(ended.status == 0, "\(ended.errors)")
        }
        let server = try AvalProcess(world.administered.installation, Self.production)
        #expect(server.stop() == 0)
    }

    /// Without it every PIN, code and cryptogram would go by unverified.
    @Test func `does not start without the key that opens keys of cards`() throws {
        let installation = try AvalProcess.Installation.make()
        let folder = try KeyFolder()
        try FileManager.default.removeItem(atPath: "\(folder.keys)/key-wrapping.key")
        let told = try Self.serve(["AVAL_KEYS_DIRECTORY": folder.keys], on: installation.database)
        #expect(told.hasPrefix("aval: \(folder.keys)/key-wrapping.key cannot be read: make it with"), "\(told)")
    }

    @Test func `is what is meant when nothing is said, and takes no master key from a setting`() throws {
        let installation = try AvalProcess.Installation.make()
        let settings = ["AVAL_ENVIRONMENT": "", "AVAL_MASTER_KEY": Self.digits]
        let refusal = "AVAL_MASTER_KEY is set: in production the master key is in an HSM"
        #expect(try Self.serve(settings, on: installation.database).hasPrefix("aval: \(refusal)"))
        let checked = try AvalProcess.command(["config", "check"], on: installation.database, settings: settings)
        #expect(checked.status == 1)
        #expect(checked.output.contains("wrong: \(refusal)") && !checked.output.contains(Self.digits))
        let direct = try Self.serve(["AVAL_ENVIRONMENT": "production"], on: installation.database)
        #expect(direct.hasPrefix("aval: AVAL_REVEAL_DIRECT is on: in production"))
        let unknown = try Self.serve(["AVAL_ENVIRONMENT": "staging"], on: installation.database)
        #expect(unknown == "aval: AVAL_ENVIRONMENT must be one of production, development\n")
    }
}

import CardCryptography
import Foundation
import TestSupport
import Testing

/// What the calculator does not take.
@Suite struct `The calculator` {
    private static let testKey = "2B7E151628AED2A6ABF7158809CF4F3C"
    private static let refusal = "aval: not_a_test_key: key is of the key store, whose keys are not taken\n"

    /// A copy of the keys' directory; goes away with what is in it.
    private final class Keys {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("aval-keys-\(UUID().uuidString)").path

        init() throws {
            let keys = try TestEnvironment.value("AVAL_TEST_KEYS_DIRECTORY")
            try FileManager.default.copyItem(atPath: keys, toPath: path)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ text: String, _ name: String, mode: Int = 0o600) throws {
            try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(path)/\(name)")
        }
    }

    private func calculate(
        _ inputs: [String],
        _ settings: [String: String] = AvalProcess.withoutDatabase,
        on database: TestDatabase? = nil
    ) throws -> (status: Int32, output: String, errors: String) {
        let database = try database ?? SharedServer.installation.database
        return try AvalProcess.command(["calc", "aes_cmac"] + inputs, on: database, settings: settings)
    }

    @Test(arguments: ["key-wrapping", "vault-kek-1"])
    func `takes no key of a file, in either case and for whatever input`(_ name: String) throws {
        let key = try Self.file(name)
        for (given, input) in [(key.lowercased(), "key"), (key.uppercased(), "data")] {
            let other = input == "key" ? "data=00" : "key=\(Self.testKey)"
            let (status, output, errors) = try calculate(["\(input)=\(given)", other])
            #expect(status == 1 && output.isEmpty)
            #expect(errors == Self.refusal.replacing("key is of", with: "\(input) is of"))
        }
    }

    /// A block of DES has eight bytes, of which the last bits are parity.
    @Test func `takes no part of a key, wherever it stands and of whatever parity`() throws {
        let key = try Self.file("key-wrapping")
        let parts = stride(from: 0, to: key.count, by: 16).map { String(key.dropFirst($0).prefix(16)) }
        #expect(parts.count == 4)
        for part in parts {
            for inputs in ["\(part)\(part)", "0011223344556677\(part)", "\(part)0011223344556677"] {
                #expect(try calculate(["key=\(inputs)", "data=00"]).errors == Self.refusal)
            }
        }
        let last = try #require(UInt8(parts[0].suffix(2), radix: 16))
        let even = parts[0].dropLast(2) + String(0x100 + Int(last ^ 1), radix: 16).dropFirst()
        #expect(try calculate(["key=\(even)0011223344556677", "data=00"]).errors == Self.refusal)
        // Not at a whole number of blocks.
        #expect(try calculate(["key=00\(parts[0])00112233445566", "data=00"]).status == 0)
    }

    @Test func `takes no key of the database, no half of one and no component`() throws {
        let world = try KeyWorld()
        let database = world.administered.installation.database
        #expect(try calculate(["key=\(Self.testKey)", "data=00"], [:], on: database).status == 0)
        #expect(try world.bringPart(0, of: "zmk", usage: "K0", by: world.ada).status == 0)
        #expect(
            try calculate(["key=\(KeyWorld.parts[0].digits)", "data=00"], [:], on: database).errors == Self.refusal
        )
        try world.importParts(of: "mac", usage: "M3")
        for key in ["0123456789ABCDEFFEDCBA9876543210", "FEDCBA98765432100011223344556677"] {
            #expect(try calculate(["key=\(key)", "data=00"], [:], on: database).errors == Self.refusal)
            #expect(try calculate(["key=\(key)", "data=00"], on: database).status == 0)
        }
    }

    @Test func `takes no key of the vault`() throws {
        let database = try AvalProcess.Installation.make().database
        let key = String(repeating: "0123456789ABCDEF", count: 4)
        let wrapping = try #require(SecretKey(hexadecimal: try Self.file("vault-kek-1").utf8))
        let kept = try #require(SecretKey(hexadecimal: key.utf8))
        #expect(try calculate(["key=\(key)", "data=00"], [:], on: database).status == 0)
        for (purpose, name) in ["data", "index", "content", "token", "pin"].enumerated() {
            let wrapped = try #require(KeyEncryptionKeys([1: wrapping])).wrap(kept, by: 1, at: "vault \(name) key 1")
            let hex = wrapped.map { String(0x100 + Int($0), radix: 16).dropFirst() }.joined()
            try database.damage(
                """
                DELETE FROM vault_keys; INSERT INTO vault_keys (purpose, id, state, kek_id, wrapped)
                VALUES (\(purpose + 1), 1, 2, 1, '\\x\(hex)')
                """
            )
            #expect(try calculate(["key=\(key)", "data=00"], [:], on: database).errors == Self.refusal, "\(name)")
            #expect(try calculate(["key=\(Self.testKey)", "data=00"], [:], on: database).status == 0)
        }
        try database.damage("UPDATE vault_keys SET kek_id = 9")
        let other = try calculate(["key=\(Self.testKey)", "data=00"], [:], on: database)
        #expect(other.status == 1 && other.errors.contains("vault-kek-9.key is not here"), "\(other)")
    }

    @Test func `shows no key of the database that its components would give`() throws {
        let world = try KeyWorld()
        try world.importParts(of: "mac", usage: "M3")
        let parts = KeyWorld.parts.enumerated().flatMap { index, part in
            ["component_\(index + 1)=\(part.digits)", "kcv_\(index + 1)=\(part.checkValue)"]
        }
        let inputs = ["calc", "combine_components", "algorithm=T", "kcv=\(KeyWorld.checkValue)"] + parts
        let database = world.administered.installation.database
        let (status, output, errors) = try AvalProcess.command(inputs, on: database, settings: [:])
        #expect(status == 1 && output.isEmpty)
        #expect(errors == "aval: not_a_test_key: the result is of the key store, whose keys are not shown\n")
        let without = try AvalProcess.command(inputs, on: database, settings: AvalProcess.withoutDatabase)
        #expect(without.output.contains("key = 0123456789ABCDEFFEDCBA9876543210"), "\(without)")
    }

    @Test func `does nothing where the keys of an installation cannot be read`() throws {
        let keys = try Keys()
        func refused(_ settings: [String: String]) throws -> String {
            let merged = AvalProcess.withoutDatabase.merging(settings) { $1 }
            let (status, output, errors) = try calculate(["key=\(Self.testKey)", "data=00"], merged)
            #expect(status == 1 && output.isEmpty)
            return errors
        }
        #expect(try refused(["AVAL_CONFIG_FILE": "/nowhere.json"]).contains("AVAL_CONFIG_FILE: /nowhere.json"))
        #expect(try refused(["AVAL_KEYS_DIRECTORY": "/nowhere"]).contains("AVAL_KEYS_DIRECTORY: /nowhere is not there"))
        #expect(
            try refused(["AVAL_DATABASE_URL": "postgresql://127.0.0.1:1/none"]).contains("AVAL_DATABASE_URL cannot")
        )
        let folder = ["AVAL_KEYS_DIRECTORY": keys.path]
        try keys.write(String(repeating: "ab", count: 40), "vault-kek-2.key")
        #expect(try refused(folder).contains("vault-kek-2.key is wrapped, and there is no master key"))
        try keys.write(try Self.file("key-wrapping"), "vault-kek-2.key", mode: 0o644)
        #expect(try refused(folder).contains("vault-kek-2.key may be read by others"))
        try keys.write(try Self.file("key-wrapping"), "vault-kek-2.key")
        let merged = AvalProcess.withoutDatabase.merging(folder) { $1 }
        #expect(try calculate(["key=\(Self.testKey)", "data=00"], merged).status == 0)
    }

    @Test func `needs the key that wraps a database's keys`() throws {
        let (world, keys) = (try KeyWorld(), try Keys())
        try world.importParts(of: "mac", usage: "M3")
        try FileManager.default.removeItem(atPath: "\(keys.path)/key-wrapping.key")
        let database = world.administered.installation.database
        let folder = ["AVAL_KEYS_DIRECTORY": keys.path]
        let missing = try calculate(["key=\(Self.testKey)", "data=00"], folder, on: database)
        #expect(missing.status == 1 && missing.errors.contains("key-wrapping.key cannot be read"), "\(missing)")
        try keys.write(String(repeating: "5a", count: 32), "key-wrapping.key")
        let other = try calculate(["key=\(Self.testKey)", "data=00"], folder, on: database)
        #expect(other.status == 1 && other.errors.contains("cannot be read"), "\(other)")
    }

    private static func file(_ name: String) throws -> String {
        let keys = try TestEnvironment.value("AVAL_TEST_KEYS_DIRECTORY")
        return try String(contentsOfFile: "\(keys)/\(name).key", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

import AuthorizationEngine
import Foundation
import TestSupport

@testable import CardCryptography

extension LeakWorld {
    /// The vault's keys, which the server drew at its first start: hexadecimal, by name.
    static func vaultKeys(of database: TestDatabase) throws -> [(String, String)] {
        let file = try TestEnvironment.value("AVAL_TEST_KEYS_DIRECTORY") + "/vault-kek-1.key"
        let digits = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let key = SecretKey(hexadecimal: Array(digits.utf8)), let wrapping = KeyEncryptionKeys([1: key]) else {
            throw AvalProcess.Problem(description: "\(file) holds no key")
        }
        let rows = try database.texts(
            "SELECT concat_ws(' ', purpose, id, encode(wrapped, 'hex')) FROM vault_keys WHERE wrapped IS NOT NULL"
        )
        guard rows.count == VaultPurpose.allCases.count else {
            throw AvalProcess.Problem(description: "the vault has \(rows.count) keys")
        }
        return try rows.map { row in
            let parts = row.split(separator: " ").map(String.init)
            guard parts.count == 3, let purpose = UInt8(parts[0]).flatMap(VaultPurpose.init(rawValue:)),
                let id = Int16(parts[1])
            else { throw AvalProcess.Problem(description: "no key of the vault: \(parts.prefix(2))") }
            let place = VaultKeyRecord.Name(purpose, id).description
            let key = try wrapping.unwrap(try TestChip.bytes(parts[2]), by: 1, at: place)
            return (place, key.withExposedContent { hexadecimal(Array($0)) })
        }
    }
}

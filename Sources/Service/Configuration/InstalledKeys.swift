import AuthorizationEngine
import CardCryptography
import Foundation
import PostgresLedger

/// All that the keys of this installation consist of: its key files', and the vault's and payment keys of its database.
/// Where there is none there is nothing; what is there and cannot be read is a problem, because nobody could say then what
/// is a key.
struct InstalledKeys {
    /// Bytes of a block of DES, and of each part that is compared.
    private static let partLength = 8
    /// Parts of the longest key there is.
    private static let mostParts = 4

    /// Parity is no part of a DES key, so that it is made the same in all of them.
    private let parts: [SecretBytes]
    /// Of double-length Triple DES keys that are in a token: nobody can compare those themselves, and one pair of parts in
    /// sixteen million is refused with them.
    private let checkValues: [[UInt8]]

    /// - Throws: `Settings.Problem` that says what cannot be read, and how to go on.
    init(_ settings: Settings) throws {
        let directory = try settings.text(.keysDirectory)
        let isThere = FileManager.default.fileExists(atPath: directory)
        guard isThere || settings.raw(.keysDirectory).source == .standard else {
            throw Settings.Problem(
                description:
                    "\(Setting.keysDirectory.variable): \(directory) is not there: unset it where there are no keys"
            )
        }
        let master = isThere ? try settings.masterKey() : nil
        let files = isThere ? try KeyFiles.all(in: directory, under: master) : []
        let told = settings.raw(.masterKey).value.flatMap { SecretBytes(hexadecimal: Array($0.utf8)) }
        let stored = try Self.stored(settings) {
            try KeyFiles.wrapping(directory: directory, under: master)
        } _: {
            try KeyFiles.keyVault(directory: directory, under: master)
        }
        parts = (files + (told.map { [$0] } ?? []) + stored.keys).flatMap(Self.parts)
        checkValues = stored.checkValues
    }

    /// Whether bytes have a part of a key in them, at a whole number of blocks: also half of a key is a secret, and a key
    /// of two parts is in one of three. Of a key in a token both parts, in either order: wherever they stand in what is no
    /// longer than keys are, and in more also with another between.
    func hold(_ bytes: SecretBytes) -> Bool {
        let given = Self.parts(bytes)
        return given.contains { part in parts.contains { $0.isEqual(to: part) } } || holdInToken(given)
    }

    private func holdInToken(_ given: [SecretBytes]) -> Bool {
        guard !checkValues.isEmpty else { return false }
        return given.indices.contains { first in
            let near = given.count <= Self.mostParts ? given.indices : given.indices.clamped(to: first - 2..<first + 3)
            return near.contains { $0 != first && isInToken(given[first], given[$0]) }
        }
    }

    private func isInToken(_ first: SecretBytes, _ second: SecretBytes) -> Bool {
        let bytes = SecretBytes(count: WrappedCardKey.length) { key in
            for (place, part) in [(0, first), (Self.partLength, second)] {
                part.withExposedBytes { UnsafeMutableRawBufferPointer(rebasing: key[place...]).copyMemory(from: $0) }
            }
        }
        let key = try? Key(bytes, .tripleDES, usage: .cardVerification, quality: .test)
        guard let value = key.flatMap({ try? KeyCheckValue.of($0) }) else { return false }
        return checkValues.contains { value.starts(with: $0) }
    }

    private static func parts(_ bytes: SecretBytes) -> [SecretBytes] {
        bytes.withExposedBytes { bytes in
            stride(from: partLength, through: bytes.count, by: partLength)
                .map { SecretBytes(bytes[$0 - partLength..<$0]).withOddParity }
        }
    }

    /// The vault's own keys and the payment keys of the database, whatever state they are in, and components that wait for
    /// others.
    private static func stored(
        _ settings: Settings,
        _ wrapping: () throws -> KeyEncryptionKeys,
        _ vault: () throws -> KeyVault
    ) throws -> (keys: [SecretBytes], checkValues: [[UInt8]]) {
        guard settings.raw(.databaseURL).value != nil else { return ([], []) }
        do {
            let administration = try settings.administration()
            let ofVault = try vaultKeys(try administration.vaultKeyRecords(), wrapping)
            let keys = try administration.keys().map(\.key)
            guard !keys.isEmpty else { return (ofVault, []) }
            let vault = try vault()
            let inToken = keys.filter { $0.custody == .token && $0.sealed != nil }
            let opened: [SecretBytes] = try keys.filter { !inToken.contains($0) }.flatMap { key in
                guard key.sealed == nil else { return [try key.opened(with: vault).keyBytes] }
                let place = KeyWork.componentPlace(key.name, key.version)
                return try administration.components(of: key).map {
                    try vault.open($0.sealed, at: place, usage: key.terms.usage).keyBytes
                }
            }
            return (ofVault + opened, inToken.map(\.checkValue))
        } catch {
            throw Settings.Problem(
                description:
                    "the keys of \(Setting.databaseURL.variable) cannot be read, and none may be taken: "
                    + "\(error); unset it where there is no database"
            )
        }
    }

    private static func vaultKeys(
        _ records: [VaultKeyRecord],
        _ wrapping: () throws -> KeyEncryptionKeys
    ) throws -> [SecretBytes] {
        guard !records.isEmpty else { return [] }
        let wrapping = try wrapping()
        return try records.compactMap { record in
            guard let wrapped = record.wrapped else { return nil }
            return try wrapping.unwrap(wrapped, by: record.wrappedBy, at: record.name.description).bytes
        }
    }
}

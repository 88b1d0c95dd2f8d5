import CardCryptography
import Foundation
import PostgresLedger

/// The keys of this installation, from files that only its user may read: 64 hexadecimal digits in clear, or 80 of a key
/// that is wrapped under the master key.
struct KeyFiles {
    let wrapping: KeyEncryptionKeys
    /// Reads one that has come while Aval serves.
    let wrappingKey: @Sendable (_ id: Int16) throws -> SecretKey
    /// What older releases kept card numbers with: of use for the first start of this one on their database. Nil where
    /// there is none.
    let carriedOver: (data: SecretKey, index: SecretKey)?
    let requestFingerprint: SecretKey
    let cacheAuthentication: SecretKey

    /// - Parameter master: nil when the files are in clear.
    /// - Throws: `Settings.Problem` that names the file, when one is missing, readable by others, or no key.
    init(directory: String, under master: (any KeyWrapping)?) throws {
        func key(_ name: String) throws -> SecretKey {
            try Self.read(name, in: directory, under: master) { SecretKey($0) }
        }
        wrappingKey = { try Self.wrappingKey($0, in: directory, under: master) }
        wrapping = try Self.wrapping(directory: directory, under: master)
        let isThere = Self.names(in: directory).contains { $0 == "pan-encryption" || $0 == "pan-index" }
        carriedOver = isThere ? (try key("pan-encryption"), try key("pan-index")) : nil
        requestFingerprint = try key("request-fingerprint")
        cacheAuthentication = try key("cache-authentication")
    }

    /// All that are there, but for the one that may wrap the others.
    static func names(in directory: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return files.filter { $0.hasSuffix(".key") && $0 != "master.key" }.map { String($0.dropLast(4)) }.sorted()
    }

    private static let wrappingPrefix = "vault-kek-"

    /// The keys that wrap the vault's: `vault-kek-1.key` and so on. New ones are made by operators, on each machine, before
    /// `aval vault rotate kek`.
    static func wrapping(directory: String, under master: (any KeyWrapping)?) throws -> KeyEncryptionKeys {
        var keys: [Int16: SecretKey] = [:]
        let prefix = wrappingPrefix
        for name in names(in: directory) where name.hasPrefix(prefix) {
            guard let id = Int16(name.dropFirst(prefix.count)), id > 0, "\(prefix)\(id)" == name else {
                throw Settings.Problem(
                    description: "\(path(name, directory)) must be called \(prefix)1.key to \(prefix)32767.key"
                )
            }
            keys[id] = try read(name, in: directory, under: master) { SecretKey($0) }
        }
        guard let wrapping = KeyEncryptionKeys(keys) else {
            throw Settings.Problem(description: missing(path("\(prefix)1", directory)))
        }
        return wrapping
    }

    private static func wrappingKey(
        _ id: Int16,
        in directory: String,
        under master: (any KeyWrapping)?
    ) throws -> SecretKey {
        let name = "\(wrappingPrefix)\(id)"
        let path = path(name, directory)
        guard FileManager.default.fileExists(atPath: path) else {
            throw Settings.Problem(description: "\(path) is not there: put it on this machine as on the others")
        }
        return try read(name, in: directory, under: master) { SecretKey($0) }
    }

    /// What wraps the payment keys in the database; apart, because the commands for them need no other file.
    static func keyVault(directory: String, under master: (any KeyWrapping)?) throws -> KeyVault {
        try read("key-wrapping", in: directory, under: master) { KeyVault($0) }
    }

    /// Replaces a file in clear, which may be the only copy, once it is known to come back.
    ///
    /// - Returns: false when it is wrapped.
    static func wrap(_ name: String, in directory: String, under master: any KeyWrapping) throws -> Bool {
        let path = path(name, directory)
        let content = try content(of: path)
        guard content.count != WrappedKey.length else { return false }
        let wrapped = try master.wrap(content)
        guard let unwrapped = try? master.unwrap(wrapped), unwrapped.isEqual(to: content) else {
            throw Settings.Problem(description: "the master key does not unwrap what it wraps: \(path) stays in clear")
        }
        try PrivateFile.replace(path, by: Data("\(wrapped.hexadecimal)\n".utf8))
        return true
    }

    /// The keys of all files, unwrapped, and the one that may wrap the others: what nothing may show.
    ///
    /// - Parameter master: nil when the files are in clear.
    /// - Throws: `Settings.Problem` that names the file, when one cannot be read.
    static func all(in directory: String, under master: (any KeyWrapping)?) throws -> [SecretBytes] {
        guard FileManager.default.isReadableFile(atPath: directory) else {
            throw Settings.Problem(description: "\(Setting.keysDirectory.variable): \(directory) cannot be read")
        }
        let hasMaster = FileManager.default.fileExists(atPath: path("master", directory))
        return try names(in: directory).map { try read($0, in: directory, under: master) { $0 } }
            + (hasMaster ? [try content(of: path("master", directory))] : [])
    }

    static func read<Value>(
        _ name: String,
        in directory: String,
        under master: (any KeyWrapping)?,
        _ make: (SecretBytes) -> Value?
    ) throws -> Value {
        let path = path(name, directory)
        let content = try content(of: path)
        let isWrapped = content.count == WrappedKey.length
        let bytes: SecretBytes
        switch (isWrapped, master) {
        case (false, nil): bytes = content
        case (true, let master?):
            do {
                bytes = try master.unwrap(content.withExposedBytes { Array($0) })
            } catch {
                throw Settings.Problem(
                    description: "\(path) cannot be unwrapped with the master key: \(error.rawValue)"
                )
            }
        case (true, nil):
            throw Settings.Problem(description: "\(path) is wrapped, and there is no master key: set AVAL_HSM_MODULE")
        case (false, _?):
            throw Settings.Problem(description: "\(path) is in clear beside a master key: run `aval key-files wrap`")
        }
        guard let value = make(bytes) else {
            throw Settings.Problem(description: "\(path) must hold 64 hexadecimal digits")
        }
        return value
    }

    private static func path(_ name: String, _ directory: String) -> String { "\(directory)/\(name).key" }

    private static func content(of path: String) throws -> SecretBytes {
        var content: Data
        switch PrivateFile.read(path) {
        case .content(let read): content = read
        case .unreadable:
            throw Settings.Problem(description: missing(path))
        case .readableByOthers:
            throw Settings.Problem(description: "\(path) may be read by others: `chmod 600 \(path)`")
        }
        defer { content.resetBytes(in: 0..<content.count) }
        let digits = content.prefix { $0 != UInt8(ascii: "\n") }
        guard digits.count <= 2 * WrappedKey.length, let bytes = SecretBytes(hexadecimal: digits) else {
            throw Settings.Problem(description: "\(path) must hold 64 hexadecimal digits")
        }
        return bytes
    }

    private static func missing(_ path: String) -> String {
        "\(path) cannot be read: make it with `openssl rand -hex 32 > \(path)` and mode 600"
    }
}

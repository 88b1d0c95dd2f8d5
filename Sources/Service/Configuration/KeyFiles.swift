import CardCryptography
import Foundation

/// The keys of this installation, from files that only its user may read.
struct KeyFiles {
    let wrapping: KeyEncryptionKeys
    /// What older releases kept card numbers with: of use for the first start of this one on their database. Nil where
    /// there is none.
    let carriedOver: (data: SecretKey, index: SecretKey)?
    let requestFingerprint: SecretKey
    let cacheAuthentication: SecretKey

    /// - Throws: `Settings.Problem` that names the file, when one is missing, readable by others, or no key.
    init(directory: String) throws {
        wrapping = try Self.wrapping(directory: directory)
        let isThere = ["pan-encryption", "pan-index"].map { name in
            FileManager.default.fileExists(atPath: "\(directory)/\(name).key")
        }
        carriedOver =
            isThere.contains(true)
            ? (try Self.key("pan-encryption", in: directory), try Self.key("pan-index", in: directory)) : nil
        requestFingerprint = try Self.key("request-fingerprint", in: directory)
        cacheAuthentication = try Self.key("cache-authentication", in: directory)
    }

    /// The keys that wrap the vault's: `vault-kek-1.key` and so on. New ones are made by operators, on each machine, before
    /// `aval vault rotate kek`.
    static func wrapping(directory: String) throws -> KeyEncryptionKeys {
        var keys: [Int16: SecretKey] = [:]
        let prefix = "vault-kek-"
        for file in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            guard file.hasPrefix(prefix), file.hasSuffix(".key") else { continue }
            let name = file.dropLast(4)
            guard let id = Int16(name.dropFirst(prefix.count)), id > 0, "\(prefix)\(id)" == name else {
                throw Settings.Problem(
                    description: "\(directory)/\(file) must be called \(prefix)1.key to \(prefix)32767.key"
                )
            }
            keys[id] = try key("\(name)", in: directory)
        }
        guard let wrapping = KeyEncryptionKeys(keys) else {
            throw Settings.Problem(description: missing("\(directory)/\(prefix)1.key"))
        }
        return wrapping
    }

    /// What wraps the payment keys in the database; apart, because an installation may have none.
    static func keyVault(directory: String) throws -> KeyVault {
        try read("key-wrapping", in: directory) { KeyVault(hexadecimal: $0) }
    }

    /// Whether there is one.
    static func hasKeyVault(directory: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(directory)/key-wrapping.key")
    }

    private static func key(_ name: String, in directory: String) throws -> SecretKey {
        try read(name, in: directory) { SecretKey(hexadecimal: $0) }
    }

    private static func read<Value>(
        _ name: String,
        in directory: String,
        _ make: (Data.SubSequence) -> Value?
    ) throws -> Value {
        let path = "\(directory)/\(name).key"
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
        guard let key = make(digits) else {
            throw Settings.Problem(description: "\(path) must hold 64 hexadecimal digits")
        }
        return key
    }

    private static func missing(_ path: String) -> String {
        "\(path) cannot be read: make it with `openssl rand -hex 32 > \(path)` and mode 600"
    }
}

import CardCryptography
import Foundation

/// The keys of this installation, from files that only its user may read.
struct KeyFiles {
    let vault: PANVault
    let requestFingerprint: SecretKey
    let cacheAuthentication: SecretKey

    /// - Throws: `Settings.Problem` that names the file, when one is missing, readable by others, or no key.
    init(directory: String) throws {
        vault = PANVault(
            encryptionKey: try Self.key("pan-encryption", in: directory),
            indexKey: try Self.key("pan-index", in: directory)
        )
        requestFingerprint = try Self.key("request-fingerprint", in: directory)
        cacheAuthentication = try Self.key("cache-authentication", in: directory)
    }

    /// What wraps the keys in the database; apart, because an installation may have none.
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
            throw Settings.Problem(
                description: "\(path) cannot be read: make it with `openssl rand -hex 32 > \(path)` and mode 600"
            )
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
}

import CPKCS11
import CardCryptography
import Foundation

@testable import PKCS11

/// A security module with a token of SoftHSM.
struct TokenWorld {
    static let master = "cards"

    let hsm: PKCS11HSM

    /// - Parameters:
    ///   - open: makes sessions; the token's own when left out.
    ///   - failed: is told why none could be made.
    init(
        limit: Duration = .seconds(30),
        pause: Duration = .zero,
        open: @escaping @Sendable () throws -> PKCS11Session = { try session() },
        failed: @escaping @Sendable (any Error) -> Void = { _ in }
    ) throws {
        _ = try PKCS11KeyWrapping(SoftHSM.token(), key: Self.master, isMade: true)
        hsm = PKCS11HSM(limit: limit, pause: pause, open: open, failed: failed)
    }

    static func session() throws -> PKCS11Session { try PKCS11Session(SoftHSM.token(), key: master) }

    /// Its sessions end with it: others want to log in.
    func run<Value>(_ body: (PKCS11HSM) async throws -> Value) async throws -> Value {
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(hsm))
        } catch {
            result = .failure(error)
        }
        await hsm.close()
        return try result.get()
    }
}

/// A test key in hexadecimal.
func key(_ digits: String, _ usage: KeyUsage, _ algorithm: CipherAlgorithm = .tripleDES) throws -> Key {
    guard let bytes = SecretBytes(hexadecimal: digits.utf8) else { throw PaymentCryptographyError.invalidInput }
    return try Key(bytes, algorithm, usage: usage, quality: .test)
}

extension PKCS11HSM {
    /// Has the token take and hold a test key.
    func holding(_ key: Key, as text: String, mode: KeyMode? = nil) async throws -> KeyName {
        guard let name = KeyName(text) else { throw PaymentCryptographyError.invalidInput }
        let (taken, checkValue) = try await take(key, mode ?? .usual(for: key.usage))
        try await hold(taken, as: name, checkValue: checkValue)
        return name
    }
}

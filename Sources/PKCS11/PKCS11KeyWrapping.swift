import CardCryptography
import Synchronization

/// Wraps keys under an AES key of a token, which never leaves it. A token that was restarted is opened anew.
package final class PKCS11KeyWrapping: KeyWrapping {
    // A session is for one thread at a time.
    private let sessions: Mutex<TokenSessions>

    /// - Parameters:
    ///   - token: opens it, now and whenever it lost the session before.
    ///   - label: of the key in the token.
    ///   - isMade: makes the key where there is none: 256 bits, sensitive, not extractable.
    ///   - pause: how long no session is tried after one that could not be made.
    /// - Throws: `PKCS11Error`; also for a key that could leave the token, or that cannot unwrap.
    package init(
        _ token: @autoclosure @escaping @Sendable () throws -> PKCS11Token,
        key label: String,
        isMade: Bool = false,
        pause: Duration = PKCS11HSM.usualPause
    ) throws {
        if isMade { _ = try token().wrappingKey(labelled: label, isMade: true) }
        var sessions = TokenSessions(pause: pause) {
            try PKCS11Session(token(), key: label)
        } failed: { _ in
            // Who wants a key wrapped or unwrapped is told that there is no token.
        }
        try sessions.renew()
        self.sessions = Mutex(sessions)
    }

    package func wrap(_ key: SecretBytes) throws(PaymentCryptographyError) -> [UInt8] {
        guard key.count == WrappedKey.keyLength else { throw .keyLength }
        return try run { session throws(PaymentCryptographyError) in
            let object = try session.token.sessionKey(key)
            defer { session.token.destroy(object) }
            return try session.token.wrapped(object, under: session.master, length: WrappedKey.length)
        }
    }

    package func unwrap(_ wrapped: [UInt8]) throws(PaymentCryptographyError) -> SecretBytes {
        guard wrapped.count == WrappedKey.length else { throw .keyLength }
        return try run { session throws(PaymentCryptographyError) in
            let object = try session.token.unwrapped(wrapped, under: session.master, as: PKCS11Token.readable)
            defer { session.token.destroy(object) }
            return try session.token.value(of: object)
        }
    }

    /// - Throws: `unavailable` where no session does it.
    private func run<Value: Sendable>(
        _ body: (PKCS11Session) throws(PaymentCryptographyError) -> Value
    ) throws(PaymentCryptographyError) -> Value {
        try sessions.withLock { sessions throws(PaymentCryptographyError) in
            // A token that was restarted knows its old sessions no more.
            for _ in 0..<2 {
                guard let session = sessions.current() else { break }
                do throws(PaymentCryptographyError) {
                    return try body(session)
                } catch {
                    guard error == .unavailable else { throw error }
                    sessions.drop()
                }
            }
            throw .unavailable
        }
    }
}

import CPKCS11
import CardCryptography
import Synchronization

/// Wraps keys under an AES key of a token, which never leaves it.
package final class PKCS11KeyWrapping: KeyWrapping {
    private struct State: ~Copyable {
        let token: PKCS11Token
        let master: ck_object_handle_t
    }

    // The session is for one thread at a time.
    private let state: Mutex<State>

    /// - Parameters:
    ///   - label: of the key in the token.
    ///   - isMade: makes the key where there is none: 256 bits, sensitive, not extractable.
    /// - Throws: `PKCS11Error`; also for a key that could leave the token, or that cannot unwrap.
    package init(_ token: sending PKCS11Token, key label: String, isMade: Bool = false) throws {
        let master = try token.wrappingKey(labelled: label, isMade: isMade)
        state = Mutex(State(token: token, master: master))
    }

    package func wrap(_ key: SecretBytes) throws(PaymentCryptographyError) -> [UInt8] {
        guard key.count == WrappedKey.keyLength else { throw .keyLength }
        return try state.withLock { state throws(PaymentCryptographyError) in
            let object = try state.token.sessionKey(key)
            defer { state.token.destroy(object) }
            return try state.token.wrapped(object, under: state.master, length: WrappedKey.length)
        }
    }

    package func unwrap(_ wrapped: [UInt8]) throws(PaymentCryptographyError) -> SecretBytes {
        guard wrapped.count == WrappedKey.length else { throw .keyLength }
        return try state.withLock { state throws(PaymentCryptographyError) in
            let object = try state.token.unwrapped(wrapped, under: state.master, as: PKCS11Token.readable)
            defer { state.token.destroy(object) }
            return try state.token.value(of: object)
        }
    }
}

import CardCryptography
import Synchronization

/// Does with keys of cards what a token's mechanisms allow; no clear key of them comes to this process. With PINs it does
/// nothing: their blocks would be opened here.
package final class PKCS11HSM: CardHSM {
    /// How long a caller waits for the token.
    package static let usualLimit = Duration.seconds(2)
    /// A token that is away is not asked by each that waits.
    package static let usualPause = Duration.seconds(1)

    let thread: PKCS11Thread
    private let keys = Mutex<[KeyName: WrappedCardKey]>([:])

    /// - Parameters:
    ///   - open: makes a session, now and whenever the token lost the one before; runs on a thread of its own.
    ///   - failed: is told why none could be made, at each try.
    package init(
        limit: Duration = PKCS11HSM.usualLimit,
        pause: Duration = PKCS11HSM.usualPause,
        open: @escaping @Sendable () throws -> PKCS11Session,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        thread = PKCS11Thread(limit: limit, pause: pause, open: open, failed: failed)
    }

    package func close() async { await thread.close() }

    package var names: Set<KeyName> { Set(keys.withLock { $0.keys }) }

    package func holds(_ key: KeyName) -> Bool { keys.withLock { $0[key] != nil } }

    /// Holds a key out of storage, once it opens in the token and its check value is right.
    ///
    /// - Throws: `checkValueMismatch`, `macMismatch` for what another token has wrapped.
    package func hold(
        _ key: WrappedCardKey,
        as name: KeyName,
        checkValue: [UInt8]
    ) async throws(PaymentCryptographyError) {
        guard try await self.checkValue(of: key).starts(with: checkValue) else { throw .checkValueMismatch }
        keys.withLock { $0[name] = key }
    }

    package func forget(_ names: Set<KeyName>) async {
        let isAny = keys.withLock { keys in
            defer { for name in names { keys[name] = nil } }
            return !names.isDisjoint(with: keys.keys)
        }
        guard isAny else { return }
        // The token has forgotten them when this returns; one that does not answer now does with its next job.
        try? await run { _ in }
    }

    /// Runs a job on the token's thread, in a session that has forgotten what is not held any more.
    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (PKCS11Session) throws(PaymentCryptographyError) -> Value
    ) async throws(PaymentCryptographyError) -> Value {
        try await thread.run { [self] session throws(PaymentCryptographyError) in
            session.forget(allBut: names)
            return try body(session)
        }
    }

    func held(_ name: KeyName) throws(PaymentCryptographyError) -> WrappedCardKey {
        guard let key = keys.withLock({ $0[name] }) else { throw .unknownKey }
        return key
    }

    /// Computes with a key that the token holds, on the token's thread.
    ///
    /// - Throws: `unknownKey` when it was forgotten meanwhile.
    func compute<Value: Sendable>(
        with name: KeyName,
        _ key: WrappedCardKey,
        to purpose: KeyMode.Purpose,
        _ body: @escaping @Sendable (PKCS11CardKey) throws(PaymentCryptographyError) -> Value
    ) async throws(PaymentCryptographyError) -> Value {
        guard key.mode.allows(purpose) else { throw .keyMode }
        return try await run { [self] session throws(PaymentCryptographyError) in
            guard try held(name) == key else { throw .unknownKey }
            return try body(try session.cipher(name, key))
        }
    }
}

// Where keys come from.
extension PKCS11HSM {
    /// A new key that never leaves the token in clear.
    package func generate(
        _ usage: KeyUsage
    ) async throws(PaymentCryptographyError) -> (key: WrappedCardKey, checkValue: [UInt8]) {
        guard usage.isOfCards else { throw .keyUsage }
        let key = try await run { session throws(PaymentCryptographyError) in try session.generate(usage) }
        return (key, try await checkValue(of: key))
    }

    /// A key that came from elsewhere, such as from operators' components.
    ///
    /// - Throws: `keyUsage`, `keyLength`; `checkValueMismatch` when the token does not give it back.
    package func take(
        _ key: Key,
        _ mode: KeyMode
    ) async throws(PaymentCryptographyError) -> (key: WrappedCardKey, checkValue: [UInt8]) {
        guard key.usage.isOfCards else { throw .keyUsage }
        let taken = try await run { session throws(PaymentCryptographyError) in try session.take(key, mode) }
        let checkValue = try await checkValue(of: taken)
        try KeyCheckValue.check(checkValue, of: key)
        return (taken, checkValue)
    }

    /// - Throws: `macMismatch` for what another token has wrapped.
    package func checkValue(of key: WrappedCardKey) async throws(PaymentCryptographyError) -> [UInt8] {
        try await run { session throws(PaymentCryptographyError) in try session.checkValue(of: key) }
    }
}

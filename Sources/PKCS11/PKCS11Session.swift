import CPKCS11
import CardCryptography

/// A session with a token's master key, and the card keys that were unwrapped in it. For one thread at a time.
package final class PKCS11Session {
    let token: PKCS11Token
    let master: ck_object_handle_t
    private var unwrapped: [KeyName: (wrapped: WrappedCardKey, cipher: PKCS11CardKey)] = [:]

    /// - Parameter label: of the master key.
    /// - Throws: `PKCS11Error`.
    package init(_ token: PKCS11Token, key label: String) throws {
        self.token = token
        master = try token.wrappingKey(labelled: label)
    }

    /// A new key of the usage, which nobody has seen: both of its forms come out of another random key.
    func generate(_ usage: KeyUsage) throws(PaymentCryptographyError) -> WrappedCardKey {
        let random = try token.generated([CKA_DERIVE])
        return try wrap(
            PKCS11CardKey(whole: random, leftHalf: random).derived(left: 1, right: 2, [CKA_EXTRACTABLE]),
            usage,
            .usual(for: usage)
        )
    }

    /// - Parameter key: double-length Triple DES.
    func take(_ key: Key, _ mode: KeyMode) throws(PaymentCryptographyError) -> WrappedCardKey {
        guard key.algorithm == .tripleDES, key.length == WrappedCardKey.length else { throw .keyLength }
        let (whole, twice) = key.withExposedBytes { bytes in
            let twice = SecretBytes(count: bytes.count) { storage in
                for index in storage.indices { storage[index] = bytes[index % (bytes.count / 2)] }
            }
            return (SecretBytes(bytes), twice)
        }
        let made = PKCS11CardKey(
            whole: try token.created(whole, [CKA_EXTRACTABLE]),
            leftHalf: try token.created(twice, [CKA_EXTRACTABLE])
        )
        return try wrap(made, key.usage, mode)
    }

    private func wrap(
        _ key: PKCS11CardKey,
        _ usage: KeyUsage,
        _ mode: KeyMode
    ) throws(PaymentCryptographyError) -> WrappedCardKey {
        WrappedCardKey(
            usage: usage,
            mode: mode,
            whole: try token.wrapped(key.whole, under: master),
            leftHalf: try token.wrapped(key.leftHalf, under: master)
        )
    }

    /// - Throws: `macMismatch` for what another master key has wrapped.
    func cipher(_ name: KeyName, _ key: WrappedCardKey) throws(PaymentCryptographyError) -> PKCS11CardKey {
        if let known = unwrapped[name], known.wrapped == key { return known.cipher }
        // What a master key of cards encrypted would be the keys of cards.
        let uses = [key.usage.isOfChipCards ? CKA_DERIVE : CKA_ENCRYPT]
        let cipher = PKCS11CardKey(
            whole: try token.unwrapped(key.whole, under: master, uses),
            leftHalf: try token.unwrapped(key.leftHalf, under: master, uses)
        )
        unwrapped[name] = (key, cipher)
        return cipher
    }

    /// Of the key as it is wrapped. Both its forms encrypt for it: there are tokens that refuse keys of equal halves, and
    /// with those the key is of no use.
    func checkValue(of key: WrappedCardKey) throws(PaymentCryptographyError) -> [UInt8] {
        let cipher = PKCS11CardKey(
            whole: try token.unwrapped(key.whole, under: master, [CKA_ENCRYPT]),
            leftHalf: try token.unwrapped(key.leftHalf, under: master, [CKA_ENCRYPT])
        )
        _ = try cipher.encryptChainWithLeftHalf(CollectionOfOne(0))
        return try KeyCheckValue.of(cipher)
    }

    /// Names of keys that are unwrapped.
    var names: Set<KeyName> { Set(unwrapped.keys) }

    func forget(allBut names: Set<KeyName>) {
        for name in unwrapped.keys where !names.contains(name) { unwrapped[name] = nil }
    }
}

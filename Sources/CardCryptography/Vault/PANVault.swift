import Synchronization

/// Encrypts PANs for storage and finds them again without decrypting; encrypts what PINs are verified with, too.
///
/// Its keys are replaced while it is used. It works only with keys that were read a short while ago: whoever rotates keys
/// waits for that long, and then knows that no process works with older ones.
package final class PANVault: Sendable {
    /// How long keys may be used after they were read; whoever changes them waits as long for all to have read the change.
    package static let lease = Duration.seconds(10)

    /// What is stored of a PAN.
    package struct Sealed: Hashable, Sendable {
        /// HMAC-SHA-256 under an index key: 32 bytes.
        package struct Index: Hashable, Sendable {
            package var keyID: Int16
            package var bytes: [UInt8]

            package init(keyID: Int16, bytes: [UInt8]) {
                self.keyID = keyID
                self.bytes = bytes
            }
        }

        package var index: Index
        /// While the index key is rotated.
        package var otherIndex: Index?
        /// As ``AuthenticatedEncryption`` has it.
        package var ciphertext: [UInt8]
        /// Names the data key.
        package var keyID: Int16

        package init(index: Index, otherIndex: Index? = nil, ciphertext: [UInt8], keyID: Int16) {
            self.index = index
            self.otherIndex = otherIndex
            self.ciphertext = ciphertext
            self.keyID = keyID
        }
    }

    private struct State {
        var keys: VaultKeys
        /// Nil for ever.
        var usableUntil: ContinuousClock.Instant?
    }

    private let state: Mutex<State>

    /// A vault whose keys are used until they are replaced.
    package init(_ keys: VaultKeys) { state = Mutex(State(keys: keys)) }

    /// A vault with one key of each kind.
    package convenience init(encryptionKey: SecretKey, indexKey: SecretKey, keyID: Int16 = 1) {
        self.init(
            VaultKeys(
                data: [keyID: encryptionKey],
                sealing: keyID,
                index: VaultKeys.NumberedKey(id: keyID, key: indexKey),
                content: indexKey,
                token: indexKey,
                pin: VaultKeys.NumberedKey(id: keyID, key: encryptionKey)
            )
        )
    }

    /// - Parameter read: before these keys were asked for.
    package func replace(by keys: VaultKeys, read: ContinuousClock.Instant) {
        state.withLock { $0 = State(keys: keys, usableUntil: read + Self.lease) }
    }

    private func keys() throws(CryptographyError) -> VaultKeys {
        let (keys, usableUntil) = state.withLock { ($0.keys, $0.usableUntil) }
        if let usableUntil, usableUntil <= .now {
            throw CryptographyError(operation: "using the vault: its keys could not be read for too long")
        }
        return keys
    }

    /// What a card is looked up by. Rotating the index key changes it.
    package func index(of pan: PAN) throws(CryptographyError) -> [UInt8] {
        try Self.hmac(pan, try keys().index.key)
    }

    /// The same under the key that comes or goes while the index key is rotated; nil else.
    package func otherIndex(of pan: PAN) throws(CryptographyError) -> [UInt8]? {
        guard let other = try keys().otherIndex else { return nil }
        return try Self.hmac(pan, other.key)
    }

    /// Stands for a number in what is compared with later requests: the same for ever.
    package func contentIndex(of pan: PAN) throws(CryptographyError) -> [UInt8] {
        try Self.hmac(pan, try keys().content)
    }

    /// HMAC-SHA-256 of a reveal token's content.
    package func tokenCode(of content: [UInt8]) throws(CryptographyError) -> [UInt8] {
        try Digest.hmac(content, key: try keys().token)
    }

    /// - Parameter associatedData: the card's identifier; a ciphertext moved to another card does not open.
    package func seal(_ pan: PAN, associatedData: [UInt8]) throws(CryptographyError) -> Sealed {
        let keys = try keys()
        guard let key = keys.data[keys.sealing] else { throw CryptographyError(operation: "sealing a PAN: no key") }
        func index(_ key: VaultKeys.NumberedKey) throws(CryptographyError) -> Sealed.Index {
            Sealed.Index(keyID: key.id, bytes: try Self.hmac(pan, key.key))
        }
        let result = pan.withExposedDigits { digits in
            Result { () throws(CryptographyError) in
                try AuthenticatedEncryption.seal(digits, with: key, associatedData: associatedData)
            }
        }
        var sealed = Sealed(index: try index(keys.index), ciphertext: try result.get(), keyID: keys.sealing)
        if let other = keys.otherIndex { sealed.otherIndex = try index(other) }
        return sealed
    }

    /// - Throws: `CryptographyError` when the ciphertext was altered, belongs to another card or has another key.
    package func open(
        _ ciphertext: [UInt8],
        keyID: Int16,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> PAN {
        guard let key = try keys().data[keyID] else {
            throw CryptographyError(operation: "opening a PAN: unknown key")
        }
        let digits = try AuthenticatedEncryption.open(ciphertext, with: key, associatedData: associatedData)
        guard let pan = PAN(digits) else { throw CryptographyError(operation: "opening a PAN: no card number") }
        return pan
    }

    /// Seals what the issuer keeps to verify a PIN with: a PVV or an offset.
    ///
    /// - Parameter associatedData: names the card and the place, other than that of a PAN.
    package func seal(
        _ digits: SecretDigits,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> (ciphertext: [UInt8], keyID: Int16) {
        let key = try keys().pin
        let result = digits.withExposedDigits { digits in
            Result { () throws(CryptographyError) in
                try AuthenticatedEncryption.seal(digits, with: key.key, associatedData: associatedData)
            }
        }
        return (try result.get(), key.id)
    }

    /// - Throws: as ``open(_:keyID:associatedData:)`` for card numbers.
    package func openDigits(
        _ ciphertext: [UInt8],
        keyID: Int16,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> SecretDigits {
        let key = try keys().pin
        guard keyID == key.id else { throw CryptographyError(operation: "opening a PIN's reference: unknown key") }
        let bytes = try AuthenticatedEncryption.open(ciphertext, with: key.key, associatedData: associatedData)
        guard let digits = bytes.withExposedBytes({ SecretDigits(ascii: $0, counts: PIN.lengths) }) else {
            throw CryptographyError(operation: "opening a PIN's reference: no digits")
        }
        return digits
    }

    /// Seals what is no card's number with the key that seals numbers: both are rotated together.
    func sealBytes(
        _ content: UnsafeRawBufferPointer,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> (ciphertext: [UInt8], keyID: Int16) {
        let keys = try keys()
        guard let key = keys.data[keys.sealing] else { throw CryptographyError(operation: "sealing: no key") }
        let ciphertext = try AuthenticatedEncryption.seal(content, with: key, associatedData: associatedData)
        return (ciphertext, keys.sealing)
    }

    func openBytes(
        _ ciphertext: [UInt8],
        keyID: Int16,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> SecretBytes {
        guard let key = try keys().data[keyID] else { throw CryptographyError(operation: "opening: unknown key") }
        return try AuthenticatedEncryption.open(ciphertext, with: key, associatedData: associatedData)
    }

    func seal(
        _ content: SecretKey,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> (ciphertext: [UInt8], keyID: Int16) {
        let result = content.withExposedContent { bytes in
            Result { () throws(CryptographyError) in try sealBytes(bytes, associatedData: associatedData) }
        }
        return try result.get()
    }

    func openKey(
        _ ciphertext: [UInt8],
        keyID: Int16,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> SecretKey {
        let bytes = try openBytes(ciphertext, keyID: keyID, associatedData: associatedData)
        guard let content = SecretKey(bytes) else { throw CryptographyError(operation: "opening a key: its length") }
        return content
    }

    private static func hmac(_ pan: PAN, _ key: SecretKey) throws(CryptographyError) -> [UInt8] {
        let result = pan.withExposedDigits { digits in
            Result { () throws(CryptographyError) in try Digest.hmac(digits, key: key) }
        }
        return try result.get()
    }
}

/// The vault's keys as one process knows them.
package struct VaultKeys: Sendable {
    /// A key with its id.
    package struct NumberedKey: Sendable {
        package var id: Int16
        package var key: SecretKey

        package init(id: Int16, key: SecretKey) {
            self.id = id
            self.key = key
        }
    }

    /// Those that ciphertexts may name, by id.
    package var data: [Int16: SecretKey]
    /// The one that seals.
    package var sealing: Int16
    /// What cards are looked up by.
    package var index: NumberedKey
    /// A second one under which new cards are found too, while the index key is rotated.
    package var otherIndex: NumberedKey?
    /// Of what never is looked up: the content of requests, and tokens. It is not rotated, because repeats of a request
    /// must match what was kept of the first one.
    package var content: SecretKey
    /// Of the codes of reveal tokens.
    package var token: SecretKey
    /// Seals what PINs are verified with. It is not rotated: that would be for nothing without a new verification key.
    package var pin: NumberedKey

    package init(
        data: [Int16: SecretKey],
        sealing: Int16,
        index: NumberedKey,
        otherIndex: NumberedKey? = nil,
        content: SecretKey,
        token: SecretKey,
        pin: NumberedKey
    ) {
        self.data = data
        self.sealing = sealing
        self.index = index
        self.otherIndex = otherIndex
        self.content = content
        self.token = token
        self.pin = pin
    }
}

/// The keys that wrap the vault's keys: the only ones that are files. Wrapping happens here alone.
package struct KeyEncryptionKeys: Sendable {
    /// By id, 1 and up.
    private var keys: [Int16: SecretKey]
    /// The highest, which wraps an installation's first keys, and all once they are rotated.
    package private(set) var current: Int16

    /// Nil without a key.
    package init?(_ keys: [Int16: SecretKey]) {
        guard let current = keys.keys.max() else { return nil }
        self.keys = keys
        self.current = current
    }

    package var ids: [Int16] { keys.keys.sorted() }

    package mutating func add(_ key: SecretKey, as id: Int16) {
        keys[id] = key
        current = max(current, id)
    }

    /// AES-256-GCM rather than AES key wrap (RFC 5649), which has no associated data: a wrapped key is bound to its place,
    /// so that no row's key can stand for another's. A key that is wrapped is so few times that random nonces never meet.
    ///
    /// - Parameters:
    ///   - id: of the key that wraps.
    ///   - place: of the wrapped key.
    package func wrap(_ key: SecretKey, by id: Int16, at place: String) throws(CryptographyError) -> [UInt8] {
        let wrapping = try known(id, for: "wrapping a key")
        let result = key.withExposedContent { content in
            Result { () throws(CryptographyError) in
                try AuthenticatedEncryption.seal(content, with: wrapping, associatedData: Array(place.utf8))
            }
        }
        return try result.get()
    }

    /// - Parameter id: of the key that wrapped it.
    package func unwrap(_ wrapped: [UInt8], by id: Int16, at place: String) throws(CryptographyError) -> SecretKey {
        let wrapping = try known(id, for: "unwrapping a key")
        let clear = try AuthenticatedEncryption.open(wrapped, with: wrapping, associatedData: Array(place.utf8))
        guard let key = SecretKey(clear) else { throw CryptographyError(operation: "unwrapping a key: its length") }
        return key
    }

    private func known(_ id: Int16, for operation: String) throws(CryptographyError) -> SecretKey {
        guard let key = keys[id] else {
            throw CryptographyError(operation: "\(operation): vault-kek-\(id).key is not here")
        }
        return key
    }
}

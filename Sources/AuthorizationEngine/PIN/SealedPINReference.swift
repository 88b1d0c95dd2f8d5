import AuthorizationCore

/// What the store keeps to verify a card's PIN with: a PVV or an offset, encrypted, and how it was made. A later policy of
/// the program is for later PINs.
package struct SealedPINReference: Hashable, Sendable {
    package var verification: PINVerification
    /// Of its key; nil for what was made before that was kept.
    package var keyVersion: Int32?
    /// Bound to its card and version: see ``associatedData(card:version:)``.
    package var ciphertext: [UInt8]
    /// Names the vault's encryption key.
    package var keyID: Int16

    package init(_ verification: PINVerification, keyVersion: Int32?, ciphertext: [UInt8], keyID: Int16) {
        self.verification = verification
        self.keyVersion = keyVersion
        self.ciphertext = ciphertext
        self.keyID = keyID
    }

    /// What it was made with.
    package var key: StoredKeyVersion? { keyVersion.map { StoredKeyVersion(verification.key, $0) } }

    /// What a reference is sealed with: one moved to another card, or an older one put back, does not open.
    package static func associatedData(card: CardID, version: Int32) -> [UInt8] {
        Array("pin".utf8) + card.bytes + withUnsafeBytes(of: version.bigEndian) { Array($0) }
    }
}

/// A card's PIN as it is stored: how far it was tried, and what it is verified with.
package struct StoredPIN: Hashable, Sendable {
    package var state: PINState
    package var reference: SealedPINReference

    package init(state: PINState, reference: SealedPINReference) {
        self.state = state
        self.reference = reference
    }
}

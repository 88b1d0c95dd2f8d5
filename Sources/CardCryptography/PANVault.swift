import CLibCrypto

/// Encrypts PANs for storage and finds them again without decrypting; encrypts the references of PINs, too.
package struct PANVault: Sendable {
    /// What is stored of a PAN.
    package struct Sealed: Hashable, Sendable {
        /// HMAC-SHA-256 under the index key: 32 bytes.
        package var index: [UInt8]
        /// Version byte, 12 bytes of nonce, ciphertext, 16 bytes of tag.
        package var ciphertext: [UInt8]
        /// Names the encryption key.
        package var keyID: Int16
    }

    private static let version: UInt8 = 1
    private static let nonceLength = 12
    private static let tagLength = 16

    private let encryptionKey: SecretKey
    private let indexKey: SecretKey
    package let keyID: Int16

    package init(encryptionKey: SecretKey, indexKey: SecretKey, keyID: Int16 = 1) {
        self.encryptionKey = encryptionKey
        self.indexKey = indexKey
        self.keyID = keyID
    }

    package func index(of pan: PAN) throws(CryptographyError) -> [UInt8] {
        let result = pan.withExposedDigits { digits in
            Result { () throws(CryptographyError) in try Digest.hmac(digits, key: indexKey) }
        }
        return try result.get()
    }

    /// - Parameter associatedData: the card's identifier; a ciphertext moved to another card does not open.
    package func seal(_ pan: PAN, associatedData: [UInt8]) throws(CryptographyError) -> Sealed {
        let ciphertext = try pan.withExposedDigits { digits in
            Result { () throws(CryptographyError) in try encrypt(digits, associatedData) }
        }.get()
        return Sealed(index: try index(of: pan), ciphertext: ciphertext, keyID: keyID)
    }

    /// - Throws: `CryptographyError` when the ciphertext was altered, belongs to another card or has another key.
    package func open(
        _ ciphertext: [UInt8],
        keyID: Int16,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> PAN {
        let bytes = try decrypt(ciphertext, keyID: keyID, lengths: PAN.lengths, associatedData)
        guard let pan = bytes.withExposedBytes({ PAN(ascii: $0) }) else { throw Self.notTheCards }
        return pan
    }

    /// Seals what the issuer keeps to verify a PIN with: a PVV or an offset.
    ///
    /// - Parameter associatedData: names the card and the place, other than that of a PAN.
    package func seal(_ digits: SecretDigits, associatedData: [UInt8]) throws(CryptographyError) -> [UInt8] {
        try digits.withExposedDigits { digits in
            Result { () throws(CryptographyError) in try encrypt(digits, associatedData) }
        }.get()
    }

    /// - Throws: as ``open(_:keyID:associatedData:)`` for card numbers.
    package func openDigits(
        _ ciphertext: [UInt8],
        keyID: Int16,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> SecretDigits {
        let bytes = try decrypt(ciphertext, keyID: keyID, lengths: PIN.lengths, associatedData)
        guard let digits = bytes.withExposedBytes({ SecretDigits(ascii: $0, counts: PIN.lengths) }) else {
            throw Self.notTheCards
        }
        return digits
    }
}

// MARK: - AES-256-GCM

extension PANVault {
    private static var notTheCards: CryptographyError {
        CryptographyError(operation: "opening a card's secret: the ciphertext is not this card's")
    }

    /// - Parameter lengths: of the content, in bytes.
    private func decrypt(
        _ ciphertext: [UInt8],
        keyID: Int16,
        lengths: ClosedRange<Int>,
        _ associatedData: [UInt8]
    ) throws(CryptographyError) -> SecretBytes {
        let length = ciphertext.count - 1 - Self.nonceLength - Self.tagLength
        guard keyID == self.keyID, lengths.contains(length), ciphertext[0] == Self.version else {
            throw CryptographyError(operation: "opening a card's secret: unknown version, key or length")
        }
        let nonce = Array(ciphertext[1...Self.nonceLength])
        var tag = Array(ciphertext.suffix(Self.tagLength))
        let body = Array(ciphertext[(1 + Self.nonceLength)..<(1 + Self.nonceLength + length)])
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var isOpen = false
        let content = SecretBytes(count: length) { storage in
            let clear = storage.baseAddress?.assumingMemoryBound(to: UInt8.self)
            var written: Int32 = 0
            var rest: Int32 = 0
            isOpen = encryptionKey.withExposedBytes { key in
                EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1
                    && EVP_DecryptUpdate(context, nil, &written, associatedData, Int32(associatedData.count)) == 1
                    && EVP_DecryptUpdate(context, clear, &written, body, Int32(length)) == 1
                    && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Int32(Self.tagLength), &tag) == 1
                    && EVP_DecryptFinal_ex(context, nil, &rest) == 1
            }
        }
        guard isOpen else { throw Self.notTheCards }
        return content
    }

    private func encrypt(
        _ digits: UnsafeRawBufferPointer,
        _ associatedData: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let nonce = try Entropy.bytes(count: Self.nonceLength)
        var body = [UInt8](repeating: 0, count: digits.count)
        var tag = [UInt8](repeating: 0, count: Self.tagLength)
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var written: Int32 = 0
        var rest: Int32 = 0
        let clear = digits.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let isSealed = encryptionKey.withExposedBytes { key in
            EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1
                && EVP_EncryptUpdate(context, nil, &written, associatedData, Int32(associatedData.count)) == 1
                && EVP_EncryptUpdate(context, &body, &written, clear, Int32(digits.count)) == 1
                && EVP_EncryptFinal_ex(context, nil, &rest) == 1
                && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(Self.tagLength), &tag) == 1
        }
        guard isSealed else { throw CryptographyError(operation: "sealing a card's secret") }
        return [Self.version] + nonce + body + tag
    }
}

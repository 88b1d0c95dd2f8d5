import CLibCrypto

/// AES-256-GCM (NIST SP 800-38D) in the form in which it is stored: version byte, 12 random bytes of nonce, ciphertext,
/// 16 bytes of tag.
enum AuthenticatedEncryption {
    private static let version: UInt8 = 1
    private static let nonceLength = 12
    private static let tagLength = 16
    /// What the stored form has beside the content.
    static let overhead = 1 + nonceLength + tagLength

    /// - Parameter associatedData: where it is stored; at another place it does not open.
    static func seal(
        _ clear: UnsafeRawBufferPointer,
        with key: SecretKey,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let nonce = try Entropy.bytes(count: nonceLength)
        var body = [UInt8](repeating: 0, count: clear.count)
        var tag = [UInt8](repeating: 0, count: tagLength)
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var written: Int32 = 0
        var rest: Int32 = 0
        let bytes = clear.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let isSealed = key.withExposedBytes { key in
            EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1
                && EVP_EncryptUpdate(context, nil, &written, associatedData, Int32(associatedData.count)) == 1
                && EVP_EncryptUpdate(context, &body, &written, bytes, Int32(clear.count)) == 1
                && EVP_EncryptFinal_ex(context, nil, &rest) == 1
                && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(tagLength), &tag) == 1
        }
        guard isSealed else { throw CryptographyError(operation: "sealing") }
        return [version] + nonce + body + tag
    }

    /// - Throws: `CryptographyError` when it was altered, is another place's or has another key.
    static func open(
        _ sealed: [UInt8],
        with key: SecretKey,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> SecretBytes {
        let length = sealed.count - overhead
        guard length > 0, sealed[0] == version else { throw CryptographyError(operation: "opening: unknown form") }
        let nonce = Array(sealed[1...nonceLength])
        let body = Array(sealed[(1 + nonceLength)..<(1 + nonceLength + length)])
        var tag = Array(sealed.suffix(tagLength))
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var written: Int32 = 0
        var rest: Int32 = 0
        var isOpen = false
        let clear = SecretBytes(count: length) { clear in
            let bytes = clear.baseAddress?.assumingMemoryBound(to: UInt8.self)
            isOpen = key.withExposedBytes { key in
                EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1
                    && EVP_DecryptUpdate(context, nil, &written, associatedData, Int32(associatedData.count)) == 1
                    && EVP_DecryptUpdate(context, bytes, &written, body, Int32(length)) == 1
                    && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Int32(tagLength), &tag) == 1
                    && EVP_DecryptFinal_ex(context, nil, &rest) == 1
            }
        }
        guard isOpen else { throw CryptographyError(operation: "opening: not what was sealed here") }
        return clear
    }
}

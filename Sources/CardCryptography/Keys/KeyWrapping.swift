import CLibCrypto

/// Wraps keys under a master key that it does not give out: AES key wrap (RFC 3394; NIST SP 800-38F, KW) with 256 bits.
package protocol KeyWrapping: Sendable {
    /// - Parameter key: 32 bytes.
    /// - Returns: 40 bytes.
    /// - Throws: `keyLength`; `unavailable` when what holds the master key does not do it.
    func wrap(_ key: SecretBytes) throws(PaymentCryptographyError) -> [UInt8]

    /// - Throws: `macMismatch` for what was altered or wrapped under another key; besides as for wrapping.
    func unwrap(_ wrapped: [UInt8]) throws(PaymentCryptographyError) -> SecretBytes
}

/// Bytes of keys that are wrapped, and of what they become.
package enum WrappedKey {
    package static let keyLength = 32
    package static let length = 40
}

/// With a master key in this process.
package struct SoftwareKeyWrapping: KeyWrapping {
    private let master: SecretBytes

    /// Nil unless it has 32 bytes.
    package init?(_ master: SecretBytes) {
        guard master.count == 32 else { return nil }
        self.master = master
    }

    package func wrap(_ key: SecretBytes) throws(PaymentCryptographyError) -> [UInt8] {
        guard key.count == WrappedKey.keyLength else { throw .keyLength }
        guard let wrapped = run(key, length: WrappedKey.length, encrypting: true) else { throw .library }
        return wrapped.withExposedBytes { Array($0) }
    }

    package func unwrap(_ wrapped: [UInt8]) throws(PaymentCryptographyError) -> SecretBytes {
        guard wrapped.count == WrappedKey.length else { throw .keyLength }
        let input = SecretBytes(wrapped)
        guard let key = run(input, length: WrappedKey.keyLength, encrypting: false) else { throw .macMismatch }
        return key
    }

    private func run(_ input: SecretBytes, length: Int, encrypting: Bool) -> SecretBytes? {
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        // libcrypto wants to be told that key wrap is meant.
        EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW)
        var isDone = false
        let output = SecretBytes(count: length) { output in
            isDone = master.withExposedBytes { master in
                input.withExposedBytes { input in
                    let (key, from) = (master.bindMemory(to: UInt8.self), input.bindMemory(to: UInt8.self))
                    var written: Int32 = 0
                    return EVP_CipherInit_ex(context, EVP_aes_256_wrap(), nil, key.baseAddress, nil, encrypting ? 1 : 0)
                        == 1
                        && EVP_CipherUpdate(
                            context,
                            output.bindMemory(to: UInt8.self).baseAddress,
                            &written,
                            from.baseAddress,
                            Int32(from.count)
                        ) == 1
                        && Int(written) == length
                }
            }
        }
        return isDone ? output : nil
    }
}

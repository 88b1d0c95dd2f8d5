/// The two keys that a key block protection key stands for, one to encrypt and one for the MAC, and what they do.
package struct KeyBlockKeys {
    private let version: KeyBlockHeader.Version
    private let encryption: BlockCipher
    private let authentication: BlockCipher

    /// - Throws: `keyUsage`, `keyLength`.
    package init(_ version: KeyBlockHeader.Version, _ protection: Key) throws(PaymentCryptographyError) {
        guard protection.usage == .keyBlockProtection || protection.usage == .keyEncryption else {
            throw .keyUsage
        }
        guard protection.algorithm == version.protectionAlgorithm, protection.length >= 16 else {
            throw .keyLength
        }
        self.version = version
        let cipher = protection.anyUsage
        switch version {
        case .variant, .variantOfBlocks:
            encryption = try Self.variant(of: cipher, 0x45)
            authentication = try Self.variant(of: cipher, 0x4D)
        case .tripleDES, .aes:
            encryption = try Self.derived(from: cipher, purpose: 0x0000)
            authentication = try Self.derived(from: cipher, purpose: 0x0001)
        }
    }

    /// Decrypts what is behind the header, once its MAC is right.
    package func payload(
        of encrypted: [UInt8],
        _ header: [UInt8],
        _ mac: [UInt8]
    ) throws(PaymentCryptographyError) -> SecretBytes {
        let payload: SecretBytes
        let expected: [UInt8]
        switch version {
        case .variant, .variantOfBlocks:
            expected = try variantMAC(header + encrypted)
            payload = try decrypted(encrypted, initialVector: Array(header.prefix(8)))
        case .tripleDES, .aes:
            payload = try decrypted(encrypted, initialVector: mac)
            expected = try authentication.cmac(Self.joined(header, payload)).withExposedBytes { Array($0) }
        }
        guard Digest.areEqual(expected, mac) else { throw .macMismatch }
        return payload
    }

    /// The encrypted payload and its MAC.
    func encrypted(_ payload: SecretBytes, _ header: [UInt8]) throws(PaymentCryptographyError) -> [UInt8] {
        switch version {
        case .variant, .variantOfBlocks:
            let bytes = try encrypted(payload, initialVector: Array(header.prefix(8)))
            return bytes + (try variantMAC(header + bytes))
        case .tripleDES, .aes:
            let mac = try authentication.cmac(Self.joined(header, payload)).withExposedBytes { Array($0) }
            return try encrypted(payload, initialVector: mac) + mac
        }
    }

    /// Reads the key that encrypts. It must not leave the closure in a form that outlives it.
    package func withExposedEncryptionKey<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        encryption.withExposedKey(body)
    }

    /// Reads the key of the MAC. It must not leave the closure in a form that outlives it.
    package func withExposedAuthenticationKey<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        authentication.withExposedKey(body)
    }

    private func variantMAC(_ data: [UInt8]) throws(PaymentCryptographyError) -> [UInt8] {
        let code = try MessageAuthentication.algorithm1(data, .method1, authentication)
        return Array(code.bytes.prefix(version.macLength))
    }

    private static func joined(_ header: [UInt8], _ payload: SecretBytes) -> SecretBytes {
        payload.withExposedBytes { payload in
            SecretBytes(count: header.count + payload.count) { storage in
                storage.copyBytes(from: header)
                UnsafeMutableRawBufferPointer(rebasing: storage[header.count...]).copyMemory(from: payload)
            }
        }
    }
}

/// The keys.
extension KeyBlockKeys {
    private static func variant(
        of cipher: BlockCipher,
        _ mask: UInt8
    ) throws(PaymentCryptographyError) -> BlockCipher {
        let bytes = cipher.withExposedKey { key in
            SecretBytes(count: key.count) { storage in
                for (index, byte) in key.enumerated() { storage[index] = byte ^ mask }
            }
        }
        return try BlockCipher(cipher.algorithm, key: bytes)
    }

    /// CMACs of a counter, the purpose, and the derived key's algorithm and length in bits, as many as it takes.
    private static func derived(
        from cipher: BlockCipher,
        purpose: UInt16
    ) throws(PaymentCryptographyError) -> BlockCipher {
        let algorithm: UInt16 =
            switch (cipher.algorithm, cipher.keyLength) {
            case (.tripleDES, 16): 0x0000
            case (.tripleDES, _): 0x0001
            case (.aes, 16): 0x0002
            case (.aes, 24): 0x0003
            case (.aes, _): 0x0004
            }
        var codes: [SecretBytes] = []
        // Three at most: 24 bytes in blocks of 8.
        for counter in 1...3 as ClosedRange<UInt8> {
            let data = [counter] + purpose.bytes + [0] + algorithm.bytes + UInt16(8 * cipher.keyLength).bytes
            codes.append(try cipher.cmac(SecretBytes(data)))
        }
        let bytes = SecretBytes(count: cipher.keyLength) { storage in
            var position = 0
            for code in codes {
                code.withExposedBytes { code in
                    for byte in code.prefix(storage.count - position) {
                        storage[position] = byte
                        position += 1
                    }
                }
            }
        }
        return try BlockCipher(cipher.algorithm, key: bytes)
    }
}

/// Cipher block chaining.
extension KeyBlockKeys {
    private func encrypted(
        _ payload: SecretBytes,
        initialVector: [UInt8]
    ) throws(PaymentCryptographyError) -> [UInt8] {
        switch version.protectionAlgorithm {
        case .tripleDES: try chained(payload, UInt64(bytes: initialVector))
        case .aes: try chained(payload, UInt128(bytes: initialVector))
        }
    }

    private func chained<Block: CipherBlock>(
        _ payload: SecretBytes,
        _ initialVector: Block?
    ) throws(PaymentCryptographyError) -> [UInt8] {
        guard var last = initialVector else { throw .library }
        return try payload.withExposedBytes { payload throws(PaymentCryptographyError) in
            var encrypted: [UInt8] = []
            for start in stride(from: 0, to: payload.count, by: Block.bitWidth / 8) {
                let block = Block(bigEndian: payload.loadUnaligned(fromByteOffset: start, as: Block.self))
                last = try encryption.encrypt(block ^ last)
                encrypted += last.bytes
            }
            return encrypted
        }
    }

    private func decrypted(
        _ encrypted: [UInt8],
        initialVector: [UInt8]
    ) throws(PaymentCryptographyError) -> SecretBytes {
        switch version.protectionAlgorithm {
        case .tripleDES: try unchained(encrypted, UInt64(bytes: initialVector))
        case .aes: try unchained(encrypted, UInt128(bytes: initialVector))
        }
    }

    private func unchained<Block: CipherBlock>(
        _ encrypted: [UInt8],
        _ initialVector: Block?
    ) throws(PaymentCryptographyError) -> SecretBytes {
        guard var last = initialVector else { throw .library }
        let size = Block.bitWidth / 8
        var failure: PaymentCryptographyError?
        let payload = SecretBytes(count: encrypted.count) { storage in
            do throws(PaymentCryptographyError) {
                for start in stride(from: 0, to: encrypted.count, by: size) {
                    let block = encrypted[start..<start + size].reduce(0 as Block) {
                        $0 << 8 | Block(truncatingIfNeeded: $1)
                    }
                    let clear = try encryption.decrypt(block) ^ last
                    storage.storeBytes(of: clear.bigEndian, toByteOffset: start, as: Block.self)
                    last = block
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return payload
    }
}

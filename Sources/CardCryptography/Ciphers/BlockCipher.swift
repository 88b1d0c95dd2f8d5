import CLibCrypto
import Synchronization

package enum CipherAlgorithm: Sendable {
    /// Triple DES (NIST SP 800-67) with keys of 16 or 24 bytes; with 8 bytes it is single DES.
    case tripleDES
    /// FIPS 197, with keys of 16, 24 or 32 bytes.
    case aes

    var keyLengths: [Int] {
        switch self {
        case .tripleDES: [8, 16, 24]
        case .aes: [16, 24, 32]
        }
    }

    /// Bytes.
    var blockLength: Int {
        switch self {
        case .tripleDES: 8
        case .aes: 16
        }
    }
}

/// A block as a number, its first byte the most significant.
package typealias CipherBlock = FixedWidthInteger & Sendable

/// A block cipher with its key, one block at a time (ECB). Payment algorithms build upon it.
///
/// Blocks are `UInt64` for Triple DES, `UInt128` for AES. libcrypto's contexts are made at their first use and kept, so
/// that an issuer's key is expanded once.
package final class BlockCipher: Sendable {
    package let algorithm: CipherAlgorithm
    /// Bytes of the key.
    package let keyLength: Int
    /// The key as libcrypto takes it: DES keys repeated to 24 bytes, so that the key itself is its beginning.
    private let expandedKey: SecretBytes
    private let contexts = Mutex(Contexts())

    private struct Contexts: ~Copyable {
        var encrypting: CipherContext?
        var decrypting: CipherContext?
        /// Single DES with the left half of the key.
        var leftHalf: CipherContext?
    }

    /// - Throws: `keyLength`.
    package init(_ algorithm: CipherAlgorithm, key: SecretBytes) throws(PaymentCryptographyError) {
        guard algorithm.keyLengths.contains(key.count) else { throw .keyLength }
        self.algorithm = algorithm
        keyLength = key.count
        switch algorithm {
        case .aes: expandedKey = key
        case .tripleDES: expandedKey = Self.repeated(key, count: 24)
        }
    }

    /// The Triple DES cipher of a derived double-length key, whose bytes get odd parity.
    init(left: UInt64, right: UInt64) {
        algorithm = .tripleDES
        keyLength = 16
        let (left, right) = (left.withOddParity, right.withOddParity)
        expandedKey = SecretBytes(count: 24) { storage in
            storage.storeBytes(of: left.bigEndian, as: UInt64.self)
            storage.storeBytes(of: right.bigEndian, toByteOffset: 8, as: UInt64.self)
            storage.storeBytes(of: left.bigEndian, toByteOffset: 16, as: UInt64.self)
        }
    }

    /// Reads the key. It must not leave the closure in a form that outlives it.
    package func withExposedKey<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try expandedKey.withExposedBytes { bytes throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: bytes.prefix(keyLength)))
        }
    }

    package func encrypt<Block: CipherBlock>(_ block: Block) throws(PaymentCryptographyError) -> Block {
        try contexts.withLock { contexts throws(PaymentCryptographyError) in
            if contexts.encrypting == nil { contexts.encrypting = try context(expandedKey, encrypts: true) }
            return try apply(contexts.encrypting, block)
        }
    }

    package func decrypt<Block: CipherBlock>(_ block: Block) throws(PaymentCryptographyError) -> Block {
        try contexts.withLock { contexts throws(PaymentCryptographyError) in
            if contexts.decrypting == nil { contexts.decrypting = try context(expandedKey, encrypts: false) }
            return try apply(contexts.decrypting, block)
        }
    }

    /// Single DES with the first eight bytes of the key. libcrypto's default provider knows DES only as Triple DES:
    /// with three equal keys it is the same.
    func encryptWithLeftHalf(_ block: UInt64) throws(PaymentCryptographyError) -> UInt64 {
        try contexts.withLock { contexts throws(PaymentCryptographyError) in
            if contexts.leftHalf == nil {
                let half = expandedKey.withExposedBytes { SecretBytes($0.prefix(8)) }
                contexts.leftHalf = try context(Self.repeated(half, count: 24), encrypts: true)
            }
            return try apply(contexts.leftHalf, block)
        }
    }

    /// CMAC (NIST SP 800-38B; ISO/IEC 9797-1 algorithm 5), a whole block.
    func cmac(_ data: SecretBytes) throws(PaymentCryptographyError) -> SecretBytes {
        let name =
            switch algorithm {
            case .tripleDES: "DES-EDE3-CBC"
            case .aes: "AES-\(8 * keyLength)-CBC"
            }
        var length = 0
        let code = SecretBytes(count: algorithm.blockLength) { storage in
            expandedKey.withExposedBytes { key in
                data.withExposedBytes { data in
                    let bytes = data.assumingMemoryBound(to: UInt8.self).baseAddress
                    _ = EVP_Q_mac(
                        nil,
                        "CMAC",
                        nil,
                        name,
                        nil,
                        key.baseAddress,
                        key.count,
                        bytes,
                        data.count,
                        storage.assumingMemoryBound(to: UInt8.self).baseAddress,
                        storage.count,
                        &length
                    )
                }
            }
        }
        guard length == algorithm.blockLength else { throw .library }
        return code
    }

    private func context(
        _ key: SecretBytes,
        encrypts: Bool
    ) throws(PaymentCryptographyError) -> sending CipherContext {
        let cipher: OpaquePointer? =
            switch (algorithm, keyLength) {
            case (.tripleDES, _): LibraryCipher.tripleDES
            case (.aes, 16): LibraryCipher.aes128
            case (.aes, 24): LibraryCipher.aes192
            case (.aes, _): LibraryCipher.aes256
            }
        return try CipherContext(cipher, key, encrypts: encrypts)
    }

    private func apply<Block: CipherBlock>(
        _ context: borrowing CipherContext?,
        _ block: Block
    ) throws(PaymentCryptographyError) -> Block {
        precondition(
            Block.bitWidth == 8 * algorithm.blockLength,
            "the algorithm's blocks have another size"
        )
        switch context {
        case .some(let context): return try context.apply(block)
        case .none: throw .library
        }
    }

    private static func repeated(_ key: SecretBytes, count: Int) -> SecretBytes {
        key.withExposedBytes { key in
            SecretBytes(count: count) { storage in
                for index in 0..<count { storage[index] = key[index % key.count] }
            }
        }
    }
}

/// One direction of a cipher with its key. libcrypto wipes the key when the context goes.
private struct CipherContext: ~Copyable {
    private let pointer: OpaquePointer

    init(
        _ cipher: OpaquePointer?,
        _ key: SecretBytes,
        encrypts: Bool
    ) throws(PaymentCryptographyError) {
        guard let cipher, let pointer = EVP_CIPHER_CTX_new() else { throw .library }
        let isReady = key.withExposedBytes { key in
            let bytes = key.assumingMemoryBound(to: UInt8.self).baseAddress
            return EVP_CipherInit_ex2(pointer, cipher, bytes, nil, encrypts ? 1 : 0, nil) == 1
                && EVP_CIPHER_CTX_set_padding(pointer, 0) == 1
        }
        guard isReady else {
            EVP_CIPHER_CTX_free(pointer)
            throw .library
        }
        self.pointer = pointer
    }

    deinit { EVP_CIPHER_CTX_free(pointer) }

    func apply<Block: CipherBlock>(_ block: Block) throws(PaymentCryptographyError) -> Block {
        var bytes = block.bigEndian
        var length: Int32 = 0
        let count = MemoryLayout<Block>.size
        let isDone = withUnsafeMutableBytes(of: &bytes) { bytes in
            let base = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
            return EVP_CipherUpdate(pointer, base, &length, base, Int32(count)) == 1
        }
        guard isDone, length == count else { throw .library }
        return Block(bigEndian: bytes)
    }
}

/// libcrypto's ciphers, fetched once: a fetch takes longer than the cipher. Read-only and thread-safe.
private enum LibraryCipher {
    nonisolated(unsafe) static let tripleDES = EVP_CIPHER_fetch(nil, "DES-EDE3-ECB", nil)
    nonisolated(unsafe) static let aes128 = EVP_CIPHER_fetch(nil, "AES-128-ECB", nil)
    nonisolated(unsafe) static let aes192 = EVP_CIPHER_fetch(nil, "AES-192-ECB", nil)
    nonisolated(unsafe) static let aes256 = EVP_CIPHER_fetch(nil, "AES-256-ECB", nil)
}

extension UInt64 {
    /// Each byte with its last bit set so that the number of ones is odd, as DES keys have it.
    package var withOddParity: UInt64 {
        // Folding brings the parity of each byte to its last bit; the bits above get some of the next byte's.
        var fold = self ^ self >> 4
        fold ^= fold >> 2
        fold ^= fold >> 1
        return self ^ (~fold & 0x0101_0101_0101_0101)
    }
}

import CLibCrypto

/// SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104).
package enum Digest {
    package static let byteCount = 32

    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            _ = SHA256(bytes, bytes.count, buffer.baseAddress)
            count = byteCount
        }
    }

    /// Compares codes in a time that does not depend on where they differ.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    package static func hmac(_ bytes: UnsafeRawBufferPointer, key: SecretKey) throws(CryptographyError) -> [UInt8] {
        var isDone = false
        let code = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            var length: UInt32 = 0
            isDone = key.withExposedBytes { key in
                HMAC(
                    EVP_sha256(),
                    key,
                    Int32(SecretKey.byteCount),
                    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    bytes.count,
                    buffer.baseAddress,
                    &length
                ) != nil
            }
            count = byteCount
        }
        guard isDone else { throw CryptographyError(operation: "HMAC-SHA-256") }
        return code
    }

    package static func hmac(_ bytes: [UInt8], key: SecretKey) throws(CryptographyError) -> [UInt8] {
        // A typed error does not pass through the closure of `withUnsafeBytes`.
        let result = bytes.withUnsafeBytes { raw in
            Result { () throws(CryptographyError) in try hmac(raw, key: key) }
        }
        return try result.get()
    }
}

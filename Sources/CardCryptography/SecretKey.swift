import CLibCrypto

/// libcrypto would not do what it was asked. Carries no data of the operation.
package struct CryptographyError: Error, Hashable, CustomStringConvertible {
    package var operation: String

    package var description: String { "libcrypto failed at \(operation)" }
}

/// Random bytes of the operating system, through libcrypto.
package enum Entropy {
    package static func bytes(count: Int) throws(CryptographyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw CryptographyError(operation: "random bytes") }
        return bytes
    }

    /// The same where nobody else may know them.
    static func secret(count: Int) throws(CryptographyError) -> SecretBytes {
        try SecretBytes(count: count) { storage throws(CryptographyError) in
            let isFilled = RAND_bytes(storage.bindMemory(to: UInt8.self).baseAddress, Int32(storage.count)) == 1
            guard isFilled else { throw CryptographyError(operation: "random bytes") }
        }
    }
}

/// A symmetric key of 256 bits, wiped when the last reference goes. Never printed, encoded or compared.
package final class SecretKey: Sendable {
    package static let byteCount = 32

    package let bytes: SecretBytes

    /// Nil unless there are 32 bytes.
    package init?(_ bytes: SecretBytes) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// - Parameter hexadecimal: 64 hexadecimal digits. Nil when it is anything else.
    package init?(hexadecimal: some Collection<UInt8>) {
        guard hexadecimal.count == 2 * Self.byteCount, let bytes = SecretBytes(hexadecimal: hexadecimal) else {
            return nil
        }
        self.bytes = bytes
    }

    /// A new key, from the operating system's random bytes.
    package static func random() throws(CryptographyError) -> SecretKey {
        guard let key = SecretKey(try Entropy.secret(count: byteCount)) else {
            preconditionFailure("a key has as many bytes as were asked for")
        }
        return key
    }

    func withExposedContent<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withExposedBytes(body)
    }

    func withExposedBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        bytes.withExposedBytes { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("a key has bytes") }
            return body(base.assumingMemoryBound(to: UInt8.self))
        }
    }
}

extension SecretKey: Masked {}

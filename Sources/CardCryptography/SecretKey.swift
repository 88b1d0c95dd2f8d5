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
}

/// A symmetric key of 256 bits, wiped when the last reference goes. Never printed, encoded or compared.
package final class SecretKey: Sendable {
    package static let byteCount = 32

    // Written before anybody else can see it, then only read until it is wiped.
    private nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer

    /// - Parameter hexadecimal: 64 hexadecimal digits. Nil when it is anything else.
    package init?(hexadecimal: some Collection<UInt8>) {
        guard hexadecimal.count == 2 * Self.byteCount else { return nil }
        bytes = .allocate(byteCount: Self.byteCount, alignment: 8)
        var index = 0
        for digit in hexadecimal {
            // `deinit` frees what is allocated: it runs for a class whose properties are all set.
            guard let value = Self.value(of: digit) else { return nil }
            bytes[index / 2] = index % 2 == 0 ? value << 4 : bytes[index / 2] | value
            index += 1
        }
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }

    func withExposedBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        guard let base = bytes.baseAddress else { preconditionFailure("a key has bytes") }
        return body(UnsafePointer(base.assumingMemoryBound(to: UInt8.self)))
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension SecretKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "SecretKey(…)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

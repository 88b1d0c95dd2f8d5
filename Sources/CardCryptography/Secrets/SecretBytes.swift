import CLibCrypto

/// Bytes that cannot be printed, encoded or compared by accident, and are wiped when the last reference goes.
package final class SecretBytes: Sendable {
    // Written before anybody else can see it, then only read until it is wiped.
    private nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer

    package var count: Int { storage.count }

    /// - Parameter fill: writes the bytes; they are zero before.
    /// - Throws: what `fill` throws; what it wrote until then is wiped.
    package init<Failure: Error>(
        count: Int,
        _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        storage = .allocate(byteCount: count, alignment: 8)
        storage.initializeMemory(as: UInt8.self, repeating: 0)
        try fill(storage)
    }

    package convenience init(_ bytes: some Collection<UInt8>) {
        self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
    }

    /// Nil unless there is an even number of hexadecimal digits, of either case, and nothing else.
    package convenience init?(hexadecimal: some Collection<UInt8>) {
        var isHexadecimal = hexadecimal.count % 2 == 0
        self.init(count: hexadecimal.count / 2) { storage in
            guard isHexadecimal else { return }
            for (index, digit) in hexadecimal.enumerated() {
                guard let value = Self.value(ofHexadecimal: digit) else {
                    isHexadecimal = false
                    return
                }
                storage[index / 2] = storage[index / 2] << 4 | value
            }
        }
        guard isHexadecimal else { return nil }
    }

    deinit {
        OPENSSL_cleanse(storage.baseAddress, storage.count)
        storage.deallocate()
    }

    /// Reads the bytes. They must not leave the closure in a form that outlives it.
    package func withExposedBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(storage))
    }

    /// Compares in a time that does not depend on where the bytes differ.
    package func isEqual(to other: SecretBytes) -> Bool {
        count == other.count
            && CRYPTO_memcmp(storage.baseAddress, other.storage.baseAddress, count) == 0
    }

    private static func value(ofHexadecimal digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension SecretBytes: Masked {}

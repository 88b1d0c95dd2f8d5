/// What shows that two parties hold the same key, without showing the key (ANSI X9.24-1 annex A).
package enum KeyCheckValue {
    /// Triple DES: the first three bytes of an encrypted block of zeros. AES: the first five of the CMAC of one.
    package static func of(_ key: Key) throws(PaymentCryptographyError) -> [UInt8] {
        try of(key.anyUsage)
    }

    static func of(_ cipher: BlockCipher) throws(PaymentCryptographyError) -> [UInt8] {
        switch cipher.algorithm {
        case .tripleDES: try ofTripleDES(cipher)
        case .aes: try cipher.cmac(SecretBytes(count: 16) { _ in }).withExposedBytes { Array($0.prefix(5)) }
        }
    }

    /// Of a key that may encrypt, wherever it is kept.
    package static func of(_ cipher: some CardCipher) throws(PaymentCryptographyError) -> [UInt8] {
        try ofTripleDES(cipher)
    }

    private static func ofTripleDES(_ cipher: some CardCipher) throws(PaymentCryptographyError) -> [UInt8] {
        Array(try cipher.encrypt(0).bytes.prefix(3))
    }

    /// - Parameter expected: three bytes at least; of AES keys some systems show three, others five.
    /// - Throws: `checkValueMismatch`.
    package static func check(_ expected: [UInt8], of key: Key) throws(PaymentCryptographyError) {
        let whole = try of(key)
        guard expected.count >= 3, expected.count <= whole.count,
            Digest.areEqual(Array(whole.prefix(expected.count)), expected)
        else { throw .checkValueMismatch }
    }
}

extension SecretBytes {
    /// The bytes, each with its last bit set so that the number of ones is odd, as DES keys have it.
    package var withOddParity: SecretBytes {
        withExposedBytes { bytes in
            SecretBytes(count: bytes.count) { storage in
                for (index, byte) in bytes.enumerated() {
                    storage[index] = UInt8(truncatingIfNeeded: UInt64(byte).withOddParity)
                }
            }
        }
    }
}

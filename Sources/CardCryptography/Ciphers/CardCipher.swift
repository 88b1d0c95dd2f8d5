/// A double-length Triple DES key as the algorithms of cards use it, in memory or in a security module. What comes out are
/// encrypted blocks and other keys, never the key.
package protocol CardCipher {
    func encrypt(_ block: UInt64) throws(PaymentCryptographyError) -> UInt64

    /// Encrypts blocks with single DES and the left half of the key, each mixed with what the one before became.
    ///
    /// - Parameter blocks: digits of card numbers may be in them; whoever keeps them in memory wipes them.
    /// - Returns: what the last one becomes; zeros when there is none.
    func encryptChainWithLeftHalf(_ blocks: some Collection<UInt64>) throws(PaymentCryptographyError) -> UInt64

    /// The key whose halves are two blocks, encrypted with this one and of odd parity.
    func derived(left: UInt64, right: UInt64) throws(PaymentCryptographyError) -> Self

    /// The key whose halves are those of this one with some bits inverted, of odd parity.
    ///
    /// - Throws: `unsupported` where nothing can do that to a key that stays where it is.
    func inverted(left: UInt64, right: UInt64) throws(PaymentCryptographyError) -> Self
}

extension BlockCipher: CardCipher {
    package func encryptChainWithLeftHalf(
        _ blocks: some Collection<UInt64>
    ) throws(PaymentCryptographyError) -> UInt64 {
        var code: UInt64 = 0
        for block in blocks { code = try encryptWithLeftHalf(code ^ block) }
        return code
    }

    package func derived(left: UInt64, right: UInt64) throws(PaymentCryptographyError) -> BlockCipher {
        BlockCipher(left: try encrypt(left), right: try encrypt(right))
    }

    package func inverted(left: UInt64, right: UInt64) throws(PaymentCryptographyError) -> BlockCipher {
        withExposedKey { key in
            BlockCipher(
                left: UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)) ^ left,
                right: UInt64(bigEndian: key.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) ^ right
            )
        }
    }
}

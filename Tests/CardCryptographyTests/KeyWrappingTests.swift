import CardCryptography
import Testing

@Suite struct `Keys wrapped in software` {
    /// RFC 3394 section 4.6.
    @Test func `are as the standard has them`() throws {
        let master = try #require(
            SecretBytes(
                hexadecimal: Array(("000102030405060708090A0B0C0D0E0F" + "101112131415161718191A1B1C1D1E1F").utf8)
            )
        )
        let key = try #require(
            SecretBytes(
                hexadecimal: Array(("00112233445566778899AABBCCDDEEFF" + "000102030405060708090A0B0C0D0E0F").utf8)
            )
        )
        let wrapping = try #require(SoftwareKeyWrapping(master))
        let wrapped = try wrapping.wrap(key)
        #expect(
            wrapped.map { String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16) }.joined()
                == "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"
        )
        #expect(try wrapping.unwrap(wrapped).isEqual(to: key))
        for place in wrapped.indices {
            var altered = wrapped
            altered[place] ^= 0x10
            #expect(throws: PaymentCryptographyError.macMismatch) { try wrapping.unwrap(altered) }
        }
        #expect(throws: PaymentCryptographyError.keyLength) { try wrapping.unwrap(wrapped + wrapped) }
        #expect(SoftwareKeyWrapping(SecretBytes([1])) == nil)
    }

    @Test(arguments: KeyUsage.allCases)
    func `which usages are for a payment HSM alone`(_ usage: KeyUsage) {
        let alone: Set<KeyUsage> = [
            .pinEncryption, .ibm3624, .visaPVV, .baseDerivation, .cardVerification, .applicationCryptograms,
            .secureMessagingConfidentiality, .secureMessagingIntegrity, .dataAuthenticationCode, .dynamicNumbers,
        ]
        #expect(usage.needsPaymentHSM == alone.contains(usage))
    }
}

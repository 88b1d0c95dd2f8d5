import CLibCrypto

/// How a card's key comes out of its issuer's master key (EMV Book 2, annex A1.4).
package enum CardKeyDerivation: Sendable {
    /// From the 16 rightmost digits of card number and sequence number.
    case optionA
    /// From a hash of all digits. With a card number of 16 digits or fewer it is option A.
    case optionB
}

/// The key of one card, of the usage of the master key it comes from. Double-length Triple DES with odd parity.
package struct CardKey: Sendable {
    package let usage: KeyUsage
    private let cipher: BlockCipher

    /// - Parameters:
    ///   - master: a double-length key of usage E0 to E4.
    ///   - sequenceNumber: the PAN sequence number (5F34, DE 23), two digits; 00 where the card has none.
    /// - Throws: `keyUsage`, `keyLength`, `invalidInput`.
    package init(
        master: Key,
        pan: PAN,
        sequenceNumber: DecimalDigits,
        _ option: CardKeyDerivation
    ) throws(PaymentCryptographyError) {
        guard sequenceNumber.count == 2 else { throw .invalidInput }
        usage = master.usage
        cipher = try Self.cipher(
            try Self.masterCipher(master),
            Self.diversificationData(pan: pan, sequenceNumber: sequenceNumber, option)
        )
    }

    /// The 16 digits that are encrypted as they are for the left half, and inverted for the right one.
    package static func diversificationData(
        pan: PAN,
        sequenceNumber: DecimalDigits,
        _ option: CardKeyDerivation
    ) -> UInt64 {
        let number = pan.packed
        let digits = number.appending(sequenceNumber)
        switch option {
        case .optionB where number.count > 16: return hashed(digits)
        case .optionA, .optionB: return UInt64(truncatingIfNeeded: digits.packed)
        }
    }

    /// The cipher, for an operation that wants a key of `usage`.
    func cipher(for usage: KeyUsage) throws(PaymentCryptographyError) -> BlockCipher {
        guard self.usage == usage else { throw .keyUsage }
        return cipher
    }

    /// The cipher, for scripts: of a key of usage E1 or E2.
    var cipherOfScripts: BlockCipher {
        get throws(PaymentCryptographyError) {
            let isConfidential = usage == .secureMessagingConfidentiality
            return try cipher(for: isConfidential ? usage : .secureMessagingIntegrity)
        }
    }

    /// Reads the key. It must not leave the closure in a form that outlives it.
    package func withExposedKey<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try cipher.withExposedKey(body)
    }

    package var checkValue: [UInt8] {
        get throws(PaymentCryptographyError) { try KeyCheckValue.of(cipher) }
    }

    private static func masterCipher(_ master: Key) throws(PaymentCryptographyError) -> BlockCipher {
        switch master.usage {
        case .applicationCryptograms, .secureMessagingConfidentiality, .secureMessagingIntegrity,
            .dataAuthenticationCode, .dynamicNumbers:
            return try master.tripleDES(for: master.usage)
        case .baseDerivation, .cardVerification, .dataEncryption, .keyEncryption, .keyBlockProtection,
            .macAlgorithm1,
            .macAlgorithm3, .cmac, .pinEncryption, .ibm3624, .visaPVV:
            throw .keyUsage
        }
    }

    private static func cipher(_ master: BlockCipher, _ data: UInt64) throws(PaymentCryptographyError) -> BlockCipher {
        BlockCipher(left: try master.encrypt(data), right: try master.encrypt(~data))
    }

    /// Option B: the digits, an even number of them, are hashed with SHA-1, and the hash is made decimal.
    private static func hashed(_ digits: DecimalDigits) -> UInt64 {
        let (packed, count) = (digits.packed, (digits.count + 1) / 2)
        let bytes = SecretBytes(count: count) { storage in
            for index in 0..<count {
                storage[index] = UInt8(truncatingIfNeeded: packed >> UInt128(8 * (count - 1 - index)))
            }
        }
        let hash = SecretBytes(count: 20) { hash in
            bytes.withExposedBytes { bytes in
                let (input, output) = (bytes.bindMemory(to: UInt8.self), hash.bindMemory(to: UInt8.self))
                _ = SHA1(input.baseAddress, input.count, output.baseAddress)
            }
        }
        return hash.withExposedBytes { hash in
            Decimalisation.scan(16, among: 40) { index in
                index % 2 == 0 ? hash[index / 2] >> 4 : hash[index / 2] & 0xF
            }
        }
    }
}

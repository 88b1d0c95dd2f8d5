import CLibCrypto

/// How a card's key comes out of its issuer's master key (EMV Book 2, annex A1.4).
package enum CardKeyDerivation: Sendable {
    /// From the 16 rightmost digits of card number and sequence number.
    case optionA
    /// From a hash of all digits. With a card number of 16 digits or fewer it is option A.
    case optionB
}

extension CardKeyDerivation {
    /// The 16 digits that are encrypted as they are for the left half, and inverted for the right one.
    ///
    /// - Parameter sequenceNumber: two digits.
    package func diversificationData(pan: PAN, sequenceNumber: DecimalDigits) -> UInt64 {
        let number = pan.packed
        let digits = number.appending(sequenceNumber)
        switch self {
        case .optionB where number.count > 16: return Self.hashed(digits)
        case .optionA, .optionB: return UInt64(truncatingIfNeeded: digits.packed)
        }
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

/// The key of one card, of the usage of the master key it comes from. Double-length Triple DES with odd parity.
package struct CardKey<Cipher: CardCipher> {
    package let usage: KeyUsage
    private let cipher: Cipher

    /// - Parameters:
    ///   - master: a double-length key.
    ///   - usage: its own, E0 to E4.
    ///   - sequenceNumber: the PAN sequence number (5F34, DE 23), two digits; 00 where the card has none.
    /// - Throws: `keyUsage`, `invalidInput`.
    package init(
        master: Cipher,
        usage: KeyUsage,
        pan: PAN,
        sequenceNumber: DecimalDigits,
        _ option: CardKeyDerivation
    ) throws(PaymentCryptographyError) {
        guard usage.isOfChipCards else { throw .keyUsage }
        guard sequenceNumber.count == 2 else { throw .invalidInput }
        self.usage = usage
        let data = option.diversificationData(pan: pan, sequenceNumber: sequenceNumber)
        cipher = try master.derived(left: data, right: ~data)
    }

    /// The cipher, for an operation that wants a key of `usage`.
    func cipher(for usage: KeyUsage) throws(PaymentCryptographyError) -> Cipher {
        guard self.usage == usage else { throw .keyUsage }
        return cipher
    }

    /// The cipher, for scripts: of a key of usage E1 or E2.
    var cipherOfScripts: Cipher {
        get throws(PaymentCryptographyError) {
            let isConfidential = usage == .secureMessagingConfidentiality
            return try cipher(for: isConfidential ? usage : .secureMessagingIntegrity)
        }
    }

    package var checkValue: [UInt8] {
        get throws(PaymentCryptographyError) { try KeyCheckValue.of(cipher) }
    }
}

extension CardKey: Sendable where Cipher: Sendable {}

extension CardKey<BlockCipher> {
    /// - Parameter master: a double-length key of usage E0 to E4.
    /// - Throws: `keyUsage`, `keyLength`, `invalidInput`.
    package init(
        master: Key,
        pan: PAN,
        sequenceNumber: DecimalDigits,
        _ option: CardKeyDerivation
    ) throws(PaymentCryptographyError) {
        guard master.usage.isOfChipCards else { throw .keyUsage }
        let cipher = try master.tripleDES(for: master.usage)
        try self.init(master: cipher, usage: master.usage, pan: pan, sequenceNumber: sequenceNumber, option)
    }

    /// Reads the key. It must not leave the closure in a form that outlives it.
    package func withExposedKey<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try cipher.withExposedKey(body)
    }
}

extension KeyUsage {
    /// Whether keys of cards come out of it.
    package var isOfChipCards: Bool {
        switch self {
        case .applicationCryptograms, .secureMessagingConfidentiality, .secureMessagingIntegrity,
            .dataAuthenticationCode, .dynamicNumbers:
            true
        case .baseDerivation, .cardVerification, .dataEncryption, .keyEncryption, .keyBlockProtection, .macAlgorithm1,
            .macAlgorithm3, .cmac, .pinEncryption, .ibm3624, .visaPVV:
            false
        }
    }
}

extension IssuerScript {
    /// The data of PIN CHANGE/UNBLOCK: the new PIN, enciphered (EMV Book 2, 9.3) with a key of one transaction.
    ///
    /// Visa: the PIN block is mixed with bytes 5 to 8 of the card's key of cryptograms, its length goes before it, and it is
    /// padded. Mastercard: a block of format 2 as it is (ISO 9564-1).
    ///
    /// - Parameters:
    ///   - card: of a master key of usage E1.
    ///   - cryptograms: of the master key of usage E0.
    package static func data(
        with pin: PIN,
        counter: UInt16,
        cryptogram: UInt64,
        scheme: ChipScheme,
        card: CardKey<BlockCipher>,
        cryptograms: CardKey<BlockCipher>
    ) throws(PaymentCryptographyError) -> [UInt8] {
        guard card.usage == .secureMessagingConfidentiality else { throw .keyUsage }
        let key = try SessionKey(scriptsOf: card, scheme: scheme, counter: counter, cryptogram: cryptogram).cipher
        switch scheme {
        case .visa:
            let (first, last) = try visaBlocks(of: pin, cryptograms: cryptograms)
            return try key.encrypt(first).bytes + key.encrypt(last).bytes
        case .mastercard: return try key.encrypt(block(of: pin)).bytes
        }
    }

    /// What Mastercard's cards take, before encipherment.
    package static func block(of pin: PIN) throws(PaymentCryptographyError) -> UInt64 {
        try PINBlockFormat.format2.clearBlock(pin, pan: nil, fill: .max)
    }

    /// What Visa's cards take, before encipherment: two blocks.
    ///
    /// - Parameter cryptograms: of the master key of usage E0.
    package static func visaBlocks(
        of pin: PIN,
        cryptograms: CardKey<BlockCipher>
    ) throws(PaymentCryptographyError) -> (first: UInt64, last: UInt64) {
        // The control digit of format 2 is none of Visa's block.
        let mixed = try block(of: pin) & 0x0FFF_FFFF_FFFF_FFFF ^ halfOfKey(cryptograms)
        return (8 << 56 | mixed >> 8, mixed << 56 | 0x80 << 48)
    }

    private static func halfOfKey(_ card: CardKey<BlockCipher>) throws(PaymentCryptographyError) -> UInt64 {
        try card.cipher(for: .applicationCryptograms).withExposedKey { key in
            UInt64(UInt32(bigEndian: key.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        }
    }
}

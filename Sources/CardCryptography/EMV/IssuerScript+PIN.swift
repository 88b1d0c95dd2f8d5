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
        card: CardKey,
        cryptograms: CardKey
    ) throws(PaymentCryptographyError) -> [UInt8] {
        guard card.usage == .secureMessagingConfidentiality else { throw .keyUsage }
        let block = try PINBlockFormat.format2.clearBlock(pin, pan: nil, fill: .max)
        switch scheme {
        case .visa:
            let key = try SessionKey(visaScriptsOf: card, counter: counter).cipher
            // The control digit of format 2 is none of Visa's block.
            let mixed = try block & 0x0FFF_FFFF_FFFF_FFFF ^ halfOfKey(cryptograms)
            let first = try key.encrypt(8 << 56 | mixed >> 8)
            let last = try key.encrypt(mixed << 56 | 0x80 << 48)
            return first.bytes + last.bytes
        case .mastercard:
            return try SessionKey(scriptsOf: card, cryptogram: cryptogram).cipher.encrypt(block).bytes
        }
    }

    private static func halfOfKey(_ card: CardKey) throws(PaymentCryptographyError) -> UInt64 {
        try card.cipher(for: .applicationCryptograms).withExposedKey { key in
            UInt64(UInt32(bigEndian: key.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        }
    }
}

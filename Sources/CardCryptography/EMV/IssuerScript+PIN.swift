extension IssuerScript {
    /// The data of PIN CHANGE/UNBLOCK: the new PIN, enciphered (EMV Book 2, 9.3) with a key of one transaction.
    ///
    /// See ``clearData(with:version:cryptograms:)`` for what is enciphered, block by block.
    ///
    /// - Parameters:
    ///   - card: of a master key of usage E1.
    ///   - cryptograms: of the master key of usage E0; for versions that mix the PIN with it.
    package static func data(
        with pin: PIN,
        counter: UInt16,
        cryptogram: UInt64,
        version: CryptogramVersion,
        card: CardKey<BlockCipher>,
        cryptograms: CardKey<BlockCipher>
    ) throws(PaymentCryptographyError) -> [UInt8] {
        guard card.usage == .secureMessagingConfidentiality else { throw .keyUsage }
        let key = try SessionKey(scriptsOf: card, version: version, counter: counter, cryptogram: cryptogram).cipher
        let (first, last) = try clearData(with: pin, version: version, cryptograms: cryptograms)
        let data = try key.encrypt(first).bytes
        guard let last else { return data }
        return try data + key.encrypt(last).bytes
    }

    /// The new PIN as cards of the version take it, before encipherment: a block of format 2 (ISO 9564-1). Visa's cards
    /// have its length before it and padding behind it, which makes two blocks; those before version 22 have, instead of
    /// format 2, a block of Visa's own, mixed with bytes 5 to 8 of the card's key of cryptograms.
    ///
    /// - Parameter cryptograms: of the master key of usage E0; for versions that mix the PIN with it.
    package static func clearData(
        with pin: PIN,
        version: CryptogramVersion,
        cryptograms: CardKey<BlockCipher>
    ) throws(PaymentCryptographyError) -> (first: UInt64, last: UInt64?) {
        let block = try PINBlockFormat.format2.clearBlock(pin, pan: nil, fill: .max)
        switch version {
        case .visa10, .visa17, .visa18:
            // The control digit of format 2 is none of Visa's block.
            return padded(block & 0x0FFF_FFFF_FFFF_FFFF ^ (try halfOfKey(cryptograms)))
        case .visa22: return padded(block)
        case .mastercard16, .mastercard17, .mastercard20, .mastercard21: return (block, nil)
        }
    }

    private static func padded(_ block: UInt64) -> (first: UInt64, last: UInt64) {
        (8 << 56 | block >> 8, block << 56 | 0x80 << 48)
    }

    private static func halfOfKey(_ card: CardKey<BlockCipher>) throws(PaymentCryptographyError) -> UInt64 {
        try card.cipher(for: .applicationCryptograms).withExposedKey { key in
            UInt64(UInt32(bigEndian: key.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        }
    }
}

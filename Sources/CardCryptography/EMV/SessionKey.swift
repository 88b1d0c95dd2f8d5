/// How the key of one transaction comes out of the card's key.
package enum SessionKeyMethod: Sendable {
    /// The card's key itself.
    case none
    /// EMV common session key (EMV Book 2, annex A1.3.1), from the ATC.
    case common
    /// Mastercard's own (M/Chip), from ATC and unpredictable number.
    case mastercard
}

/// How the key of one answer's issuer scripts comes out of the card's key.
package enum ScriptKeyMethod: Sendable {
    /// Visa's own, from the ATC.
    case visa
    /// EMV common session key (EMV Book 2, annex A1.3.1), from the cryptogram.
    case common
}

/// The key of one transaction with a card. Double-length Triple DES with odd parity.
package struct SessionKey<Cipher: CardCipher> {
    let cipher: Cipher

    /// The key of application cryptograms.
    ///
    /// - Parameter card: of a master key of usage E0.
    package init(
        _ method: SessionKeyMethod,
        card: CardKey<Cipher>,
        counter: UInt16,
        unpredictableNumber: UInt32
    ) throws(PaymentCryptographyError) {
        let cardCipher = try card.cipher(for: .applicationCryptograms)
        switch method {
        case .none: cipher = cardCipher
        case .common: cipher = try Self.derive(cardCipher, from: UInt64(counter) << 48)
        case .mastercard:
            cipher = try Self.derive(
                cardCipher,
                from: UInt64(counter) << 48 | UInt64(unpredictableNumber)
            )
        }
    }

    /// The key of issuer scripts to cards that make it from the ARQC (EMV Book 2, annex A1.3.1).
    ///
    /// - Parameter card: of a master key of usage E1 or E2.
    package init(scriptsOf card: CardKey<Cipher>, cryptogram: UInt64) throws(PaymentCryptographyError) {
        cipher = try Self.derive(try card.cipherOfScripts, from: cryptogram)
    }

    /// The key of issuer scripts to Visa's cards of versions before 22 (Visa Integrated Circuit Card Specification, annex B):
    /// the card's key with the ATC added to the left half, and its complement to the right one.
    ///
    /// - Parameter card: of a master key of usage E1 or E2.
    package init(visaScriptsOf card: CardKey<Cipher>, counter: UInt16) throws(PaymentCryptographyError) {
        cipher = try card.cipherOfScripts.inverted(left: UInt64(counter), right: UInt64(~counter))
    }

    /// The key of an answer's issuer scripts, as cards of the version make it.
    ///
    /// - Parameters:
    ///   - card: of a master key of usage E1 or E2.
    ///   - counter: the ATC of the transaction that is answered; Visa's method goes by it.
    ///   - cryptogram: its ARQC; the common method goes by it.
    package init(
        scriptsOf card: CardKey<Cipher>,
        version: CryptogramVersion,
        counter: UInt16,
        cryptogram: UInt64
    ) throws(PaymentCryptographyError) {
        switch version.scriptKey {
        case .visa: try self.init(visaScriptsOf: card, counter: counter)
        case .common: try self.init(scriptsOf: card, cryptogram: cryptogram)
        }
    }

    /// The seed's third byte tells the halves apart.
    private static func derive(_ card: Cipher, from seed: UInt64) throws(PaymentCryptographyError) -> Cipher {
        let rest = seed & 0xFFFF_00FF_FFFF_FFFF
        return try card.derived(left: rest | 0xF0 << 40, right: rest | 0x0F << 40)
    }
}

extension SessionKey: Sendable where Cipher: Sendable {}

extension SessionKey<BlockCipher> {
    /// Reads the key. It must not leave the closure in a form that outlives it.
    package func withExposedKey<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try cipher.withExposedKey(body)
    }
}

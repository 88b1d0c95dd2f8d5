/// Verification values of contactless cards that change with each transaction.
package enum DynamicVerification {
    /// Visa's dCVV (Visa Contactless Payment Specification): a CVV under the card's own key, with the ATC in place of
    /// the card number's first four digits.
    ///
    /// - Parameters:
    ///   - counter: the ATC's last four decimal digits, as track data carries them.
    ///   - card: of a master key of usage E4.
    package static func dcvv(
        pan: PAN,
        expiry: DecimalDigits,
        serviceCode: DecimalDigits,
        counter: DecimalDigits,
        card: CardKey<some CardCipher>
    ) throws(PaymentCryptographyError) -> SecretDigits {
        let data = try dcvvData(pan: pan, expiry: expiry, serviceCode: serviceCode, counter: counter)
        return CardVerification.value(of: try dcvvFinalBlock(data, card: card))
    }

    /// The digits that are encrypted, and zeros up to 32.
    package static func dcvvData(
        pan: PAN,
        expiry: DecimalDigits,
        serviceCode: DecimalDigits,
        counter: DecimalDigits
    ) throws(PaymentCryptographyError) -> UInt128 {
        guard counter.count == 4 else { throw .invalidInput }
        let digits = counter.appending(DecimalDigits(pan, dropping: 4))
        return try CardVerification.data(digits, expiry, serviceCode)
    }

    /// What the value's digits are taken from.
    package static func dcvvFinalBlock(_ data: UInt128, card: CardKey<some CardCipher>) throws(PaymentCryptographyError)
        -> UInt64
    {
        try CardVerification.finalBlock(data, try card.cipher(for: .dynamicNumbers))
    }

    /// Digits of a whole CVC3; track data may carry fewer.
    package static let cvc3Length = 5

    /// Those of `counters` with which `value` is the card's dCVV.
    package static func counters(
        _ counters: [UInt16],
        of value: SecretDigits,
        pan: PAN,
        expiry: DecimalDigits,
        serviceCode: DecimalDigits,
        card: CardKey<some CardCipher>
    ) throws(PaymentCryptographyError) -> [UInt16] {
        var found: [UInt16] = []
        for counter in counters {
            let digits = DecimalDigits(counter: counter)
            let right = try dcvv(pan: pan, expiry: expiry, serviceCode: serviceCode, counter: digits, card: card)
            if right.isEqual(to: value) { found.append(counter) }
        }
        return found
    }

    /// Mastercard's CVC3 (Mastercard Contactless Reader Specification, mag-stripe mode), all five digits.
    ///
    /// - Parameters:
    ///   - trackTemplate: the track data as the card holds it, without its variable digits; up to 256 bytes.
    ///   - unpredictableNumber: the reader's, as BCD.
    ///   - card: of a master key of usage E4.
    package static func cvc3(
        trackTemplate: SecretBytes,
        unpredictableNumber: UInt32,
        counter: UInt16,
        card: CardKey<some CardCipher>
    ) throws(PaymentCryptographyError) -> SecretDigits {
        try cvc3(try initialVector(trackTemplate, card), unpredictableNumber, counter, card)
    }

    private static func cvc3(
        _ initialVector: UInt16,
        _ unpredictableNumber: UInt32,
        _ counter: UInt16,
        _ card: CardKey<some CardCipher>
    ) throws(PaymentCryptographyError) -> SecretDigits {
        let block = UInt64(initialVector) << 48 | UInt64(unpredictableNumber) << 16 | UInt64(counter)
        let code = try card.cipher(for: .dynamicNumbers).encrypt(block) & 0xFFFF
        return SecretDigits(leading: cvc3Length, of: decimal(UInt16(truncatingIfNeeded: code)))
    }

    /// The IVCVC3, which the card may hold ready: the last two bytes of the MAC of the track data.
    package static func initialVector(
        _ trackTemplate: SecretBytes,
        _ card: CardKey<some CardCipher>
    ) throws(PaymentCryptographyError) -> UInt16 {
        guard (1...256).contains(trackTemplate.count) else { throw .invalidInput }
        let cipher = try card.cipher(for: .dynamicNumbers)
        let code = try trackTemplate.withExposedBytes { bytes throws(PaymentCryptographyError) in
            try MessageAuthentication.algorithm3(bytes, .method2, cipher)
        }
        return UInt16(truncatingIfNeeded: code)
    }

    /// Whether `value`, three to five digits, is the end of the CVC3.
    package static func verify(
        cvc3 value: SecretDigits,
        trackTemplate: SecretBytes,
        unpredictableNumber: UInt32,
        counter: UInt16,
        card: CardKey<some CardCipher>
    ) throws(PaymentCryptographyError) -> Bool {
        let found = try counters(
            [counter],
            ofCVC3: value,
            trackTemplate: trackTemplate,
            unpredictableNumber: unpredictableNumber,
            card: card
        )
        return !found.isEmpty
    }

    /// Those of `counters` with which `value`, three to five digits, is the end of the CVC3.
    package static func counters(
        _ counters: [UInt16],
        ofCVC3 value: SecretDigits,
        trackTemplate: SecretBytes,
        unpredictableNumber: UInt32,
        card: CardKey<some CardCipher>
    ) throws(PaymentCryptographyError) -> [UInt16] {
        guard (3...cvc3Length).contains(value.count) else { throw .invalidInput }
        let vector = try initialVector(trackTemplate, card)
        var found: [UInt16] = []
        for counter in counters {
            let whole = try cvc3(vector, unpredictableNumber, counter, card)
            let end = whole.leadingNibbles << UInt64(4 * (cvc3Length - value.count))
            if SecretDigits(leading: value.count, of: end).isEqual(to: value) { found.append(counter) }
        }
        return found
    }

    /// Five decimal digits, as the leading hexadecimal ones.
    private static func decimal(_ number: UInt16) -> UInt64 {
        var digits: UInt64 = 0
        for divisor in [10_000, 1_000, 100, 10, 1] as [UInt16] {
            digits = digits << 4 | UInt64(number / divisor % 10)
        }
        return digits << 44
    }
}

/// CVV and CVC on the stripe, CVV2 and CVC2 in print, iCVV in the chip, and the CAVV with an authentication tracking
/// number: one algorithm, described in IBM's CCA guide as the Visa CVV service.
package enum CardVerification {
    /// Digits of a value.
    package static let length = 3

    /// The value of a card.
    ///
    /// - Parameters:
    ///   - expiry: four digits, in the order that the issuer uses; YYMM on the stripe.
    ///   - serviceCode: three digits; 000 for CVV2, 999 for iCVV.
    ///   - key: of usage C0, double length.
    /// - Throws: `invalidInput` for another number of digits, `keyUsage`, `keyLength`.
    package static func value(
        pan: PAN,
        expiry: DecimalDigits,
        serviceCode: DecimalDigits,
        key: Key
    ) throws(PaymentCryptographyError) -> SecretDigits {
        let cipher = try key.tripleDES(for: .cardVerification)
        return try value(pan: pan, expiry: expiry, serviceCode: serviceCode, cipher: cipher)
    }

    /// The same with a key of usage C0 wherever it is kept.
    package static func value(
        pan: PAN,
        expiry: DecimalDigits,
        serviceCode: DecimalDigits,
        cipher: some CardCipher
    ) throws(PaymentCryptographyError) -> SecretDigits {
        value(of: try finalBlock(try data(pan, expiry, serviceCode), cipher))
    }

    /// The value of a 3-D Secure authentication.
    ///
    /// - Parameters:
    ///   - trackingNumber: the last four digits of the authentication tracking number.
    ///   - resultCode: one digit.
    ///   - secondFactor: two digits.
    package static func cavv(
        pan: PAN,
        trackingNumber: DecimalDigits,
        resultCode: DecimalDigits,
        secondFactor: DecimalDigits,
        key: Key
    ) throws(PaymentCryptographyError) -> SecretDigits {
        let data = try cavvData(pan, trackingNumber, resultCode, secondFactor)
        return value(of: try finalBlock(data, key: key))
    }

    /// The digits that are encrypted for a CAVV, and zeros up to 32.
    package static func cavvData(
        _ pan: PAN,
        _ trackingNumber: DecimalDigits,
        _ resultCode: DecimalDigits,
        _ secondFactor: DecimalDigits
    ) throws(PaymentCryptographyError) -> UInt128 {
        guard resultCode.count == 1, secondFactor.count == 2 else { throw .invalidInput }
        return try data(pan, trackingNumber, resultCode.appending(secondFactor))
    }

    /// Whether `value` is the card's.
    package static func verify(
        _ value: SecretDigits,
        pan: PAN,
        expiry: DecimalDigits,
        serviceCode: DecimalDigits,
        key: Key
    ) throws(PaymentCryptographyError) -> Bool {
        try self.value(pan: pan, expiry: expiry, serviceCode: serviceCode, key: key).isEqual(to: value)
    }

    /// The digits that are encrypted, and zeros up to 32.
    package static func data(
        _ pan: PAN,
        _ expiry: DecimalDigits,
        _ serviceCode: DecimalDigits
    ) throws(PaymentCryptographyError) -> UInt128 {
        try data(pan.packed, expiry, serviceCode)
    }

    static func data(
        _ pan: DecimalDigits,
        _ expiry: DecimalDigits,
        _ serviceCode: DecimalDigits
    ) throws(PaymentCryptographyError) -> UInt128 {
        guard expiry.count == 4, serviceCode.count == 3 else { throw .invalidInput }
        return pan.appending(expiry).appending(serviceCode).leftJustified
    }

    /// What the value's digits are taken from.
    package static func finalBlock(_ data: UInt128, key: Key) throws(PaymentCryptographyError) -> UInt64 {
        try finalBlock(data, try key.tripleDES(for: .cardVerification))
    }

    static func finalBlock(_ data: UInt128, _ cipher: some CardCipher) throws(PaymentCryptographyError) -> UInt64 {
        // An array would leave digits of the number in freed memory.
        let first = CollectionOfOne(UInt64(truncatingIfNeeded: data >> 64))
        let left = try cipher.encryptChainWithLeftHalf(first)
        return try cipher.encrypt(left ^ UInt64(truncatingIfNeeded: data))
    }

    package static func value(of finalBlock: UInt64) -> SecretDigits {
        SecretDigits(leading: length, of: Decimalisation.scan(length, finalBlock))
    }
}

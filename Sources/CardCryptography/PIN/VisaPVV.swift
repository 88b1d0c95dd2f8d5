/// The PIN verification value: four digits that the issuer keeps in place of the PIN (IBM's CCA guide, Visa PIN
/// algorithms).
package enum VisaPVV {
    package static let length = 4

    /// - Parameters:
    ///   - keyIndex: the PVKI, 0 to 6; 0 says in track data that there is no PVV there.
    ///   - key: of usage V2, double length.
    /// - Throws: `invalidInput` for another index, `keyUsage`, `keyLength`.
    package static func value(
        pin: PIN,
        pan: PAN,
        keyIndex: UInt8,
        key: Key
    ) throws(PaymentCryptographyError) -> SecretDigits {
        let parameter = try securityParameter(pin: pin, pan: pan, keyIndex: keyIndex)
        return value(of: try encrypted(parameter, key: key))
    }

    package static func verify(
        _ value: SecretDigits,
        pin: PIN,
        pan: PAN,
        keyIndex: UInt8,
        key: Key
    ) throws(PaymentCryptographyError) -> Bool {
        try self.value(pin: pin, pan: pan, keyIndex: keyIndex, key: key).isEqual(to: value)
    }

    /// The transformed security parameter: 11 digits of the card number before its check digit, the key's index and
    /// the first four digits of the PIN.
    package static func securityParameter(
        pin: PIN,
        pan: PAN,
        keyIndex: UInt8
    ) throws(PaymentCryptographyError) -> UInt64 {
        guard keyIndex <= 6 else { throw .invalidInput }
        let head = pan.digitsBeforeCheckDigit(11) << 20 | UInt64(keyIndex) << 16
        return head | pin.digits.leadingNibbles >> 48
    }

    package static func encrypted(_ parameter: UInt64, key: Key) throws(PaymentCryptographyError) -> UInt64 {
        try key.tripleDES(for: .visaPVV).encrypt(parameter)
    }

    package static func value(of encrypted: UInt64) -> SecretDigits {
        SecretDigits(leading: length, of: Decimalisation.scan(length, encrypted))
    }
}

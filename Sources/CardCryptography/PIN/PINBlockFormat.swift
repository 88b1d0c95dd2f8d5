/// The PIN blocks of ISO 9564-1, section 9. Raw values are the control nibble.
package enum PINBlockFormat: UInt8, CaseIterable, Sendable {
    /// With the card number and a fill of F.
    case format0 = 0
    /// Without the card number: what is not known to the device, random fill.
    case format1 = 1
    /// For the chip of a card only, fill of F.
    case format2 = 2
    /// With the card number and a random fill of A to F.
    case format3 = 3
    /// With the card number, for AES.
    case format4 = 4

    /// Bytes.
    package var blockLength: Int { self == .format4 ? 16 : 8 }

    package var algorithm: CipherAlgorithm { self == .format4 ? .aes : .tripleDES }

    /// Whether a PIN may leave a block of this format for one of another (ISO 9564-1, 9.5; PCI PIN 3-3). Format 2 is
    /// made for a card's chip under the card's own key and never travels as a block of a network. What is bound to a
    /// card number stays bound to one: format 1 would let it loose.
    package func mayBecome(_ other: PINBlockFormat) -> Bool {
        switch (self, other) {
        case (.format2, _), (_, .format2): false
        case (.format0, .format1), (.format3, .format1), (.format4, .format1): false
        case (.format0, .format0), (.format0, .format3), (.format0, .format4): true
        case (.format1, .format0), (.format1, .format1), (.format1, .format3), (.format1, .format4): true
        case (.format3, .format0), (.format3, .format3), (.format3, .format4): true
        case (.format4, .format0), (.format4, .format3), (.format4, .format4): true
        }
    }
}

/// PIN blocks before encryption. Nothing outside of this module keeps one.
extension PINBlockFormat {
    /// The block of formats 0 to 3.
    ///
    /// - Parameters:
    ///   - pan: not needed by formats 1 and 2.
    ///   - fill: hexadecimal digits of which the last ones fill the block; see ``randomFill()``.
    package func clearBlock(_ pin: PIN, pan: PAN?, fill: UInt64) throws(PaymentCryptographyError) -> UInt64 {
        let head = UInt64(rawValue) << 60 | UInt64(pin.length) << 56 | pin.digits.leadingNibbles >> 8
        let field = head | fill & UInt64.max >> UInt64(8 + 4 * pin.length)
        return field ^ (try panField(pan))
    }

    /// What fills a new block.
    package func randomFill() throws(PaymentCryptographyError) -> UInt64 {
        switch self {
        case .format0, .format2: return .max
        case .format1, .format4: return try Self.randomBlock()
        case .format3:
            // Four random bits that are none of A to F are drawn anew.
            var fill: UInt64 = 0
            var count = 0
            while count < 16 {
                let draw = try Self.randomBlock()
                for index in 0..<16 where draw.nibble(index) > 9 && count < 16 {
                    fill = fill << 4 | UInt64(draw.nibble(index))
                    count += 1
                }
            }
            return fill
        }
    }

    /// The PIN of a block of formats 0 to 3.
    package func pin(ofClearBlock block: UInt64, pan: PAN?) throws(PaymentCryptographyError) -> PIN {
        try pin(ofField: block ^ (try panField(pan)))
    }

    /// - Parameter field: what has the PIN: the card number is in its other half or taken out.
    fileprivate func pin(ofField field: UInt64) throws(PaymentCryptographyError) -> PIN {
        guard field.nibble(0) == rawValue else { throw .wrongControlNibble }
        let length = Int(field.nibble(1))
        guard PIN.lengths.contains(length) else { throw .pinLengthOutOfRange }
        let hasDigits = (2..<2 + length).allSatisfy { field.nibble($0) <= 9 }
        let hasFill = (2 + length..<16).allSatisfy { isFill(field.nibble($0)) }
        // Digits and fill both wrong speak for another card number or key.
        switch (hasDigits, hasFill) {
        case (true, true): return PIN(digits: SecretDigits(leading: length, of: field << 8))
        case (true, false): throw .badFill
        case (false, true): throw .pinDigitNotDecimal
        case (false, false): throw .invalidPINBlock
        }
    }

    private func isFill(_ nibble: UInt8) -> Bool {
        switch self {
        case .format0, .format2: nibble == 0xF
        case .format1: true
        case .format3: nibble > 9
        case .format4: nibble == 0xA
        }
    }

    /// The 12 rightmost digits before the check digit, in formats with the card number.
    package func panField(_ pan: PAN?) throws(PaymentCryptographyError) -> UInt64 {
        switch self {
        case .format0, .format3:
            guard let pan else { throw .invalidInput }
            return pan.digitsBeforeCheckDigit(12)
        case .format1, .format2: return 0
        case .format4: throw .blockNot16Bytes
        }
    }

    static func randomBlock() throws(PaymentCryptographyError) -> UInt64 {
        guard let bytes = try? Entropy.bytes(count: 8), let block = UInt64(bytes: bytes) else {
            throw .library
        }
        return block
    }
}

/// Format 4 (ISO 9564-1, 9.4): two fields of 16 bytes, added between two encryptions.
package enum PINBlockFormat4 {
    /// - Parameter random: the right half.
    package static func pinField(_ pin: PIN, random: UInt64) -> UInt128 {
        let head = UInt64(4) << 60 | UInt64(pin.length) << 56 | pin.digits.leadingNibbles >> 8
        let fill = 0xAAAA_AAAA_AAAA_AAAA & UInt64.max >> UInt64(8 + 4 * pin.length)
        return UInt128(head | fill) << 64 | UInt128(random)
    }

    /// The card number's length above 12, the number, and zeros; a shorter number has zeros on its left.
    package static func panField(_ pan: PAN) -> UInt128 { panField(pan.packed) }

    /// The same for a number that is shorter than those of ISO/IEC 7812; 1 to 19 digits.
    package static func panField(_ digits: DecimalDigits) -> UInt128 {
        let length = UInt128(max(12, digits.count))
        return (length - 12) << 124 | digits.packed << (124 - 4 * length)
    }

    package static func encrypt(
        pinField: UInt128,
        panField: UInt128,
        key: Key
    ) throws(PaymentCryptographyError) -> UInt128 {
        let cipher = try key.aes(for: .pinEncryption)
        return try cipher.encrypt(try cipher.encrypt(pinField) ^ panField)
    }

    package static func pin(
        ofEncrypted block: UInt128,
        panField: UInt128,
        key: Key
    ) throws(PaymentCryptographyError) -> PIN {
        let cipher = try key.aes(for: .pinEncryption)
        let field = try cipher.decrypt(try cipher.decrypt(block) ^ panField)
        return try PINBlockFormat.format4.pin(ofField: UInt64(truncatingIfNeeded: field >> 64))
    }
}

/// The IBM 3624 PIN with an offset, which lets the cardholder choose the PIN (IBM's CCA guide, 3624 PIN algorithms).
package enum IBM3624 {
    /// Which decimal digit stands for each hexadecimal one.
    package struct DecimalisationTable: Sendable {
        private let digits: UInt64

        /// 0123456789012345: each letter is its place in the alphabet less one.
        package static let usual = DecimalisationTable(digits: 0x0123_4567_8901_2345)

        private init(digits: UInt64) { self.digits = digits }

        /// Nil unless there are 16 digits.
        package init?(ascii: some Collection<UInt8>) {
            guard let digits = DecimalDigits(ascii: ascii, count: 16) else { return nil }
            self.digits = UInt64(truncatingIfNeeded: digits.packed)
        }

        /// Whether a security module takes it: eight different digits at least, none of them more than four times. Tables
        /// with fewer tell by the answers of a few verifications which digits a PIN has (Bond and Zielinski,
        /// Decimalisation table attacks for PIN cracking).
        package var isVaried: Bool {
            var counts = [Int](repeating: 0, count: 10)
            for index in 0..<16 { counts[Int(digits.nibble(index))] += 1 }
            return counts.count { $0 > 0 } >= 8 && counts.allSatisfy { $0 <= 4 }
        }

        package func decimal(_ block: UInt64) -> UInt64 {
            (0..<16).reduce(0) { $0 << 4 | UInt64(digits.nibble(Int(block.nibble($1)))) }
        }
    }

    /// What PINs of a card are computed from where nothing else is agreed: the last 16 digits of its number, after zeros
    /// when it is shorter.
    package static func validationData(of pan: PAN) -> UInt64 { UInt64(truncatingIfNeeded: pan.packed.packed) }

    /// The PIN that the key gives a card.
    ///
    /// - Parameters:
    ///   - validationData: 16 hexadecimal digits, most of them of the card number.
    ///   - length: 4 to 12.
    ///   - key: of usage V1, of any DES length.
    package static func naturalPIN(
        validationData: UInt64,
        table: DecimalisationTable,
        length: Int,
        key: Key
    ) throws(PaymentCryptographyError) -> PIN {
        guard PIN.lengths.contains(length) else { throw .pinLengthOutOfRange }
        let encrypted = try encrypted(validationData, key: key)
        return PIN(digits: SecretDigits(leading: length, of: table.decimal(encrypted)))
    }

    package static func encrypted(
        _ validationData: UInt64,
        key: Key
    ) throws(PaymentCryptographyError) -> UInt64 {
        try key.tripleDES(for: .ibm3624).encrypt(validationData)
    }

    /// What the issuer keeps: the chosen PIN less the natural one, digit by digit modulo 10.
    package static func offset(of pin: PIN, natural: PIN) throws(PaymentCryptographyError) -> SecretDigits {
        guard pin.length == natural.length else { throw .pinLengthOutOfRange }
        let (chosen, given) = (pin.digits.leadingNibbles, natural.digits.leadingNibbles)
        let digits = (0..<16).reduce(0 as UInt64) {
            $0 << 4 | UInt64((10 + chosen.nibble($1) - given.nibble($1)) % 10)
        }
        return SecretDigits(leading: pin.length, of: digits)
    }

    package static func verify(
        _ offset: SecretDigits,
        pin: PIN,
        validationData: UInt64,
        table: DecimalisationTable,
        key: Key
    ) throws(PaymentCryptographyError) -> Bool {
        let natural = try naturalPIN(
            validationData: validationData,
            table: table,
            length: pin.length,
            key: key
        )
        return try self.offset(of: pin, natural: natural).isEqual(to: offset)
    }
}

// What a table is tells of the PINs that it makes.
extension IBM3624.DecimalisationTable: Masked {}

/// Names a key in a hardware security module, or in what stands for one.
package struct KeyName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Nil unless there are 1 to 64 of a-z, 0-9, `-` and `.`.
    package init?(_ text: String) {
        let isAllowed: (UInt8) -> Bool = {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || isDecimalDigit($0)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed) else { return nil }
        description = text
    }
}

/// What a CVV is computed from. For CVV2 the service code is 000, for iCVV 999.
package struct CardFace: Sendable {
    package var pan: PAN
    /// Four digits, in the order that the issuer uses.
    package var expiry: DecimalDigits
    package var serviceCode: DecimalDigits

    package init(pan: PAN, expiry: DecimalDigits, serviceCode: DecimalDigits) {
        self.pan = pan
        self.expiry = expiry
        self.serviceCode = serviceCode
    }
}

/// What a chip's keys are derived from.
package struct ChipCard: Sendable {
    package var pan: PAN
    /// Two digits.
    package var sequenceNumber: DecimalDigits
    package var derivation: CardKeyDerivation

    package init(pan: PAN, sequenceNumber: DecimalDigits, derivation: CardKeyDerivation) {
        self.pan = pan
        self.sequenceNumber = sequenceNumber
        self.derivation = derivation
    }
}

/// A PIN on its way, under a key of usage P0.
package struct EncryptedPIN: Sendable {
    package var block: PINBlock
    package var pan: PAN
    package var key: KeyName

    package init(block: PINBlock, pan: PAN, key: KeyName) {
        self.block = block
        self.pan = pan
        self.key = key
    }
}

/// What the issuer keeps to verify a PIN with.
package enum PINReference: Sendable {
    case visaPVV(SecretDigits, keyIndex: UInt8, key: KeyName)
    case ibm3624(offset: SecretDigits, validationData: UInt64, table: IBM3624.DecimalisationTable, key: KeyName)
}

/// A command for a card, before its MAC; see ``IssuerScript/mac(header:data:counter:cryptogram:scheme:card:)``.
package struct ScriptCommand: Sendable {
    package var header: [UInt8]
    package var data: [UInt8]
    package var counter: UInt16
    package var cryptogram: UInt64
    package var scheme: ChipScheme

    package init(header: [UInt8], data: [UInt8] = [], counter: UInt16, cryptogram: UInt64, scheme: ChipScheme) {
        self.header = header
        self.data = data
        self.counter = counter
        self.cryptogram = cryptogram
        self.scheme = scheme
    }
}

/// The verbs of payment cryptography, with keys by name. No clear PIN and no clear key ever comes out.
///
/// A value that does not match is an answer, `false` or nil. An error says that nothing could be verified: `unknownKey`
/// when there is no key of the name, `keyUsage` and `keyMode` when it is for something else, and what the operations
/// throw.
package protocol PaymentHSM: Sendable {
    /// CVV, CVV2 or iCVV of a card that is issued.
    func cardVerificationValue(
        of face: CardFace,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> SecretDigits

    func verify(
        _ value: SecretDigits,
        of face: CardFace,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> Bool

    func verify(_ pin: EncryptedPIN, against reference: PINReference) async throws(PaymentCryptographyError) -> Bool

    /// The PVV of a PIN that its cardholder chose.
    func visaPVV(
        of pin: EncryptedPIN,
        keyIndex: UInt8,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> SecretDigits

    func translate(
        _ pin: EncryptedPIN,
        to format: PINBlockFormat,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> PINBlock

    /// Verifies a chip's cryptogram and seals each decision that may follow.
    ///
    /// - Returns: tag 91 for each of `responses`, in their order. Nil when the cryptogram is not the card's.
    func verify(
        _ chip: ChipData,
        _ issuerData: IssuerApplicationData,
        of card: ChipCard,
        key: KeyName,
        responses: [ChipResponse]
    ) async throws(PaymentCryptographyError) -> [[UInt8]]?

    func scriptMAC(
        of command: ScriptCommand,
        for card: ChipCard,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> UInt64

    func mac(
        of message: [UInt8],
        padding: MACPadding,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> [UInt8]

    /// - Parameter code: the leftmost bytes of the MAC, four at least.
    func verify(
        mac code: [UInt8],
        of message: [UInt8],
        padding: MACPadding,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> Bool

    /// Takes a key out of a key block and keeps it, bound to what the block's header says. A name stays with its key.
    ///
    /// - Returns: the key's check value.
    func importKey(
        _ block: [UInt8],
        protectedBy protection: KeyName,
        as name: KeyName
    ) async throws(PaymentCryptographyError) -> [UInt8]

    /// - Throws: `notExportable` for a key whose block said so.
    func exportKey(
        _ name: KeyName,
        protectedBy protection: KeyName,
        _ version: KeyBlockHeader.Version
    ) async throws(PaymentCryptographyError) -> [UInt8]

    func checkValue(of name: KeyName) async throws(PaymentCryptographyError) -> [UInt8]
}

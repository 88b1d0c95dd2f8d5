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

    private init(unchecked text: String) { description = text }

    /// The name of one version of a key: no other key and version makes the same.
    package func ofVersion(_ version: Int32) -> KeyName { KeyName(unchecked: "\(description).\(version)") }
}

/// What a CVV is computed from. For CVV2 the service code is 000, for iCVV 999; a ``CAVV`` has digits of its own for both.
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

/// What a contactless card has made the value of one payment from, beside its counter.
package enum DynamicNumber: Sendable {
    /// Visa's dCVV.
    case dcvv(expiry: DecimalDigits, serviceCode: DecimalDigits)
    /// Mastercard's CVC3; the unpredictable number is BCD.
    case cvc3(trackTemplate: SecretBytes, unpredictableNumber: UInt32)
}

// The template has a card number in it.
extension DynamicNumber: Masked {}

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
    /// The decimalisation table is the key's.
    case ibm3624(offset: SecretDigits, validationData: UInt64, key: KeyName)
}

// Validation data is most of a card number.
extension PINReference: Masked {}

/// A command for a card, before its MAC; see ``IssuerScript/mac(header:data:counter:cryptogram:index:version:card:)``.
package struct ScriptCommand: Sendable {
    package var header: [UInt8]
    package var data: [UInt8]
    package var counter: UInt16
    package var cryptogram: UInt64
    /// How many commands of the same answer are before it.
    package var index: UInt8
    /// Of the cryptogram that is answered.
    package var version: CryptogramVersion

    package init(
        header: [UInt8],
        data: [UInt8] = [],
        counter: UInt16,
        cryptogram: UInt64,
        index: UInt8 = 0,
        version: CryptogramVersion
    ) {
        self.header = header
        self.data = data
        self.counter = counter
        self.cryptogram = cryptogram
        self.index = index
        self.version = version
    }
}

/// The verbs with keys of cards (``KeyUsage/isOfCards``), by name. No clear key ever comes out.
///
/// A value that does not match is an answer, `false` or nil. An error says that nothing could be verified: `unavailable`
/// when the module cannot be reached, `unknownKey` when there is no key of the name, `keyUsage` and `keyMode` when it is
/// for something else, and what the operations throw.
package protocol CardHSM: Sendable {
    func holds(_ key: KeyName) -> Bool

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

    /// Verifies the value that a contactless card has made for one payment.
    ///
    /// - Parameters:
    ///   - counters: those that may be meant, where only the last digits of one are known.
    ///   - key: of usage E4.
    /// - Returns: those with which the value is right.
    func verify(
        _ value: SecretDigits,
        of number: DynamicNumber,
        counters: [UInt16],
        card: ChipCard,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> [UInt16]

    /// Verifies a chip's cryptogram and seals each decision that may follow.
    ///
    /// - Returns: tag 91 for each of `responses`, in their order. Nil when the cryptogram is not the card's.
    func verify(
        _ chip: ChipData,
        _ scheme: ChipScheme,
        of card: ChipCard,
        key: KeyName,
        responses: [ChipResponse]
    ) async throws(PaymentCryptographyError) -> [[UInt8]]?

    func scriptMAC(
        of command: ScriptCommand,
        for card: ChipCard,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> UInt64
}

/// The verbs of payment cryptography: those of cards, and those of PINs, messages and key blocks. No clear PIN and no
/// clear key ever comes out. Beside what ``CardHSM`` throws there is `pinBlockNotOpened`, when a PIN block has no PIN.
package protocol PaymentHSM: CardHSM {
    /// - Throws: `pinBlockNotOpened`; `decimalisationTable` for an IBM 3624 key without one.
    func verify(_ pin: EncryptedPIN, against reference: PINReference) async throws(PaymentCryptographyError) -> Bool

    /// The PVV of a PIN that its cardholder chose.
    func visaPVV(
        of pin: EncryptedPIN,
        keyIndex: UInt8,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> SecretDigits

    /// The IBM 3624 offset of a PIN that its cardholder chose, as long as the PIN.
    ///
    /// - Throws: `decimalisationTable` for a key without one.
    func ibm3624Offset(
        of pin: EncryptedPIN,
        validationData: UInt64,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> SecretDigits

    func translate(
        _ pin: EncryptedPIN,
        to format: PINBlockFormat,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> PINBlock

    /// What a script gives a card for its new PIN, enciphered for it alone; see
    /// ``IssuerScript/data(with:counter:cryptogram:version:card:cryptograms:)``.
    ///
    /// - Parameters:
    ///   - key: a master key of usage E1.
    ///   - cryptograms: the card's master key of usage E0.
    func scriptData(
        with pin: EncryptedPIN,
        for card: ChipCard,
        answering chip: ChipData,
        _ scheme: ChipScheme,
        key: KeyName,
        cryptograms: KeyName
    ) async throws(PaymentCryptographyError) -> [UInt8]

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

    /// Gives an IBM 3624 key its decimalisation table, which stays with it: whoever could choose a table for each
    /// verification would find PINs out.
    ///
    /// - Throws: `decimalisationTable` for one that is not varied, or when the key has one.
    func setTable(
        _ table: IBM3624.DecimalisationTable,
        of key: KeyName
    ) async throws(PaymentCryptographyError)

    /// The key in a key block of version B or D, with all that the block it came in said of it.
    ///
    /// - Throws: `notExportable` for a key whose block said so, `weakProtection` for versions A and C.
    func exportKey(
        _ name: KeyName,
        protectedBy protection: KeyName,
        _ version: KeyBlockHeader.Version
    ) async throws(PaymentCryptographyError) -> [UInt8]

    func checkValue(of name: KeyName) async throws(PaymentCryptographyError) -> [UInt8]
}

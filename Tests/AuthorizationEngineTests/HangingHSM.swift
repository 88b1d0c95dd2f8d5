import CardCryptography
import Synchronization

/// A security module that does not answer until it is let go.
final class HangingHSM: PaymentHSM {
    private let inner: SoftwareHSM
    private let hangs = Atomic<Bool>(true)

    init(of inner: SoftwareHSM) { self.inner = inner }

    var isHanging: Bool { hangs.load(ordering: .relaxed) }

    func letGo() { hangs.store(false, ordering: .relaxed) }

    private func hang() async {
        while isHanging { try? await Task.sleep(for: .milliseconds(5)) }
    }

    func cardVerificationValue(of face: CardFace, key: KeyName) async throws(PaymentCryptographyError) -> SecretDigits {
        await hang()
        return try inner.cardVerificationValue(of: face, key: key)
    }

    func verify(
        _ value: SecretDigits,
        of face: CardFace,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> Bool {
        await hang()
        return try inner.verify(value, of: face, key: key)
    }

    func verify(
        _ value: SecretDigits,
        of number: DynamicNumber,
        counters: [UInt16],
        card: ChipCard,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> [UInt16] { throw .unavailable }

    func verify(_ pin: EncryptedPIN, against reference: PINReference) async throws(PaymentCryptographyError) -> Bool {
        throw .unavailable
    }

    func visaPVV(
        of pin: EncryptedPIN,
        keyIndex: UInt8,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> SecretDigits { throw .unavailable }

    func ibm3624Offset(
        of pin: EncryptedPIN,
        validationData: UInt64,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> SecretDigits { throw .unavailable }

    func scriptData(
        with pin: EncryptedPIN,
        for card: ChipCard,
        answering chip: ChipData,
        _ scheme: ChipScheme,
        key: KeyName,
        cryptograms: KeyName
    ) async throws(PaymentCryptographyError) -> [UInt8] { throw .unavailable }

    func translate(
        _ pin: EncryptedPIN,
        to format: PINBlockFormat,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> PINBlock { throw .unavailable }

    func verify(
        _ chip: ChipData,
        _ scheme: ChipScheme,
        of card: ChipCard,
        key: KeyName,
        responses: [ChipResponse]
    ) async throws(PaymentCryptographyError) -> [[UInt8]]? { throw .unavailable }

    func scriptMAC(
        of command: ScriptCommand,
        for card: ChipCard,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> UInt64 { throw .unavailable }

    func mac(
        of message: [UInt8],
        padding: MACPadding,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> [UInt8] { throw .unavailable }

    func verify(
        mac code: [UInt8],
        of message: [UInt8],
        padding: MACPadding,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> Bool { throw .unavailable }

    func importKey(
        _ block: [UInt8],
        protectedBy protection: KeyName,
        as name: KeyName
    ) async throws(PaymentCryptographyError) -> [UInt8] { throw .unavailable }

    func setTable(
        _ table: IBM3624.DecimalisationTable,
        of key: KeyName
    ) async throws(PaymentCryptographyError) { throw .unavailable }

    func exportKey(
        _ name: KeyName,
        protectedBy protection: KeyName,
        _ version: KeyBlockHeader.Version
    ) async throws(PaymentCryptographyError) -> [UInt8] { throw .unavailable }

    func checkValue(of name: KeyName) async throws(PaymentCryptographyError) -> [UInt8] { throw .unavailable }
}

import CardCryptography
import Synchronization

/// A module for keys of cards that does not answer until it is let go.
final class HangingHSM: CardHSM {
    private let inner: SoftwareHSM
    private let hangs = Atomic<Bool>(true)

    init(of inner: SoftwareHSM) { self.inner = inner }

    var isHanging: Bool { hangs.load(ordering: .relaxed) }

    /// It has all keys of cards.
    var modules: SecurityModules { SecurityModules(inner, cards: self) }

    func letGo() { hangs.store(false, ordering: .relaxed) }

    func holds(_ key: KeyName) -> Bool { inner.holds(key) }

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
}

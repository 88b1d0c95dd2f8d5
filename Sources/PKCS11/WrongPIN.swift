import CardCryptography
import Synchronization

/// The PIN that a token has last called wrong, which is not tried again: a token locks itself after a few tries, and then
/// for all who use it. One that is locked or expired is tried, which counts for nothing, and so serves again as soon as an
/// officer has unlocked it.
package final class WrongPIN: Sendable {
    private let pin = Mutex<SecretBytes?>(nil)

    package init() {}

    /// - Throws: `PKCS11Error` for the wrong PIN; what `open` throws.
    package func open<Opened>(with pin: SecretBytes, _ open: (SecretBytes) throws -> Opened) throws -> Opened {
        guard self.pin.withLock({ $0?.isEqual(to: pin) }) != true else {
            throw PKCS11Error("the token has called the PIN wrong: another one is tried, this one after a restart")
        }
        do {
            return try open(pin)
        } catch let error as PKCS11Error where error.isWrongPIN {
            self.pin.withLock { $0 = pin }
            throw error
        }
    }
}

import CPKCS11

/// What a PKCS#11 module or its token would not do. Holds no data of the operation.
package struct PKCS11Error: Error, Hashable, CustomStringConvertible {
    package let description: String
    /// Whether the token counts a wrong PIN.
    let isWrongPIN: Bool

    init(_ description: String) {
        self.description = description
        isWrongPIN = false
    }

    /// - Parameter code: the return value CKR_… of PKCS#11 section 11.1.
    init(_ function: String, _ code: ck_rv_t) {
        let meaning: String? =
            switch code {
            case CKR_PIN_INCORRECT: "the PIN is wrong"
            case CKR_PIN_LOCKED: "the PIN is locked"
            case CKR_PIN_EXPIRED: "the PIN has expired"
            default: nil
            }
        isWrongPIN = code == CKR_PIN_INCORRECT
        description = "\(function) returns 0x\(String(code, radix: 16))" + (meaning.map { ": \($0)" } ?? "")
    }
}

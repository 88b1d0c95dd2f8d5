import AuthorizationCore
import CardCryptography

extension VerificationKeys {
    /// What each of the program's keys must be for.
    package var usages: [(name: StoredKeyName, usage: KeyUsage)] {
        let all: [(StoredKeyName?, KeyUsage)] = [
            (cardVerification, .cardVerification), (authentication, .cardVerification),
            (dynamicValue?.key, .dynamicNumbers), (chip?.cryptograms, .applicationCryptograms),
            (chip?.messageIntegrity, .secureMessagingIntegrity),
            (chip?.messageConfidentiality, .secureMessagingConfidentiality),
        ]
        let ofPINs = pin.map { [(name: $0.key, usage: $0.method.usage)] } ?? []
        return ofPINs + all.compactMap { name, usage in name.map { ($0, usage) } }
    }
}

extension PINVerification.Method {
    var usage: KeyUsage {
        switch self {
        case .visaPVV: .visaPVV
        case .ibm3624: .ibm3624
        }
    }
}

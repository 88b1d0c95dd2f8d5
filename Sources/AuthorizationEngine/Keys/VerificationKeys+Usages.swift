import AuthorizationCore
import CardCryptography

extension VerificationKeys {
    /// What each of the program's keys must be for.
    package var usages: [(name: StoredKeyName, usage: KeyUsage)] {
        let ofPayments = authentication.map { [(name: $0, usage: KeyUsage.cardVerification)] } ?? []
        return ofPINs + ofCodes + ofPayments + ofChips
    }

    /// Those that values are made with, and not only verified. From those of chips keys are derived.
    package var ofMadeValues: [StoredKeyName] { (ofPINs + ofCodes).map(\.name) }

    /// Those that what is on the stripe, in the chip and in print is made with.
    var ofInstances: [(name: StoredKeyName, usage: KeyUsage)] { ofCodes + ofChips }

    private var ofPINs: [(name: StoredKeyName, usage: KeyUsage)] {
        pin.map { [(name: $0.key, usage: $0.method.usage)] } ?? []
    }

    private var ofCodes: [(name: StoredKeyName, usage: KeyUsage)] {
        cardVerification.map { [(name: $0, usage: .cardVerification)] } ?? []
    }

    private var ofChips: [(name: StoredKeyName, usage: KeyUsage)] {
        let all: [(StoredKeyName?, KeyUsage)] = [
            (dynamicValue?.key, .dynamicNumbers), (chip?.cryptograms, .applicationCryptograms),
            (chip?.messageIntegrity, .secureMessagingIntegrity),
            (chip?.messageConfidentiality, .secureMessagingConfidentiality),
        ]
        return all.compactMap { name, usage in name.map { ($0, usage) } }
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

extension KeyUsage {
    /// Whether production keeps keys of this usage in a payment HSM alone: whoever has one learns PINs, or makes cards
    /// and their cryptograms.
    package var needsPaymentHSM: Bool {
        switch self {
        case .pinEncryption, .ibm3624, .visaPVV, .baseDerivation: true
        case .cardVerification: true
        case .applicationCryptograms, .secureMessagingConfidentiality, .secureMessagingIntegrity,
            .dataAuthenticationCode, .dynamicNumbers:
            true
        case .dataEncryption, .keyEncryption, .keyBlockProtection, .macAlgorithm1, .macAlgorithm3, .cmac: false
        }
    }
}

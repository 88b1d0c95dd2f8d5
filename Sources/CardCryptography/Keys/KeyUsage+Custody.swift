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

    /// Whether a token for general use can do what keys of this usage are for: cards' values and cryptograms. What PINs
    /// are verified with needs the PIN, which would leave the token.
    package var isOfCards: Bool { self == .cardVerification || isOfChipCards }

    /// Whether what is made with a key is in the field for as long as a card or its PIN: another version cannot take
    /// the place of the one that made it.
    package var outlivesRotation: Bool {
        switch self {
        case .cardVerification, .applicationCryptograms, .secureMessagingConfidentiality, .secureMessagingIntegrity,
            .dataAuthenticationCode, .dynamicNumbers, .ibm3624, .visaPVV:
            true
        case .baseDerivation, .dataEncryption, .keyEncryption, .keyBlockProtection, .macAlgorithm1, .macAlgorithm3,
            .cmac, .pinEncryption:
            false
        }
    }
}

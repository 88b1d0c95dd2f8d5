extension KeyUsage {
    /// How long keys of an algorithm may be for the operations of the usage, in bytes; none where they are defined with
    /// another algorithm alone.
    package func lengths(of algorithm: CipherAlgorithm) -> [Int] {
        let lengths: (tripleDES: [Int], aes: [Int]) =
            switch self {
            case .cardVerification, .visaPVV, .macAlgorithm3, .applicationCryptograms,
                .secureMessagingConfidentiality, .secureMessagingIntegrity, .dataAuthenticationCode, .dynamicNumbers:
                ([16], [])
            case .macAlgorithm1: ([16, 24], [])
            // Published test keys are single DES, which `KeyQuality.strict` refuses.
            case .ibm3624: ([8, 16, 24], [])
            case .baseDerivation, .dataEncryption, .keyEncryption, .keyBlockProtection, .cmac, .pinEncryption:
                ([16, 24], [16, 24, 32])
            }
        switch algorithm {
        case .tripleDES: return lengths.tripleDES
        case .aes: return lengths.aes
        }
    }
}

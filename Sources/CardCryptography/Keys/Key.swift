/// What a key is for. Raw values are the key usages of ANSI X9.143 (TR-31), table 6.
package enum KeyUsage: String, CaseIterable, Sendable {
    /// Base derivation key; kept for others only.
    case baseDerivation = "B0"
    /// CVV, CVC, CVV2, iCVV, CAVV.
    case cardVerification = "C0"
    case dataEncryption = "D0"

    /// Issuer master keys of chip cards.
    case applicationCryptograms = "E0"
    case secureMessagingConfidentiality = "E1"
    case secureMessagingIntegrity = "E2"
    case dataAuthenticationCode = "E3"
    /// dCVV and CVC3.
    case dynamicNumbers = "E4"

    case keyEncryption = "K0"
    /// Wraps keys in key blocks.
    case keyBlockProtection = "K1"

    /// ISO/IEC 9797-1 algorithms 1, 3 and 5.
    case macAlgorithm1 = "M1"
    case macAlgorithm3 = "M3"
    case cmac = "M6"

    case pinEncryption = "P0"

    case ibm3624 = "V1"
    case visaPVV = "V2"
}

/// What a key must look like to be taken.
package enum KeyQuality: Sendable {
    /// A key of production: DES keys of two or three different halves, each byte of odd parity.
    case strict
    /// Anything of the right length: published test keys have equal halves and any parity, and some are single DES.
    case test
}

/// A key with its usage. No operation takes a key of another usage.
package final class Key: Sendable {
    package let usage: KeyUsage
    private let cipher: BlockCipher

    package var algorithm: CipherAlgorithm { cipher.algorithm }
    /// Bytes.
    package var length: Int { cipher.keyLength }

    /// - Throws: `keyLength`, `keyParity`, `weakKey`.
    package init(
        _ bytes: SecretBytes,
        _ algorithm: CipherAlgorithm,
        usage: KeyUsage,
        quality: KeyQuality = .strict
    ) throws(PaymentCryptographyError) {
        cipher = try BlockCipher(algorithm, key: bytes)
        self.usage = usage
        switch quality {
        case .test: break
        case .strict:
            try bytes.withExposedBytes { bytes throws(PaymentCryptographyError) in
                try Self.check(bytes, algorithm)
            }
        }
    }

    /// The cipher, for an operation that wants a key of `usage`.
    func cipher(for usage: KeyUsage) throws(PaymentCryptographyError) -> BlockCipher {
        guard self.usage == usage else { throw .keyUsage }
        return cipher
    }

    /// The same where the operation is defined with Triple DES alone, and with keys of the usage's lengths.
    func tripleDES(for usage: KeyUsage) throws(PaymentCryptographyError) -> BlockCipher {
        let cipher = try cipher(for: usage)
        guard cipher.algorithm == .tripleDES, usage.lengths(of: .tripleDES).contains(cipher.keyLength) else {
            throw .keyLength
        }
        return cipher
    }

    /// The same where the operation is defined with AES alone.
    func aes(for usage: KeyUsage) throws(PaymentCryptographyError) -> BlockCipher {
        let cipher = try cipher(for: usage)
        guard cipher.algorithm == .aes else { throw .keyLength }
        return cipher
    }

    /// Reads the key. It must not leave the closure in a form that outlives it.
    package func withExposedBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try cipher.withExposedKey(body)
    }

    /// Hands the cipher out for what is done with keys of any usage: check values, and wrapping.
    var anyUsage: BlockCipher { cipher }

    private static func check(
        _ bytes: UnsafeRawBufferPointer,
        _ algorithm: CipherAlgorithm
    ) throws(PaymentCryptographyError) {
        guard bytes.contains(where: { $0 != 0 }) else { throw .weakKey }
        switch algorithm {
        case .aes: break
        case .tripleDES:
            guard bytes.allSatisfy({ $0.nonzeroBitCount % 2 == 1 }) else { throw .keyParity }
            let parts = stride(from: 0, to: bytes.count, by: 8).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)
            }
            guard parts.count > 1, parts[0] != parts[1], parts.count == 2 || parts[1] != parts[2] else {
                throw .weakKey
            }
        }
    }
}

extension Key: Masked {
    package var description: String { "Key(\(usage.rawValue), …)" }
}

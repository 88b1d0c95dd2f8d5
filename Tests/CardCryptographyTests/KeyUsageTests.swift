import CardCryptography
import Testing

@Suite struct `A key's usage` {
    private static let digits = "0123456789ABCDEFFEDCBA98765432101032547698BADCFE89ABCDEF01234567"

    /// An operation of the usage; nil where none is defined with the usage's keys alone.
    private static func operation(_ usage: KeyUsage) throws -> ((Key) throws -> Void)? {
        let pan = try #require(PAN(ascii: "4761739001010119".utf8))
        let pin = try #require(PIN(ascii: "1234".utf8))
        switch usage {
        case .cardVerification:
            return { key in
                let (expiry, code) = (CardCryptographyTests.digits("3012"), CardCryptographyTests.digits("201"))
                _ = try CardVerification.value(pan: pan, expiry: expiry, serviceCode: code, key: key)
            }
        case .visaPVV: return { _ = try VisaPVV.value(pin: pin, pan: pan, keyIndex: 1, key: $0) }
        case .ibm3624:
            return { _ = try IBM3624.naturalPIN(validationData: 1, table: .usual, length: 4, key: $0) }
        case .pinEncryption:
            return { _ = try PINBlock(pin, $0.algorithm == .aes ? .format4 : .format0, pan: pan, key: $0) }
        case .macAlgorithm1, .macAlgorithm3, .cmac: return { _ = try MessageAuthentication.code([1], key: $0) }
        case .applicationCryptograms, .secureMessagingConfidentiality, .secureMessagingIntegrity,
            .dataAuthenticationCode, .dynamicNumbers:
            return { key in
                let number = CardCryptographyTests.digits("00")
                _ = try CardKey(master: key, pan: pan, sequenceNumber: number, .optionA)
            }
        case .baseDerivation, .dataEncryption, .keyEncryption, .keyBlockProtection: return nil
        }
    }

    @Test(arguments: KeyUsage.allCases)
    func `has the algorithms and lengths of keys that its operations take, and no others`(_ usage: KeyUsage) throws {
        guard let operation = try Self.operation(usage) else {
            return #expect(!usage.lengths(of: .tripleDES).isEmpty && !usage.lengths(of: .aes).isEmpty)
        }
        for (algorithm, length) in [
            (CipherAlgorithm.tripleDES, 16), (.tripleDES, 24), (.aes, 16), (.aes, 24), (.aes, 32),
        ] {
            let key = try Key(secret(String(Self.digits.prefix(2 * length))), algorithm, usage: usage, quality: .test)
            let isTaken = usage.lengths(of: algorithm).contains(length)
            let place = Comment("\(algorithm) of \(length) bytes")
            if isTaken {
                #expect(throws: Never.self, place) { try operation(key) }
            } else {
                #expect(throws: PaymentCryptographyError.keyLength, place) { try operation(key) }
            }
        }
    }
}

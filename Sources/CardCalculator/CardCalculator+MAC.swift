import CardCryptography
import ISO8583

/// Message authentication codes.
extension CardCalculator {
    static let macOperations: [String: Operation] = [
        "iso9797_1_alg1_tdes_cbc": { .init(["mac8": .hexadecimal(try code($0, .tripleDES, .macAlgorithm1))]) },
        "iso9797_1_alg3_retail": { inputs in
            let code = try code(inputs, .tripleDES, .macAlgorithm3)
            return .init(["mac8": .hexadecimal(code), "mac4": .hexadecimal(code.prefix(4))])
        },
        "aes_cmac": { .init(["mac16": .hexadecimal(try code($0, .aes, .cmac))]) },
        "hmac_sha256": hmac,
    ]

    private static func code(_ inputs: Inputs, _ algorithm: CipherAlgorithm, _ usage: KeyUsage) throws -> [UInt8] {
        let method = usage == .cmac ? 2 : try inputs.number("padding_method", in: 1...2)
        guard let padding = MACPadding(rawValue: method) else {
            throw CalculatorError.invalid("padding_method", "1 or 2")
        }
        return try MessageAuthentication.code(
            try inputs.bytes("data"),
            padding: padding,
            key: try inputs.key("key", algorithm, usage)
        )
    }

    private static func hmac(_ inputs: Inputs) throws -> CalculationResult {
        guard let key = SecretKey(hexadecimal: try inputs.text("key").utf8) else {
            throw PaymentCryptographyError.keyLength
        }
        return .init(["mac32": .hexadecimal(try Digest.hmac(try inputs.bytes("data"), key: key))])
    }
}

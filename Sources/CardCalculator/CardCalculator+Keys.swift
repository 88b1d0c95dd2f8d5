import CardCryptography
import ISO8583

/// Keys, their check values, and key blocks.
extension CardCalculator {
    static let keyOperations: [String: Operation] = [
        "kcv_tdes_zero_block": { .init(["kcv3": .hexadecimal(try checkValue($0, .tripleDES))]) },
        "kcv_aes_cmac_zero_block": { .init(["kcv5": .hexadecimal(try checkValue($0, .aes))]) },
        "des_odd_parity": { .init(["key": .text(try $0.keyBytes("key").withOddParity.shown)]) },
        "tdes_ecb_block": encryptedBlock,
        "combine_components": combine,
        "unwrap": unwrap,
        "unwrap_negative": unwrap,
        "wrap": wrap,
    ]

    private static func checkValue(_ inputs: Inputs, _ algorithm: CipherAlgorithm) throws -> [UInt8] {
        try KeyCheckValue.of(try inputs.key("key", algorithm, .dataEncryption))
    }

    private static func encryptedBlock(_ inputs: Inputs) throws -> CalculationResult {
        let cipher = try BlockCipher(.tripleDES, key: try inputs.keyBytes("key"))
        return .init(["encrypted_block": .text(try cipher.encrypt(try inputs.pinBlock("clear_block")).hexadecimal)])
    }

    /// Inputs `component_1` and `kcv_1`, and so on, `kcv` of the key, and `algorithm`, T or A.
    private static func combine(_ inputs: Inputs) throws -> CalculationResult {
        let algorithm = try algorithm(inputs)
        var components: [KeyComponent] = []
        while inputs.has("component_\(components.count + 1)") {
            let number = components.count + 1
            let bytes = try inputs.keyBytes("component_\(number)")
            components.append(KeyComponent(bytes, checkValue: try inputs.bytes("kcv_\(number)")))
        }
        let key = try Key(
            components: components,
            checkValue: try inputs.bytes("kcv"),
            algorithm,
            usage: .keyBlockProtection,
            quality: .test
        )
        return .init(["key": .text(key.withExposedBytes { hexText($0) })])
    }

    private static func unwrap(_ inputs: Inputs) throws -> CalculationResult {
        let text = Array(try inputs.text("key_block").utf8)
        let block = try KeyBlock(unwrapping: text, with: try protectionKey(inputs, version: text.first))
        let header = block.header
        let optional = header.optionalBlocks.map { ($0.identifier, CalculatorValue.text($0.value)) }
        return .init([
            "key": .text(block.keyBytes.shown),
            "header": .object([
                "version": .text(String(header.version.rawValue)),
                "key_usage": .text(header.usage.rawValue),
                "algorithm": .text(header.algorithm == .aes ? "A" : "T"),
                "mode_of_use": .text(String(header.mode.rawValue)),
                "version_number": .text(header.keyVersion),
                "exportability": .text(String(header.exportability.rawValue)),
                "optional_blocks": .object(Dictionary(optional) { first, _ in first }),
            ]),
        ])
    }

    /// Inputs `kbpk`, `key`, and the header's `version`, `key_usage`, `algorithm`, `mode_of_use`, `exportability`.
    private static func wrap(_ inputs: Inputs) throws -> CalculationResult {
        let version = try inputs.text("version")
        guard let blockVersion = version.first.flatMap(KeyBlockHeader.Version.init), version.count == 1,
            let usage = KeyUsage(rawValue: try inputs.text("key_usage")),
            let mode = try inputs.text("mode_of_use").first.flatMap(KeyMode.init),
            let exportability = try inputs.text("exportability").first.flatMap(KeyExportability.init)
        else { throw PaymentCryptographyError.keyBlockHeader }
        let header = KeyBlockHeader(
            version: blockVersion,
            usage: usage,
            algorithm: try algorithm(inputs),
            mode: mode,
            exportability: exportability
        )
        let protection = try protectionKey(inputs, version: version.utf8.first)
        let text = try KeyBlock(header, try inputs.keyBytes("key")).wrapped(with: protection)
        return .init(["key_block": .text(String(decoding: text, as: UTF8.self))])
    }

    private static func protectionKey(_ inputs: Inputs, version: UInt8?) throws -> Key {
        try inputs.key("kbpk", version == UInt8(ascii: "D") ? .aes : .tripleDES, .keyBlockProtection)
    }

    private static func algorithm(_ inputs: Inputs) throws -> CipherAlgorithm {
        switch try inputs.text("algorithm") {
        case "T": return .tripleDES
        case "A": return .aes
        default: throw CalculatorError.invalid("algorithm", "T or A")
        }
    }
}

extension SecretBytes {
    var shown: String { withExposedBytes { hexText($0) } }
}

import CardCryptography
import ISO8583

/// Keys and their check values.
extension CardCalculator {
    static let keyOperations: [String: Operation] = [
        "kcv_tdes_zero_block": Operation("key", checkValueTDES),
        "kcv_aes_cmac_zero_block": Operation("key", checkValueAES),
        "des_odd_parity": Operation("key", oddParity),
        "tdes_ecb_block": Operation("key clear_block", encryptedBlock),
        "combine_components": Operation("algorithm kcv \(components)", combine),
    ]

    private static let components = (1...KeyComponent.counts.upperBound)
        .map { "component_\($0) kcv_\($0)" }.joined(separator: " ")

    private static func checkValueTDES(_ inputs: Inputs) throws -> CalculationResult {
        let key = try inputs.key("key", .tripleDES, .dataEncryption)
        let zeros = try BlockCipher(.tripleDES, key: try inputs.keyBytes("key")).encrypt(0 as UInt64)
        return .init(
            ["kcv3": .hexadecimal(try KeyCheckValue.of(key))],
            steps: [("encrypted_zero_block", zeros.hexadecimal)]
        )
    }

    private static func checkValueAES(_ inputs: Inputs) throws -> CalculationResult {
        let bytes = try inputs.keyBytes("key")
        let key = try inputs.key("key", .aes, .dataEncryption)
        let code = try MessageAuthentication.code(
            [UInt8](repeating: 0, count: 16),
            key: try Key(bytes, .aes, usage: .cmac, quality: .test)
        )
        return .init(
            ["kcv5": .hexadecimal(try KeyCheckValue.of(key))],
            steps: [("cmac_of_zero_block", hexText(code))]
        )
    }

    /// The bytes that were changed are counted from 1.
    private static func oddParity(_ inputs: Inputs) throws -> CalculationResult {
        let key = try inputs.keyBytes("key")
        let odd = key.withOddParity
        let changed = key.withExposedBytes { old in
            odd.withExposedBytes { new in new.indices.filter { new[$0] != old[$0] }.map { String($0 + 1) } }
        }
        return .init(
            ["key": .text(odd.shown)],
            steps: [("changed_bytes", changed.isEmpty ? "none" : changed.joined(separator: " "))]
        )
    }

    /// Triple DES as its three steps: encrypted with the first part of the key, decrypted with the second, and encrypted
    /// with the third. Shorter keys repeat.
    private static func encryptedBlock(_ inputs: Inputs) throws -> CalculationResult {
        let (key, clear) = (try inputs.keyBytes("key"), try inputs.pinBlock("clear_block"))
        let encrypted = try BlockCipher(.tripleDES, key: key).encrypt(clear)
        let second = key.part(key.count == 8 ? 0..<8 : 8..<16)
        let first = try BlockCipher(.tripleDES, key: key.part(0..<8)).encrypt(clear)
        let decrypted = try BlockCipher(.tripleDES, key: second).decrypt(first)
        return .init(
            ["encrypted_block": .text(encrypted.hexadecimal)],
            steps: [("des_encrypted_1", first.hexadecimal), ("des_decrypted_2", decrypted.hexadecimal)]
        )
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
        return .init(
            ["key": .text(key.withExposedBytes { hexText($0) })],
            steps: [("key_check_value", hexText(try KeyCheckValue.of(key)))]
        )
    }

    static func algorithm(_ inputs: Inputs) throws -> CipherAlgorithm {
        switch try inputs.text("algorithm") {
        case "T": return .tripleDES
        case "A": return .aes
        default: throw CalculatorError.invalid("algorithm", "T or A")
        }
    }
}

extension SecretBytes {
    var shown: String { withExposedBytes { hexText($0) } }

    /// - Parameter range: of bytes that are there.
    func part(_ range: Range<Int>) -> SecretBytes { withExposedBytes { SecretBytes($0[range]) } }
}

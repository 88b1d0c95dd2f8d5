import CardCryptography
import ISO8583

/// Message authentication codes.
extension CardCalculator {
    static let macOperations: [String: Operation] = [
        "iso9797_1_alg1_tdes_cbc": Operation("key data padding_method", algorithm1),
        "iso9797_1_alg3_retail": Operation("key data padding_method", algorithm3),
        "aes_cmac": Operation("key data", cmac),
        "hmac_sha256": Operation("key data", hmac),
    ]

    private static func algorithm1(_ inputs: Inputs) throws -> CalculationResult {
        let code = try code(inputs, .tripleDES, .macAlgorithm1)
        let blocks = try blocks(inputs)
        let chain = try chain(blocks, BlockCipher(.tripleDES, key: try inputs.keyBytes("key")))
        return .init(["mac8": .hexadecimal(code)], steps: steps(blocks, chain))
    }

    /// The chain is of single DES; the last block is then decrypted with the key's right half, and encrypted again.
    private static func algorithm3(_ inputs: Inputs) throws -> CalculationResult {
        let code = try code(inputs, .tripleDES, .macAlgorithm3)
        let blocks = try blocks(inputs)
        let key = try inputs.keyBytes("key")
        let chain = try chain(blocks, BlockCipher(.tripleDES, key: key.part(0..<8)))
        let decrypted = try BlockCipher(.tripleDES, key: key.part(8..<16)).decrypt(chain.last ?? 0)
        return .init(
            ["mac8": .hexadecimal(code), "mac4": .hexadecimal(code.prefix(4))],
            steps: steps(blocks, chain) + [("decrypted_with_right_half", decrypted.hexadecimal)]
        )
    }

    /// The subkeys of NIST SP 800-38B, 6.1: an encrypted block of zeros, doubled once and twice.
    private static func cmac(_ inputs: Inputs) throws -> CalculationResult {
        let code = try code(inputs, .aes, .cmac)
        let zeros = try BlockCipher(.aes, key: try inputs.keyBytes("key")).encrypt(0 as UInt128)
        let double = { (block: UInt128) in block << 1 ^ (block >> 127 == 1 ? 0x87 : 0) }
        return .init(
            ["mac16": .hexadecimal(code)],
            steps: [
                ("encrypted_zero_block", zeros.hexadecimal), ("subkey_1", double(zeros).hexadecimal),
                ("subkey_2", double(double(zeros)).hexadecimal),
            ]
        )
    }

    private static func code(_ inputs: Inputs, _ algorithm: CipherAlgorithm, _ usage: KeyUsage) throws -> [UInt8] {
        try MessageAuthentication.code(
            try inputs.bytes("data"),
            padding: usage == .cmac ? .method2 : try padding(inputs),
            key: try inputs.key("key", algorithm, usage)
        )
    }

    private static func padding(_ inputs: Inputs) throws -> MACPadding {
        guard let padding = MACPadding(rawValue: try inputs.number("padding_method", in: 1...2)) else {
            throw CalculatorError.invalid("padding_method", "1 or 2")
        }
        return padding
    }

    private static func blocks(_ inputs: Inputs) throws -> [UInt64] {
        MessageAuthentication.blocks(try inputs.bytes("data"), try padding(inputs))
    }

    /// What cipher block chaining holds after each block.
    private static func chain(_ blocks: [UInt64], _ cipher: BlockCipher) throws -> [UInt64] {
        var chain: [UInt64] = []
        for block in blocks { chain.append(try cipher.encrypt(block ^ (chain.last ?? 0))) }
        return chain
    }

    private static func steps(_ blocks: [UInt64], _ chain: [UInt64]) -> [(name: String, value: String)] {
        [("padded_data", blocks.map(\.hexadecimal).joined())]
            + chain.enumerated().map { ("chain_\($0 + 1)", $1.hexadecimal) }
    }

    /// RFC 2104: the key with zeros up to 64 bytes, and two masks.
    private static func hmac(_ inputs: Inputs) throws -> CalculationResult {
        guard let key = SecretKey(hexadecimal: try inputs.text("key").utf8) else {
            throw PaymentCryptographyError.keyLength
        }
        let data = try inputs.bytes("data")
        let block = (hexBytes(try inputs.text("key")) ?? []) + [UInt8](repeating: 0, count: 32)
        let inner = block.map { $0 ^ 0x36 }
        return .init(
            ["mac32": .hexadecimal(try Digest.hmac(data, key: key))],
            steps: [
                ("inner_key", hexText(inner)), ("inner_hash", hexText(Digest.sha256(inner + data))),
                ("outer_key", hexText(block.map { $0 ^ 0x5C })),
            ]
        )
    }
}

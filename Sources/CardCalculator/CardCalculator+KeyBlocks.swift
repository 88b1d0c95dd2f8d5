import CardCryptography
import ISO8583

/// Key blocks (ANSI X9.143; TR-31).
extension CardCalculator {
    static let keyBlockOperations: [String: Operation] = [
        "unwrap": Operation("kbpk key_block", unwrap),
        "unwrap_negative": Operation("kbpk key_block", unwrap),
        "wrap": Operation("kbpk key version key_usage algorithm mode_of_use exportability", wrap),
    ]

    private static func unwrap(_ inputs: Inputs) throws -> CalculationResult {
        let text = Array(try inputs.text("key_block").utf8)
        guard !KeyVault.isSealed(try KeyBlockHeader.read(text).header) else {
            throw CalculatorError.stored("key_block")
        }
        let protection = try protectionKey(inputs, version: text.first)
        let block = try KeyBlock(unwrapping: text, with: protection)
        let header = block.header
        let optional = header.optionalBlocks.map { ($0.identifier, CalculatorValue.text($0.value)) }
        let output: [String: CalculatorValue] = [
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
        ]
        return .init(output, steps: try steps(text, protection))
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
        return .init(["key_block": .text(String(decoding: text, as: UTF8.self))], steps: try steps(text, protection))
    }

    /// A block taken apart, and the two keys that the protection key stands for.
    private static func steps(_ text: [UInt8], _ protection: Key) throws -> [(name: String, value: String)] {
        let (header, length) = try KeyBlockHeader.read(text)
        let keys = try KeyBlockKeys(header.version, protection)
        let body = hexBytes(String(decoding: text[length...], as: UTF8.self)) ?? []
        let (encrypted, mac) = (Array(body.dropLast(header.version.macLength)), body.suffix(header.version.macLength))
        let payload = try keys.payload(of: encrypted, Array(text[..<length]), Array(mac))
        return [
            ("header_text", String(decoding: text[..<length], as: UTF8.self)),
            ("encryption_key", keys.withExposedEncryptionKey { hexText($0) }),
            ("mac_key", keys.withExposedAuthenticationKey { hexText($0) }),
            ("encrypted_key", hexText(encrypted)), ("mac", hexText(mac)),
            // The key's length in bits, the key, and fill.
            ("decrypted", payload.shown),
        ]
    }

    private static func protectionKey(_ inputs: Inputs, version: UInt8?) throws -> Key {
        try inputs.key("kbpk", version == UInt8(ascii: "D") ? .aes : .tripleDES, .keyBlockProtection)
    }
}

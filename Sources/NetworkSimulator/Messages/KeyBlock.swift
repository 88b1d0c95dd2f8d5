import CLibCrypto
import ISO8583

/// A key as a network sends it, wrapped in a key block of version B or D (ANSI X9.143; TR-31) by the network's own
/// reckoning.
enum KeyBlock {
    /// - Parameters:
    ///   - header: of version B or D, with the length of the whole block.
    ///   - fill: bytes behind the key, to whole cipher blocks.
    /// - Returns: nil when the protection key is not of the version's size, or the payload no whole blocks.
    static func wrapped(_ key: [UInt8], _ header: String, fill: [UInt8], protection: [UInt8]) -> String? {
        let bits = 8 * key.count
        let payload = [UInt8(truncatingIfNeeded: bits >> 8), UInt8(truncatingIfNeeded: bits)] + key + fill
        let isAES = header.hasPrefix("D")
        guard let encryption = derived(protection, purpose: 0, isAES),
            let sealing = derived(protection, purpose: 1, isAES)
        else { return nil }
        let clear = Array(header.utf8) + payload
        let code = isAES ? Ciphers.cmacAES(clear, sealing) : Ciphers.cmacTripleDES(clear, sealing)
        guard let code, payload.count.isMultiple(of: code.count),
            let encrypted = Ciphers.run(
                payload,
                isAES ? encryption : Ciphers.tripleDES(encryption),
                isAES ? aes(encryption.count) : EVP_des_ede3_cbc(),
                start: code,
                encrypts: true
            )
        else { return nil }
        return header + hexText(encrypted + code)
    }

    /// Codes of a counter, the purpose, a zero, and the derived key's algorithm and length in bits, as many as it takes.
    private static func derived(_ protection: [UInt8], purpose: UInt8, _ isAES: Bool) -> [UInt8]? {
        let algorithms: [Int: UInt8] = isAES ? [16: 2, 24: 3, 32: 4] : [16: 0, 24: 1]
        guard let algorithm = algorithms[protection.count] else { return nil }
        let bits = 8 * protection.count
        var key: [UInt8] = []
        for counter in 1...3 as ClosedRange<UInt8> {
            let length = [UInt8(truncatingIfNeeded: bits >> 8), UInt8(truncatingIfNeeded: bits)]
            let data = [counter, 0, purpose, 0, 0, algorithm] + length
            guard let code = isAES ? Ciphers.cmacAES(data, protection) : Ciphers.cmacTripleDES(data, protection) else {
                return nil
            }
            key += code
        }
        return Array(key.prefix(protection.count))
    }

    private static func aes(_ keyBytes: Int) -> OpaquePointer? {
        switch keyBytes {
        case 16: EVP_aes_128_cbc()
        case 24: EVP_aes_192_cbc()
        default: EVP_aes_256_cbc()
        }
    }
}

extension KeyBlockRecipe {
    /// The block's text; its key's length is hidden by the fill.
    ///
    /// - Parameter variables: with both keys in hexadecimal.
    /// - Returns: nil for what is no key of the algorithm, or no protection key of the version.
    func text(_ variables: [String: String], _ generator: inout SplitMix64) -> String? {
        guard let key = variables[key].flatMap(hexBytes), let protection = variables[protection].flatMap(hexBytes),
            algorithm.keyBytes.contains(key.count)
        else { return nil }
        let (blockBytes, codeBytes) = version.sizes
        let longest = algorithm.keyBytes.max() ?? key.count
        let payloadBytes = (2 + longest + blockBytes - 1) / blockBytes * blockBytes
        let fill = (0..<payloadBytes - 2 - key.count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let length = String(10_000 + 16 + 2 * (payloadBytes + codeBytes)).dropFirst()
        let header = "\(version.rawValue)\(length)\(usage)\(algorithm.rawValue)\(mode)00\(exportability)0000"
        return KeyBlock.wrapped(key, header, fill: fill, protection: protection)
    }
}

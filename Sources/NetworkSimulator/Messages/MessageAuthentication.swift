import CLibCrypto
import ISO8583

/// Message authentication codes by a network's own reckoning, so that a fault of the issuer's is not repeated here.
enum MessageAuthentication {
    private static let blockBytes = 8
    private static let zeros = [UInt8](repeating: 0, count: blockBytes)

    /// The code, in full; nil when the key is not of the algorithm's size.
    static func code(_ data: [UInt8], key: [UInt8], _ algorithm: MACCoverage.Algorithm, paddingMethod: Int) -> [UInt8]?
    {
        switch algorithm {
        case .cbc:
            guard [8, 16, 24].contains(key.count) else { return nil }
            return cbc(padded(data, paddingMethod), key)
        case .retail:
            guard key.count == 16 else { return nil }
            return retail(padded(data, paddingMethod), Array(key[..<8]), Array(key[8...]))
        case .cmacTripleDES:
            guard [16, 24].contains(key.count) else { return nil }
            return Ciphers.cmacTripleDES(data, key)
        case .cmacAES:
            guard [16, 24, 32].contains(key.count) else { return nil }
            return Ciphers.cmacAES(data, key)
        }
    }

    /// ISO/IEC 9797-1, padding method 1: zeros to whole blocks; method 2: a one bit before them.
    private static func padded(_ data: [UInt8], _ method: Int) -> [UInt8] {
        var padded = data
        if method == 2 { padded.append(0x80) }
        while padded.isEmpty || !padded.count.isMultiple(of: blockBytes) { padded.append(0) }
        return padded
    }

    /// ISO/IEC 9797-1, algorithm 1: the last block of CBC from zeros.
    private static func cbc(_ blocks: [UInt8], _ key: [UInt8]) -> [UInt8]? {
        Ciphers.run(blocks, Ciphers.tripleDES(key), EVP_des_ede3_cbc(), start: zeros, encrypts: true)
            .map { Array($0.suffix(blockBytes)) }
    }

    /// ISO/IEC 9797-1, algorithm 3: single DES, and the last block back under the second key and forth again.
    private static func retail(_ blocks: [UInt8], _ first: [UInt8], _ second: [UInt8]) -> [UInt8]? {
        guard let last = cbc(blocks, first), let back = block(last, second, encrypts: false) else { return nil }
        return block(back, first, encrypts: true)
    }

    private static func block(_ block: [UInt8], _ key: [UInt8], encrypts: Bool) -> [UInt8]? {
        Ciphers.run(block, Ciphers.tripleDES(key), EVP_des_ede3_ecb(), start: zeros, encrypts: encrypts)
    }
}

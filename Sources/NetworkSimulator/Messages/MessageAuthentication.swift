import CLibCrypto
import ISO8583

/// Message authentication codes by a network's own reckoning, so that a fault of the issuer's is not repeated here.
enum MessageAuthentication {
    private static let blockBytes = 8

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
            return cmac(data, tripleDES(key), "DES-EDE3-CBC", count: 8)
        case .cmacAES:
            guard [16, 24, 32].contains(key.count) else { return nil }
            return cmac(data, key, "AES-\(8 * key.count)-CBC", count: 16)
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
        cipher(blocks, tripleDES(key), EVP_des_ede3_cbc(), encrypts: true).map { Array($0.suffix(blockBytes)) }
    }

    /// ISO/IEC 9797-1, algorithm 3: single DES, and the last block back under the second key and forth again.
    private static func retail(_ blocks: [UInt8], _ first: [UInt8], _ second: [UInt8]) -> [UInt8]? {
        guard let last = cbc(blocks, first),
            let back = cipher(last, tripleDES(second), EVP_des_ede3_ecb(), encrypts: false)
        else { return nil }
        return cipher(back, tripleDES(first), EVP_des_ede3_ecb(), encrypts: true)
    }

    /// Three keys: one three times is single DES, of two the first comes again.
    private static func tripleDES(_ key: [UInt8]) -> [UInt8] {
        switch key.count {
        case 8: key + key + key
        case 16: key + key[..<8]
        default: key
        }
    }

    private static func cipher(
        _ blocks: [UInt8],
        _ key: [UInt8],
        _ cipher: OpaquePointer?,
        encrypts: Bool
    ) -> [UInt8]? {
        guard let context = EVP_CIPHER_CTX_new() else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        let start = [UInt8](repeating: 0, count: blockBytes)
        var output = [UInt8](repeating: 0, count: blocks.count + blockBytes)
        var count: Int32 = 0
        guard EVP_CipherInit_ex(context, cipher, nil, key, start, encrypts ? 1 : 0) == 1,
            EVP_CIPHER_CTX_set_padding(context, 0) == 1,
            EVP_CipherUpdate(context, &output, &count, blocks, Int32(blocks.count)) == 1, Int(count) == blocks.count
        else { return nil }
        return Array(output[..<blocks.count])
    }

    /// NIST SP 800-38B.
    private static func cmac(_ data: [UInt8], _ key: [UInt8], _ cipher: String, count: Int) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: count)
        var written = 0
        let isDone =
            EVP_Q_mac(nil, "CMAC", nil, cipher, nil, key, key.count, data, data.count, &output, count, &written) != nil
        return isDone && written == count ? output : nil
    }
}

import CLibCrypto

/// Triple DES and AES in blocks, by libcrypto.
enum Ciphers {
    /// Three keys: one three times is single DES, of two the first comes again.
    static func tripleDES(_ key: [UInt8]) -> [UInt8] {
        switch key.count {
        case 8: key + key + key
        case 16: key + key[..<8]
        default: key
        }
    }

    /// - Parameter start: the initial vector, as long as a block.
    /// - Returns: nil unless `blocks` are whole blocks.
    static func run(
        _ blocks: [UInt8],
        _ key: [UInt8],
        _ cipher: OpaquePointer?,
        start: [UInt8],
        encrypts: Bool
    ) -> [UInt8]? {
        guard let context = EVP_CIPHER_CTX_new() else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: blocks.count + start.count)
        var count: Int32 = 0
        guard EVP_CipherInit_ex(context, cipher, nil, key, start, encrypts ? 1 : 0) == 1,
            EVP_CIPHER_CTX_set_padding(context, 0) == 1,
            EVP_CipherUpdate(context, &output, &count, blocks, Int32(blocks.count)) == 1, Int(count) == blocks.count
        else { return nil }
        return Array(output[..<blocks.count])
    }

    /// NIST SP 800-38B, in full.
    static func cmacTripleDES(_ data: [UInt8], _ key: [UInt8]) -> [UInt8]? {
        cmac(data, tripleDES(key), "DES-EDE3-CBC", count: 8)
    }

    static func cmacAES(_ data: [UInt8], _ key: [UInt8]) -> [UInt8]? {
        cmac(data, key, "AES-\(8 * key.count)-CBC", count: 16)
    }

    private static func cmac(_ data: [UInt8], _ key: [UInt8], _ cipher: String, count: Int) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: count)
        var written = 0
        let isDone =
            EVP_Q_mac(nil, "CMAC", nil, cipher, nil, key, key.count, data, data.count, &output, count, &written) != nil
        return isDone && written == count ? output : nil
    }
}

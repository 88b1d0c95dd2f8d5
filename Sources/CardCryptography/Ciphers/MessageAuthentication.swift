import CLibCrypto

/// How data is filled up to whole blocks (ISO/IEC 9797-1, 6.3).
package enum MACPadding: Int, Sendable {
    /// Zeros; none after a whole block.
    case method1 = 1
    /// A one bit, then zeros; a block of them after a whole block.
    case method2 = 2
}

/// Message authentication codes of ISO/IEC 9797-1, for DE 64 and DE 128, chip cards and key blocks. HMAC is
/// ``Digest/hmac(_:key:)``.
package enum MessageAuthentication {
    /// CBC-MAC without more: ISO/IEC 9797-1 algorithm 1, with Triple DES.
    static func algorithm1(
        _ data: [UInt8],
        _ padding: MACPadding,
        _ cipher: BlockCipher
    ) throws(PaymentCryptographyError) -> UInt64 {
        var code: UInt64 = 0
        for block in blocks(data, padding) { code = try cipher.encrypt(code ^ block) }
        return code
    }

    /// The retail MAC, ISO/IEC 9797-1 algorithm 3: single DES with the left half, and the last block with Triple DES.
    static func algorithm3(
        _ data: some Collection<UInt8>,
        _ padding: MACPadding,
        _ cipher: some CardCipher
    ) throws(PaymentCryptographyError) -> UInt64 {
        var blocks = blocks(data, padding)
        // Track data is in them.
        defer { blocks.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        let code = try cipher.encryptChainWithLeftHalf(blocks.dropLast())
        return try cipher.encrypt(code ^ (blocks.last ?? 0))
    }

    /// The data as blocks of eight bytes. At least one, also of no data.
    package static func blocks(_ data: some Collection<UInt8>, _ padding: MACPadding) -> [UInt64] {
        let count: Int
        switch padding {
        case .method1: count = max(1, (data.count + 7) / 8)
        case .method2: count = data.count / 8 + 1
        }
        var blocks = [UInt64](repeating: 0, count: count)
        for (index, byte) in data.enumerated() {
            blocks[index / 8] |= UInt64(byte) << UInt64(56 - 8 * (index % 8))
        }
        switch padding {
        case .method1: break
        case .method2: blocks[count - 1] |= 0x80 << UInt64(56 - 8 * (data.count % 8))
        }
        return blocks
    }
}

extension MessageAuthentication {
    /// The whole code of a message, by the algorithm that the key is for: 8 bytes with Triple DES, 16 with AES.
    /// Elements 64 and 128 carry the leftmost bytes.
    ///
    /// - Parameter padding: of algorithms 1 and 3; CMAC has its own.
    package static func code(
        _ data: [UInt8],
        padding: MACPadding = .method1,
        key: Key
    ) throws(PaymentCryptographyError) -> [UInt8] {
        if key.usage == .macAlgorithm1 {
            return try algorithm1(data, padding, key.tripleDES(for: .macAlgorithm1)).bytes
        }
        if key.usage == .macAlgorithm3 {
            return try algorithm3(data, padding, key.tripleDES(for: .macAlgorithm3)).bytes
        }
        return try key.cipher(for: .cmac).cmac(SecretBytes(data)).withExposedBytes { Array($0) }
    }

    /// Whether `code` is the leftmost bytes of the message's code, four at least.
    package static func verify(
        _ code: [UInt8],
        of data: [UInt8],
        padding: MACPadding = .method1,
        key: Key
    ) throws(PaymentCryptographyError) -> Bool {
        let whole = try self.code(data, padding: padding, key: key)
        return (4...whole.count).contains(code.count)
            && Digest.areEqual(code, Array(whole.prefix(code.count)))
    }
}

extension FixedWidthInteger {
    /// The block's bytes, the first one first.
    package var bytes: [UInt8] { withUnsafeBytes(of: bigEndian, Array.init) }

    /// A block of exactly as many bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.bitWidth / 8 else { return nil }
        self = bytes.reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) }
    }
}

import CLibCrypto

/// A key on its way: encrypted, and bound to its usage by a MAC (ANSI X9.143; TR-31).
package struct KeyBlock: Sendable {
    package let header: KeyBlockHeader
    /// The key as it was wrapped, of the header's algorithm.
    package let keyBytes: SecretBytes

    /// Opens a block.
    ///
    /// - Parameters:
    ///   - text: ASCII, up to 9,999 characters.
    ///   - protection: a key of usage K1, or K0 where an older system names it so.
    /// - Throws: `keyBlockHeader`, `lengthMismatch`, `macMismatch`, `keyBlockContent`, `keyUsage`, `keyLength`, and
    ///   `weakProtection` for a key that is stronger than what protected it.
    package init(unwrapping text: [UInt8], with protection: Key) throws(PaymentCryptographyError) {
        let (header, headerLength) = try KeyBlockHeader.read(text)
        let keys = try KeyBlockKeys(header.version, protection)
        guard let body = SecretBytes(hexadecimal: text[headerLength...]) else { throw .keyBlockContent }
        let macLength = header.version.macLength
        let encrypted = body.withExposedBytes { Array($0.dropLast(macLength)) }
        let mac = body.withExposedBytes { Array($0.suffix(macLength)) }
        guard !encrypted.isEmpty,
            encrypted.count.isMultiple(of: header.version.protectionAlgorithm.blockLength)
        else { throw .lengthMismatch }
        let headerText = Array(text[..<headerLength])
        let payload = try keys.payload(of: encrypted, headerText, mac)
        self.header = header
        keyBytes = try payload.withExposedBytes { payload throws(PaymentCryptographyError) in
            try Self.key(in: payload, header.algorithm)
        }
        guard isProtected(by: protection) else { throw .weakProtection }
    }

    /// Opens a block that one of several keys protects.
    ///
    /// - Throws: why the first of them does not open it, when none does; `unknownKey` when there is none.
    package init(unwrapping text: [UInt8], withOneOf protection: [Key]) throws(PaymentCryptographyError) {
        var problem: PaymentCryptographyError?
        for key in protection {
            do throws(PaymentCryptographyError) {
                self = try KeyBlock(unwrapping: text, with: key)
                return
            } catch { problem = problem ?? error }
        }
        throw problem ?? .unknownKey
    }

    package init(_ header: KeyBlockHeader, _ keyBytes: SecretBytes) {
        self.header = header
        self.keyBytes = keyBytes
    }

    /// A key ready to be wrapped, for the usage that it has.
    package init(
        _ key: Key,
        _ version: KeyBlockHeader.Version,
        mode: KeyMode,
        exportability: KeyExportability
    ) {
        header = KeyBlockHeader(
            version: version,
            usage: key.usage,
            algorithm: key.algorithm,
            mode: mode,
            exportability: exportability
        )
        keyBytes = key.withExposedBytes { SecretBytes($0) }
    }

    /// The key, for the usage that the header binds it to.
    ///
    /// - Throws: `keyComponents` for a component of a key, and what a key's bytes can be wrong with.
    package func key(quality: KeyQuality = .strict) throws(PaymentCryptographyError) -> Key {
        guard !header.isOfComponent else { throw .keyComponents }
        return try Key(keyBytes, header.algorithm, usage: header.usage, quality: quality)
    }

    /// The block as text. Short keys are filled up to the longest of their algorithm, so that the block does not tell
    /// the key's length.
    ///
    /// - Throws: what is thrown for unwrapping.
    package func wrapped(with protection: Key) throws(PaymentCryptographyError) -> [UInt8] {
        guard header.algorithm.keyLengths.contains(keyBytes.count) else { throw .keyLength }
        let keys = try KeyBlockKeys(header.version, protection)
        guard isProtected(by: protection) else { throw .weakProtection }
        let blockLength = header.version.protectionAlgorithm.blockLength
        let longest = header.algorithm.keyLengths.max() ?? keyBytes.count
        let length = (2 + longest + blockLength - 1) / blockLength * blockLength
        guard let random = try? Entropy.bytes(count: length - 2 - keyBytes.count) else {
            throw .library
        }
        let payload = keyBytes.withExposedBytes { key in
            SecretBytes(count: length) { storage in
                let bits = UInt16(8 * key.count)
                storage.copyBytes(from: bits.bytes)
                UnsafeMutableRawBufferPointer(rebasing: storage[2...]).copyMemory(from: key)
                UnsafeMutableRawBufferPointer(rebasing: storage[(2 + key.count)...]).copyBytes(from: random)
            }
        }
        let headerText = try header.text(bodyLength: 2 * (length + header.version.macLength))
        return headerText + Self.hexadecimal(try keys.encrypted(payload, headerText))
    }

    /// Any AES key is stronger than those of Triple DES; else the longer key is.
    private func isProtected(by protection: Key) -> Bool {
        switch (protection.algorithm, header.algorithm) {
        case (.aes, .tripleDES): true
        case (.tripleDES, .aes): false
        case (.aes, .aes), (.tripleDES, .tripleDES): protection.length >= keyBytes.count
        }
    }

    /// Two bytes that count the key's bits, the key, and fill.
    private static func key(
        in payload: UnsafeRawBufferPointer,
        _ algorithm: CipherAlgorithm
    ) throws(PaymentCryptographyError) -> SecretBytes {
        let bits = Int(payload[0]) << 8 | Int(payload[1])
        guard bits.isMultiple(of: 8), algorithm.keyLengths.contains(bits / 8),
            2 + bits / 8 <= payload.count
        else { throw .keyBlockContent }
        return SecretBytes(payload[2..<2 + bits / 8])
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
    }
}

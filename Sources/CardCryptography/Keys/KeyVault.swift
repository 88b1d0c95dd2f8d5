/// Wraps keys for storage under the installation's own key: key blocks of version D (ANSI X9.143; TR-31), which bind each
/// key to its usage and to the place where it is stored.
package struct KeyVault: Sendable {
    /// The identifier of the optional block that labels a key.
    private static let label = "LB"

    private let protection: Key

    /// - Parameter hexadecimal: 64 hexadecimal digits, an AES key of 256 bits. Nil when it is anything else.
    package init?(hexadecimal: some Collection<UInt8>) {
        guard hexadecimal.count == 64, let bytes = SecretBytes(hexadecimal: hexadecimal) else { return nil }
        self.init(bytes)
    }

    /// Nil unless it is an AES key of 256 bits.
    package init?(_ bytes: SecretBytes) {
        guard bytes.count == 32, let key = try? Key(bytes, .aes, usage: .keyBlockProtection) else { return nil }
        protection = key
    }

    /// - Parameter place: printable ASCII, up to 200 characters; a block moved to another place does not open.
    package func seal(_ block: KeyBlock, at place: String) throws(PaymentCryptographyError) -> [UInt8] {
        var header = block.header
        header.version = .aes
        header.optionalBlocks = [KeyBlockHeader.OptionalBlock(identifier: Self.label, value: place)]
        return try KeyBlock(header, block.keyBytes).wrapped(with: protection)
    }

    /// Whether a block says that it is one of a key store: its label is a key's name and a version's number.
    package static func isSealed(_ header: KeyBlockHeader) -> Bool {
        header.optionalBlocks.contains { block in
            let parts = block.value.split(separator: "/", omittingEmptySubsequences: false)
            return block.identifier == label && parts.count >= 2 && Int32(parts[1]) != nil
        }
    }

    /// - Throws: `keyUsage` for a key of another usage or place, besides what opening a key block throws.
    package func open(
        _ sealed: [UInt8],
        at place: String,
        usage: KeyUsage
    ) throws(PaymentCryptographyError) -> KeyBlock {
        let block = try KeyBlock(unwrapping: sealed, with: protection)
        guard block.header.usage == usage,
            block.header.optionalBlocks.first(where: { $0.identifier == Self.label })?.value == place
        else { throw .keyUsage }
        return block
    }
}

extension KeyVault {
    /// Seals what a token has wrapped, so that it opens for its usage and place alone: the letter of its mode of use, both
    /// its forms encrypted, and a MAC.
    package func seal(_ key: WrappedCardKey, at place: String) throws(PaymentCryptographyError) -> [UInt8] {
        let keys = try KeyBlockKeys(.aes, protection)
        let body = try keys.encrypted(SecretBytes(key.whole + key.leftHalf), Self.header(key.usage, key.mode, place))
        return Array("\(key.mode.rawValue)".utf8) + body
    }

    /// - Throws: `macMismatch` for a key of another usage or place, or what is no token's.
    package func openCardKey(
        _ sealed: [UInt8],
        at place: String,
        usage: KeyUsage
    ) throws(PaymentCryptographyError) -> WrappedCardKey {
        let length = 2 * WrappedCardKey.wrappedLength
        guard sealed.count == 1 + length + KeyBlockHeader.Version.aes.macLength,
            let mode = KeyMode(rawValue: Character(Unicode.Scalar(sealed[0])))
        else { throw .macMismatch }
        let body = try KeyBlockKeys(.aes, protection).payload(
            of: Array(sealed[1...length]),
            Self.header(usage, mode, place),
            Array(sealed[(1 + length)...])
        )
        return body.withExposedBytes { body in
            WrappedCardKey(
                usage: usage,
                mode: mode,
                whole: Array(body.prefix(WrappedCardKey.wrappedLength)),
                leftHalf: Array(body.suffix(WrappedCardKey.wrappedLength))
            )
        }
    }

    /// No key block's header begins so.
    private static func header(_ usage: KeyUsage, _ mode: KeyMode, _ place: String) -> [UInt8] {
        Array("token/\(usage.rawValue)/\(mode.rawValue)/\(place)".utf8)
    }
}

extension Key {
    /// A new key, from the operating system's random bytes.
    ///
    /// - Parameter length: in bytes, one of the algorithm's.
    package convenience init(
        random algorithm: CipherAlgorithm,
        length: Int,
        usage: KeyUsage
    ) throws(PaymentCryptographyError) {
        guard algorithm.keyLengths.contains(length), let bytes = try? Entropy.secret(count: length) else {
            throw .keyLength
        }
        switch algorithm {
        case .tripleDES: try self.init(bytes.withOddParity, algorithm, usage: usage)
        case .aes: try self.init(bytes, algorithm, usage: usage)
        }
    }
}

extension KeyMode {
    /// The widest mode that is of use for a usage: for keys that are made here.
    package static func usual(for usage: KeyUsage) -> KeyMode {
        switch usage {
        case .macAlgorithm1, .macAlgorithm3, .cmac, .cardVerification, .visaPVV, .ibm3624:
            .computeAndVerify
        case .dataEncryption, .keyEncryption, .keyBlockProtection, .pinEncryption: .encryptAndDecrypt
        case .baseDerivation, .applicationCryptograms, .secureMessagingConfidentiality, .secureMessagingIntegrity,
            .dataAuthenticationCode, .dynamicNumbers:
            .derive
        }
    }
}

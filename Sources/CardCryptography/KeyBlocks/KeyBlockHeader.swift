/// The clear part of a key block (ANSI X9.143, section 6; TR-31), which its MAC protects.
package struct KeyBlockHeader: Hashable, Sendable {
    /// How the key is protected.
    package enum Version: Character, CaseIterable, Sendable {
        /// Triple DES, variants of the protection key, MAC of 4 bytes over the encrypted key.
        case variant = "A"
        /// Triple DES, keys derived with CMAC, MAC of 8 bytes over the clear key.
        case tripleDES = "B"
        /// As A.
        case variantOfBlocks = "C"
        /// AES, keys derived with CMAC, MAC of 16 bytes over the clear key.
        case aes = "D"

        package var protectionAlgorithm: CipherAlgorithm {
            switch self {
            case .variant, .tripleDES, .variantOfBlocks: .tripleDES
            case .aes: .aes
            }
        }

        /// Bytes.
        package var macLength: Int {
            switch self {
            case .variant, .variantOfBlocks: 4
            case .tripleDES: 8
            case .aes: 16
            }
        }
    }

    package struct OptionalBlock: Hashable, Sendable {
        /// Two letters or digits.
        package var identifier: String
        package var value: String

        package init(identifier: String, value: String) {
            self.identifier = identifier
            self.value = value
        }
    }

    package var version: Version
    package var usage: KeyUsage
    package var algorithm: CipherAlgorithm
    package var mode: KeyMode
    /// Two characters; 00 for none, the first `c` for a component of a key (ANSI X9.143, table 9).
    package var keyVersion: String
    package var exportability: KeyExportability
    /// Those with a meaning: the padding block (PB) is no part of it.
    package var optionalBlocks: [OptionalBlock]

    package init(
        version: Version,
        usage: KeyUsage,
        algorithm: CipherAlgorithm,
        mode: KeyMode,
        keyVersion: String = "00",
        exportability: KeyExportability,
        optionalBlocks: [OptionalBlock] = []
    ) {
        self.version = version
        self.usage = usage
        self.algorithm = algorithm
        self.mode = mode
        self.keyVersion = keyVersion
        self.exportability = exportability
        self.optionalBlocks = optionalBlocks
    }

    static let paddingIdentifier = "PB"
    /// Optional blocks that tell of one key block and not of its key: the protection key's check value and the time.
    private static let ofOneBlock: Set<String> = ["KP", "TS"]
    /// Characters before the optional blocks.
    static let fixedLength = 16
    /// What four digits can tell.
    static let maximumLength = 9_999

    var isOfComponent: Bool { keyVersion.hasPrefix("c") }

    /// The same key's header in another block.
    func moved(to version: Version) -> KeyBlockHeader {
        var header = self
        header.version = version
        header.optionalBlocks.removeAll { Self.ofOneBlock.contains($0.identifier) }
        return header
    }
}

extension KeyBlockHeader {
    /// Reads the header of a block of exactly `text.count` characters.
    ///
    /// - Returns: the header, and how many characters it has.
    /// - Throws: `lengthMismatch`, `keyBlockHeader`.
    package static func read(_ text: [UInt8]) throws(PaymentCryptographyError) -> (header: KeyBlockHeader, length: Int)
    {
        guard text.count >= fixedLength, text.count <= maximumLength,
            text.allSatisfy({ (0x20..<0x7F).contains($0) })
        else { throw .keyBlockHeader }
        let field = { (range: Range<Int>) in String(decoding: text[range], as: UTF8.self) }
        guard let length = decimal(field(1..<5)), let count = decimal(field(12..<14)),
            let version = Version(rawValue: Character(Unicode.Scalar(text[0]))),
            let usage = KeyUsage(rawValue: field(5..<7)),
            let algorithm = algorithm(text[7]),
            let mode = field(8..<9).first.flatMap(KeyMode.init),
            let exportability = field(11..<12).first.flatMap(KeyExportability.init),
            // The key's context and a reserved character; TR-31 reserves both.
            field(14..<16) == "00"
        else { throw .keyBlockHeader }
        guard length == text.count else { throw .lengthMismatch }
        let (blocks, end) = try optionalBlocks(text, count)
        guard end.isMultiple(of: version.protectionAlgorithm.blockLength) else { throw .keyBlockHeader }
        let header = KeyBlockHeader(
            version: version,
            usage: usage,
            algorithm: algorithm,
            mode: mode,
            keyVersion: field(9..<11),
            exportability: exportability,
            optionalBlocks: blocks.filter { $0.identifier != paddingIdentifier }
        )
        return (header, end)
    }

    private static func optionalBlocks(
        _ text: [UInt8],
        _ count: Int
    ) throws(PaymentCryptographyError) -> (blocks: [OptionalBlock], end: Int) {
        var blocks: [OptionalBlock] = []
        var position = fixedLength
        for _ in 0..<count {
            // Two characters of identifier and two hexadecimal digits of the length of it all. The longer form, which
            // starts with 00, is for certificates.
            guard position + 4 <= text.count, text[position + 2] != UInt8(ascii: "+"),
                let length = Int(
                    String(decoding: text[position + 2..<position + 4], as: UTF8.self),
                    radix: 16
                ),
                length >= 4, position + length <= text.count
            else { throw .keyBlockHeader }
            let identifier = String(decoding: text[position..<position + 2], as: UTF8.self)
            guard !blocks.contains(where: { $0.identifier == identifier }) else { throw .keyBlockHeader }
            let value = String(decoding: text[position + 4..<position + length], as: UTF8.self)
            blocks.append(OptionalBlock(identifier: identifier, value: value))
            position += length
        }
        return (blocks, position)
    }

    private static func decimal(_ text: String) -> Int? {
        text.utf8.allSatisfy(isDecimalDigit) ? Int(text) : nil
    }

    private static func algorithm(_ byte: UInt8) -> CipherAlgorithm? {
        switch byte {
        case UInt8(ascii: "T"): .tripleDES
        case UInt8(ascii: "A"): .aes
        default: nil
        }
    }
}

extension KeyBlockHeader {
    /// The header of a block of `length` characters besides the header.
    ///
    /// - Throws: `keyBlockHeader` when a field does not fit.
    func text(bodyLength: Int) throws(PaymentCryptographyError) -> [UInt8] {
        guard keyVersion.utf8.count == 2, optionalBlocks.count < 99 else { throw .keyBlockHeader }
        var blocks = ""
        for block in optionalBlocks { blocks += try Self.text(block) }
        let (padding, count) = padding(after: Self.fixedLength + blocks.utf8.count)
        let length = Self.fixedLength + blocks.utf8.count + padding.utf8.count + bodyLength
        guard length <= Self.maximumLength else { throw .keyBlockHeader }
        let letter = algorithm == .aes ? "A" : "T"
        let text =
            "\(version.rawValue)\(Self.digits(length, 4))\(usage.rawValue)\(letter)\(mode.rawValue)\(keyVersion)"
            + "\(exportability.rawValue)\(Self.digits(count, 2))00\(blocks)\(padding)"
        guard text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { throw .keyBlockHeader }
        return Array(text.utf8)
    }

    /// Fills the header to whole cipher blocks.
    private func padding(after length: Int) -> (text: String, blocks: Int) {
        let block = version.protectionAlgorithm.blockLength
        guard !length.isMultiple(of: block) else { return ("", optionalBlocks.count) }
        let fill = (2 * block - 4 - length % block) % block
        let size = Self.hexadecimal(fill + 4)
        return (
            Self.paddingIdentifier + size + String(repeating: "0", count: fill), optionalBlocks.count + 1
        )
    }

    private static func text(_ block: OptionalBlock) throws(PaymentCryptographyError) -> String {
        guard block.identifier.utf8.count == 2, block.identifier != paddingIdentifier,
            block.value.utf8.count <= 251
        else { throw .keyBlockHeader }
        return block.identifier + hexadecimal(block.value.utf8.count + 4) + block.value
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        String(repeating: "0", count: count - String(number).utf8.count) + String(number)
    }

    private static func hexadecimal(_ number: Int) -> String {
        (number < 16 ? "0" : "") + String(number, radix: 16, uppercase: true)
    }
}

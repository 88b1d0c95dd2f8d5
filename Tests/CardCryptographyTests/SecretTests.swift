import CardCryptography
import Testing

@Suite struct `Secrets` {
    private static func key() throws -> Key {
        try Key(secret("0123456789ABCDEFFEDCBA9876543210"), .tripleDES, usage: .pinEncryption)
    }

    private static func secrets() throws -> [any Sendable] {
        let pan = try #require(PAN(ascii: "4123456789012345".utf8))
        let pin = try #require(PIN(ascii: "4123".utf8))
        let master = try Key(secret("0123456789ABCDEFFEDCBA9876543210"), .tripleDES, usage: .dynamicNumbers)
        return [
            secret("0123456789ABCDEF"), pin, try #require(SecretDigits(ascii: "4123".utf8, counts: 3...5)), try key(),
            try PINBlock(pin, .format0, pan: pan, key: try key()),
            try CardKey(master: master, pan: pan, sequenceNumber: digits("00"), .optionA),
            KeyBlock(try key(), .tripleDES, mode: .encryptAndDecrypt, exportability: .nonExportable),
            digits("4123456789012345"),
            try `Chip cards`.chip([0x9F10: "0123456789ABCDEF"]),
            try #require(IBM3624.DecimalisationTable(ascii: "4123456789012345".utf8)),
            PINReference.ibm3624(
                offset: try #require(SecretDigits(ascii: "4123".utf8, counts: 4...4)),
                validationData: 4123,
                key: try #require(KeyName("v1"))
            ),
            try ApplicationCryptogram(
                try `Chip cards`.chip([0x9F26: "0000000000001019"]),
                try `Chip cards`.issuerData("06010A03A0B0C0", .visa),
                card: try CardKey(
                    master: try Key(
                        secret("0123456789ABCDEFFEDCBA9876543210"),
                        .tripleDES,
                        usage: .applicationCryptograms
                    ),
                    pan: pan,
                    sequenceNumber: digits("00"),
                    .optionA
                )
            ),
        ]
    }

    @Test func `cannot be seen, however they are printed`() throws {
        for value in try Self.secrets() {
            var dumped = ""
            dump(value, to: &dumped)
            for text in ["\(value)", String(reflecting: value), "\([value])", dumped] {
                #expect(!text.contains("4123") && !text.uppercased().contains("0123456789ABCDEF"), "\(text)")
                // The received cryptogram above, 0x1019, as a number.
                #expect(!text.contains("4121"), "\(text)")
                // Bytes as decimal numbers, as reflection prints arrays.
                #expect(!text.contains("35, 69") && !text.contains("- 35"), "\(text)")
            }
        }
    }

    @Test func `are hexadecimal of either case and nothing else`() {
        #expect(SecretBytes(hexadecimal: "AFaf09".utf8)?.withExposedBytes { Array($0) } == [0xAF, 0xAF, 0x09])
        #expect(SecretBytes(hexadecimal: "".utf8)?.count == 0)
        for text in ["A", "ABC", "0G", "G0", " 0", "0\n", "é"] {
            #expect(SecretBytes(hexadecimal: text.utf8) == nil)
        }
    }

    @Test func `are equal only with the same length and bytes`() {
        let bytes = secret("00112233")
        #expect(bytes.isEqual(to: secret("00112233")))
        for other in ["", "001122", "0011223300", "00112234", "10112233"] { #expect(!bytes.isEqual(to: secret(other))) }
        #expect(secret("").isEqual(to: secret("")))
    }

    @Test(arguments: ["123", "1234567890123", "12a4", "１２３４", "", "12 4"])
    func `a PIN is 4 to 12 digits`(_ text: String) {
        #expect(PIN(ascii: text.utf8) == nil)
        #expect(PIN(ascii: "1234".utf8)?.length == 4)
        #expect(PIN(ascii: "123456789012".utf8)?.length == 12)
    }

    @Test func `digits take exactly the count they are asked for`() {
        #expect(DecimalDigits(ascii: "0123".utf8, count: 4)?.count == 4)
        for text in ["012", "01234", "01x3", ""] { #expect(DecimalDigits(ascii: text.utf8, count: 4) == nil) }
        #expect(DecimalDigits(ascii: String(repeating: "1", count: 33).utf8, count: 33) == nil)
    }
}

/// Hexadecimal as a test writes it; nothing where it is none, which fails the test that uses it.
func secret(_ hexadecimal: String) -> SecretBytes { SecretBytes(hexadecimal: hexadecimal.utf8) ?? SecretBytes([]) }

func hexadecimal(_ secret: SecretBytes) -> String { secret.withExposedBytes { hexadecimal($0) } }

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
}

func digits(_ text: String) -> DecimalDigits {
    DecimalDigits(ascii: text.utf8, count: text.utf8.count) ?? DecimalDigits(counter: 0)
}

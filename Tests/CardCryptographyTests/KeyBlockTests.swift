import AuthorizationCore
import CardCryptography
import TestSeed
import Testing

@Suite struct `Key blocks` {
    private static let lengths: [KeyBlockHeader.Version: [Int]] = [
        .variant: [16, 24], .tripleDES: [16, 24], .variantOfBlocks: [16, 24], .aes: [16, 24, 32],
    ]

    private static func protection(
        _ version: KeyBlockHeader.Version,
        _ length: Int,
        _ generator: inout SplitMix64
    ) throws -> Key {
        let key = SecretBytes(generator.bytes(length))
        return try Key(key, version.protectionAlgorithm, usage: .keyBlockProtection, quality: .test)
    }

    @Test(arguments: KeyBlockHeader.Version.allCases)
    func `give back their key, and none is made with a weaker key`(_ version: KeyBlockHeader.Version) throws {
        var generator = seeded()
        var count = 0
        for length in try #require(Self.lengths[version]) {
            for (algorithm, keyLengths) in [(CipherAlgorithm.tripleDES, [8, 16, 24]), (.aes, [16, 24, 32])] {
                for keyLength in keyLengths {
                    for usage in KeyUsage.allCases {
                        let header = KeyBlockHeader(
                            version: version,
                            usage: usage,
                            algorithm: algorithm,
                            mode: .unrestricted,
                            keyVersion: "07",
                            exportability: .trusted,
                            optionalBlocks: count % 2 == 0
                                ? [] : [.init(identifier: "KS", value: "00604B120F9292800000")]
                        )
                        let key = SecretBytes(generator.bytes(keyLength))
                        let protection = try Self.protection(version, length, &generator)
                        let isWeak = algorithm == version.protectionAlgorithm ? keyLength > length : algorithm == .aes
                        guard !isWeak else {
                            #expect(throws: PaymentCryptographyError.weakProtection) {
                                try KeyBlock(header, key).wrapped(with: protection)
                            }
                            continue
                        }
                        let text = try KeyBlock(header, key).wrapped(with: protection)
                        let block = try KeyBlock(unwrapping: text, with: protection)
                        #expect(block.header == header && block.keyBytes.isEqual(to: key), "seed \(TestSeed.value)")
                        #expect(try block.key(quality: .test).usage == usage)
                        count += 1
                    }
                }
            }
        }
        // Lengths of keys that are no stronger than their protection, over all lengths of protection.
        #expect(count == (version == .aes ? 15 : 5) * KeyUsage.allCases.count)
    }

    @Test func `do not tell how long the key is, and differ each time`() throws {
        var generator = seeded()
        let protection = try Self.protection(.aes, 32, &generator)
        let texts = try [16, 24, 32, 16].map { length in
            let header = KeyBlockHeader(
                version: .aes,
                usage: .pinEncryption,
                algorithm: .aes,
                mode: .encryptAndDecrypt,
                exportability: .nonExportable
            )
            return try KeyBlock(header, SecretBytes(generator.bytes(length))).wrapped(with: protection)
        }
        #expect(Set(texts.map(\.count)) == [144])
        #expect(Set(texts).count == 4)
    }

    /// Each character changed: usage, mode, exportability and optional blocks are bound as the key itself is.
    @Test(arguments: KeyBlockHeader.Version.allCases)
    func `open with no character changed`(_ version: KeyBlockHeader.Version) throws {
        var generator = seeded()
        let protection = try Self.protection(version, 16, &generator)
        let header = KeyBlockHeader(
            version: version,
            usage: .pinEncryption,
            algorithm: .tripleDES,
            mode: .encryptAndDecrypt,
            exportability: .trusted,
            optionalBlocks: [.init(identifier: "KS", value: "0060")]
        )
        let text = try KeyBlock(header, SecretBytes(generator.bytes(16))).wrapped(with: protection)
        for index in text.indices {
            var changed = text
            changed[index] = text[index] == UInt8(ascii: "1") ? UInt8(ascii: "2") : UInt8(ascii: "1")
            #expect(throws: PaymentCryptographyError.self, "character \(index), seed \(TestSeed.value)") {
                try KeyBlock(unwrapping: changed, with: protection)
            }
        }
        for count in 0..<text.count {
            #expect(throws: PaymentCryptographyError.self) {
                try KeyBlock(unwrapping: Array(text.prefix(count)), with: protection)
            }
        }
    }

    @Test(arguments: [
        ("", PaymentCryptographyError.keyBlockHeader), ("B0080P0TE00E000", .keyBlockHeader),
        ("B0081P0TE00E0000", .lengthMismatch), ("X0016P0TE00E0000", .keyBlockHeader),
        ("B0016ZZTE00E0000", .keyBlockHeader), ("B0016P0RE00E0000", .keyBlockHeader),
        ("B0016P0TQ00E0000", .keyBlockHeader), ("B0016P0TE00Q0000", .keyBlockHeader),
        ("B0016P0TE00E0100", .keyBlockHeader), ("B+016P0TE00E0000", .keyBlockHeader),
        ("B0020P0TE00E0100KS00", .keyBlockHeader), ("B0020P0TE00E0100KS05", .keyBlockHeader),
        ("B0024P0TE00E0200KS04KS04", .keyBlockHeader), ("B0020P0TE00E0100KS04", .keyBlockHeader),
        ("B0016P0TE00E0000", .lengthMismatch), ("B0032P0TE00E00001122334455667788", .lengthMismatch),
        ("B0032P0TE00E00101122334455667788", .keyBlockHeader), ("B0032P0TE00E00011122334455667788", .keyBlockHeader),
        ("B0034P0TE00E0000112233445566778899", .lengthMismatch),
        ("B0048P0TE00E0000112233445566778G1122334455667788", .keyBlockContent),
        ("B0048P0TE00E000011223344556677881122334455667788", .macMismatch),
        ("D0048P0TE00E000011223344556677881122334455667788", .keyLength),
    ])
    func `with a wrong header or length are refused`(_ row: (text: String, error: PaymentCryptographyError)) throws {
        var generator = seeded()
        let protection = try Self.protection(.tripleDES, 16, &generator)
        #expect(throws: row.error) { try KeyBlock(unwrapping: Array(row.text.utf8), with: protection) }
    }

    /// A key of 24 bytes under one of 16, as other implementations make it.
    @Test func `with a key that is stronger than its protection are refused`() throws {
        let protection = try Key(
            secret("0123456789ABCDEFFEDCBA9876543210"),
            .tripleDES,
            usage: .keyBlockProtection
        )
        let text = Array(
            "B0096P0TE00E0000E89A551B165AD335A5BDCFD087D2F130363DD678CE0920B0ECECE8A373E8419A1E499706611A367A".utf8
        )
        #expect(throws: PaymentCryptographyError.weakProtection) { try KeyBlock(unwrapping: text, with: protection) }
    }

    @Test func `are not made with fields that do not fit`() throws {
        var generator = seeded()
        let protection = try Self.protection(.tripleDES, 16, &generator)
        let good = KeyBlockHeader(
            version: .tripleDES,
            usage: .pinEncryption,
            algorithm: .tripleDES,
            mode: .encryptAndDecrypt,
            exportability: .nonExportable
        )
        var headers: [KeyBlockHeader] = []
        for change in [
            { $0.keyVersion = "1" }, { $0.keyVersion = "é" },
            { $0.optionalBlocks = [.init(identifier: "PB", value: "")] },
            { $0.optionalBlocks = [.init(identifier: "K", value: "")] },
            { $0.optionalBlocks = [.init(identifier: "KS", value: String(repeating: "0", count: 252))] },
        ] as [(inout KeyBlockHeader) -> Void] {
            headers.append(good)
            change(&headers[headers.count - 1])
        }
        for header in headers {
            #expect(throws: PaymentCryptographyError.keyBlockHeader) {
                try KeyBlock(header, secret("0123456789ABCDEFFEDCBA9876543210")).wrapped(with: protection)
            }
        }
        #expect(throws: PaymentCryptographyError.keyLength) {
            try KeyBlock(good, secret("0123456789ABCD")).wrapped(with: protection)
        }
    }

    @Test func `of random changes never break anything`() throws {
        var generator = seeded()
        let protection = try Self.protection(.tripleDES, 16, &generator)
        let seed = Array(
            "B0104B0TX12S0100KS1800604B120F9292800000BB68BE8680A400D9191AD4ECE45B6E6C0D21C4738A52190E248719E24B433627"
                .utf8
        )
        for _ in 0..<TestSeed.mutations / 10 {
            var text = seed
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                text[Int.random(in: 0..<40, using: &generator)] = UInt8.random(in: 0 ... .max, using: &generator)
            }
            #expect(throws: PaymentCryptographyError.self, "seed \(TestSeed.value)") {
                try KeyBlock(unwrapping: text, with: protection)
            }
        }
    }
}

import AuthorizationCore
import CardCryptography
import TestSeed
import Testing

@Suite struct `Payment keys` {
    private static let double = "0123456789ABCDEFFEDCBA9876543210"

    @Test(arguments: [
        ("0123456789ABCDEF", CipherAlgorithm.tripleDES, PaymentCryptographyError.weakKey),
        ("0123456789ABCDEF0123456789ABCDEF", .tripleDES, .weakKey),
        ("0123456789ABCDEFFEDCBA9876543210FEDCBA9876543210", .tripleDES, .weakKey),
        ("0123456789ABCDEEFEDCBA9876543210", .tripleDES, .keyParity),
        ("00000000000000000000000000000000", .aes, .weakKey),
        ("", .tripleDES, .keyLength), ("0123456789ABCD", .tripleDES, .keyLength),
        ("0123456789ABCDEFFEDCBA98765432", .tripleDES, .keyLength), ("0123456789ABCDEF", .aes, .keyLength),
    ])
    func `that protect nothing are refused`(
        _ row: (key: String, algorithm: CipherAlgorithm, error: PaymentCryptographyError)
    ) {
        #expect(throws: row.error) { try Key(secret(row.key), row.algorithm, usage: .pinEncryption) }
    }

    @Test(arguments: [
        (double, CipherAlgorithm.tripleDES), (double + "1032547698BADCFE", .tripleDES), (double, .aes),
        (double + "0011223344556677", .aes), (double + double, .aes),
    ])
    func `of production are taken`(_ row: (key: String, algorithm: CipherAlgorithm)) throws {
        let key = try Key(secret(row.key), row.algorithm, usage: .pinEncryption)
        #expect(key.length == row.key.utf8.count / 2)
    }

    /// Every operation with a key of every other usage.
    @Test(arguments: KeyUsage.allCases)
    func `do only what they are for`(_ usage: KeyUsage) throws {
        let key = try Key(secret(Self.double), .tripleDES, usage: usage)
        let aes = try Key(secret(Self.double), .aes, usage: usage)
        let pan = try #require(PAN(ascii: "4761739001010119".utf8))
        let pin = try #require(PIN(ascii: "1234".utf8))
        let table = try #require(IBM3624.DecimalisationTable(ascii: "0123456789012345".utf8))
        let operations: [([KeyUsage], () throws -> Void)] = [
            (
                [.cardVerification],
                {
                    _ = try CardVerification.value(
                        pan: pan,
                        expiry: digits("3012"),
                        serviceCode: digits("201"),
                        key: key
                    )
                }
            ),
            ([.visaPVV], { _ = try VisaPVV.value(pin: pin, pan: pan, keyIndex: 1, key: key) }),
            ([.ibm3624], { _ = try IBM3624.naturalPIN(validationData: 1, table: table, length: 4, key: key) }),
            ([.pinEncryption], { _ = try PINBlock(pin, .format0, pan: pan, key: key) }),
            ([.pinEncryption], { _ = try PINBlock(pin, .format4, pan: pan, key: aes) }),
            ([.macAlgorithm1, .macAlgorithm3, .cmac], { _ = try MessageAuthentication.code([1], key: key) }),
            (
                [.keyBlockProtection, .keyEncryption],
                {
                    _ = try KeyBlock(key, .tripleDES, mode: .encryptAndDecrypt, exportability: .nonExportable).wrapped(
                        with: key
                    )
                }
            ),
        ]
        for (index, operation) in operations.enumerated() {
            if operation.0.contains(usage) {
                #expect(throws: Never.self, "operation \(index)") { try operation.1() }
            } else {
                #expect(throws: PaymentCryptographyError.keyUsage, "operation \(index)") { try operation.1() }
            }
        }
    }

    @Test func `are made of components, each with its check value`() throws {
        var generator = seeded()
        for count in KeyComponent.counts {
            for (algorithm, length) in [(CipherAlgorithm.tripleDES, 16), (.tripleDES, 24), (.aes, 32)] {
                let parts = (0..<count).map { _ in generator.bytes(length) }
                var sum = [UInt8](repeating: 0, count: length)
                for part in parts { for index in 0..<length { sum[index] ^= part[index] } }
                let whole = algorithm == .aes ? SecretBytes(sum) : SecretBytes(sum).withOddParity
                let expected = try KeyCheckValue.of(try Key(whole, algorithm, usage: .keyBlockProtection))
                let components = try parts.map { part in
                    let key = try Key(SecretBytes(part), algorithm, usage: .keyBlockProtection, quality: .test)
                    return KeyComponent(SecretBytes(part), checkValue: try KeyCheckValue.of(key))
                }
                let key = try Key(
                    components: components,
                    checkValue: expected,
                    algorithm,
                    usage: .keyBlockProtection
                )
                #expect(try KeyCheckValue.of(key) == expected, "seed \(TestSeed.value)")
                #expect(throws: PaymentCryptographyError.checkValueMismatch) {
                    try Key(
                        components: components,
                        checkValue: [0, 0, 0],
                        algorithm,
                        usage: .keyBlockProtection
                    )
                }
            }
        }
    }

    @Test func `are not made of one component, of ten, of unequal ones or of a mistyped one`() throws {
        let part = KeyComponent(secret(Self.double), checkValue: [0x08, 0xD7, 0xB4])
        let short = KeyComponent(secret("0123456789ABCDEF"), checkValue: [0xD5, 0xD4, 0x4F])
        let mistyped = KeyComponent(secret("1123456789ABCDEFFEDCBA9876543210"), checkValue: [0x08, 0xD7, 0xB4])
        let unchecked = KeyComponent(secret(Self.double), checkValue: [])
        let rows: [([KeyComponent], PaymentCryptographyError)] = [
            ([], .keyComponents), ([part], .keyComponents), (Array(repeating: part, count: 10), .keyComponents),
            ([part, short], .keyComponents), ([part, mistyped], .checkValueMismatch),
            ([part, unchecked], .checkValueMismatch), ([part, part], .weakKey),
        ]
        for (components, error) in rows {
            #expect(throws: error) {
                try Key(components: components, checkValue: [0, 0, 0], .tripleDES, usage: .pinEncryption)
            }
        }
    }

    @Test func `have check values of three bytes, or up to five with AES`() throws {
        let key = try Key(secret(Self.double), .tripleDES, usage: .pinEncryption)
        #expect(hexadecimal(try KeyCheckValue.of(key)) == "08D7B4")
        for wrong in [[], [0x08], [0x08, 0xD7], [0x08, 0xD7, 0xB5], [0x08, 0xD7, 0xB4, 0x00]] as [[UInt8]] {
            #expect(throws: PaymentCryptographyError.checkValueMismatch) { try KeyCheckValue.check(wrong, of: key) }
        }
        let aes = try Key(secret("3F419E1CB7079442AA37474C2EFBF8B8"), .aes, usage: .pinEncryption)
        for count in 3...5 { try KeyCheckValue.check(Array([0x08, 0x79, 0x3E, 0x25, 0xAB].prefix(count)), of: aes) }
        #expect(throws: PaymentCryptographyError.checkValueMismatch) {
            try KeyCheckValue.check([0x08, 0x79], of: aes)
        }
    }
}

@Suite struct `Message authentication` {
    private static func key(_ usage: KeyUsage) throws -> Key {
        try Key(secret("0123456789ABCDEFFEDCBA9876543210"), usage == .cmac ? .aes : .tripleDES, usage: usage)
    }

    @Test(arguments: [KeyUsage.macAlgorithm1, .macAlgorithm3, .cmac])
    func `holds for its own message and key, from four bytes up`(_ usage: KeyUsage) throws {
        let message = Array("0200…".utf8)
        let code = try MessageAuthentication.code(message, key: try Self.key(usage))
        #expect(code.count == (usage == .cmac ? 16 : 8))
        for count in 0...code.count {
            let isRight = try MessageAuthentication.verify(
                Array(code.prefix(count)),
                of: message,
                key: try Self.key(usage)
            )
            #expect(isRight == (count >= 4))
        }
        #expect(try !MessageAuthentication.verify(code + [0], of: message, key: try Self.key(usage)))
        #expect(try !MessageAuthentication.verify(code, of: message + [1], key: try Self.key(usage)))
    }

    @Test func `pads as ISO 9797-1 says`() {
        #expect(MessageAuthentication.blocks([], .method1) == [0])
        #expect(MessageAuthentication.blocks([], .method2) == [0x8000_0000_0000_0000])
        let whole = [UInt8](repeating: 0x11, count: 8)
        #expect(MessageAuthentication.blocks(whole, .method1) == [0x1111_1111_1111_1111])
        #expect(MessageAuthentication.blocks(whole, .method2) == [0x1111_1111_1111_1111, 0x8000_0000_0000_0000])
        #expect(MessageAuthentication.blocks(Array(whole.prefix(7)), .method2) == [0x1111_1111_1111_1180])
    }
}

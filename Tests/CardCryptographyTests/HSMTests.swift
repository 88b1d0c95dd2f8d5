import CardCryptography
import Testing

@Suite struct `A security module` {
    private static let protection = "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6"

    private static func name(_ text: String) throws -> KeyName { try #require(KeyName(text)) }

    /// One double-length key of each usage that the verbs take, under its usage's name in lower case.
    private static func module() throws -> SoftwareHSM {
        var keys: [KeyName: Key] = [:]
        for usage in KeyUsage.allCases {
            keys[try name(usage.rawValue.lowercased())] = try Key(
                secret("0123456789ABCDEFFEDCBA9876543210"),
                .tripleDES,
                usage: usage
            )
        }
        keys[try name("aes.k1")] = try Key(secret(protection), .aes, usage: .keyBlockProtection)
        return SoftwareHSM(keys)
    }

    private static func pan() throws -> PAN { try #require(PAN(ascii: "4123456789012345".utf8)) }

    private static func encrypted(_ pin: String, key: String = "p0") throws -> EncryptedPIN {
        let pinKey = try Key(secret("0123456789ABCDEFFEDCBA9876543210"), .tripleDES, usage: .pinEncryption)
        let block = try PINBlock(
            try #require(PIN(ascii: pin.utf8)),
            .format0,
            pan: try pan(),
            key: pinKey
        )
        return EncryptedPIN(block: block, pan: try pan(), key: try name(key))
    }

    @Test func `makes and verifies card verification values`() async throws {
        let module: any PaymentHSM = try Self.module()
        let face = CardFace(pan: try Self.pan(), expiry: digits("8701"), serviceCode: digits("111"))
        let key = try Self.name("c0")
        let value = try await module.cardVerificationValue(of: face, key: key)
        // A published value; see the vectors.
        #expect(value.withExposedDigits { String(decoding: $0, as: UTF8.self) } == "856")
        #expect(try await module.verify(value, of: face, key: key))
        let other = try #require(SecretDigits(ascii: "857".utf8, counts: 3...3))
        #expect(try await !module.verify(other, of: face, key: key))
    }

    @Test func `verifies PINs against what the issuer keeps`() async throws {
        let module: any PaymentHSM = try Self.module()
        let key = try Self.name("v2")
        let pin = try Self.encrypted("4321")
        let value = try await module.visaPVV(of: pin, keyIndex: 1, key: key)
        #expect(try await module.verify(pin, against: .visaPVV(value, keyIndex: 1, key: key)))
        let wrong = try Self.encrypted("4322")
        #expect(try await !module.verify(wrong, against: .visaPVV(value, keyIndex: 1, key: key)))

        let table = try #require(IBM3624.DecimalisationTable(ascii: "0123456789012345".utf8))
        let (data, v1) = (0x4123_4567_8901_2345 as UInt64, try Self.name("v1"))
        let natural = try IBM3624.naturalPIN(
            validationData: data,
            table: table,
            length: 4,
            key: try Key(secret("0123456789ABCDEFFEDCBA9876543210"), .tripleDES, usage: .ibm3624)
        )
        let offset = try IBM3624.offset(of: try #require(PIN(ascii: "4321".utf8)), natural: natural)
        let reference = PINReference.ibm3624(offset: offset, validationData: data, key: v1)
        await #expect(throws: PaymentCryptographyError.decimalisationTable) {
            try await module.verify(pin, against: reference)
        }
        await #expect(throws: PaymentCryptographyError.decimalisationTable) {
            try await module.ibm3624Offset(of: pin, validationData: data, key: v1)
        }
        try await module.setTable(table, of: v1)
        #expect(try await module.ibm3624Offset(of: pin, validationData: data, key: v1).isEqual(to: offset))
        #expect(try await module.verify(pin, against: reference))
        #expect(try await !module.verify(wrong, against: reference))
        // A PIN of another length is a wrong PIN.
        #expect(try await !module.verify(try Self.encrypted("43210"), against: reference))
    }

    /// Of the digits of a table, the fewest that may differ and the most that may be equal.
    @Test(arguments: [
        ("0123456789012345", true), ("0123456701234567", true), ("0000123456789123", true), ("0123456012345601", false),
        ("0000000000000000", false), ("0000000000000001", false), ("0000012345678912", false),
        ("5555555555555556", false),
    ])
    func `takes for a key one decimalisation table that gives nothing away`(
        _ row: (table: String, isTaken: Bool)
    ) async throws {
        let module: any PaymentHSM = try Self.module()
        let (key, table) = (
            try Self.name("v1"), try #require(IBM3624.DecimalisationTable(ascii: row.table.utf8))
        )
        await #expect(throws: PaymentCryptographyError.keyUsage) {
            try await module.setTable(table, of: try Self.name("v2"))
        }
        if row.isTaken { try await module.setTable(table, of: key) }
        await #expect(throws: PaymentCryptographyError.decimalisationTable) {
            try await module.setTable(table, of: key)
        }
    }

    /// Each is wrong in another way once it is decrypted: control nibble, length, digits, fill, digits and fill.
    @Test(arguments: [
        "141234FFFFFFFFFF", "031234FFFFFFFFFF", "04A234FFFFFFFFFF", "0412341FFFFFFFFF", "04A2341FFFFFFFFF",
    ])
    func `says of a PIN block without a PIN only that it has none`(_ field: String) async throws {
        let module: any PaymentHSM = try Self.module()
        let panField = try PINBlockFormat.format0.panField(try Self.pan())
        let clear = try #require(UInt64(field, radix: 16)) ^ panField
        let cipher = try BlockCipher(.tripleDES, key: secret("0123456789ABCDEFFEDCBA9876543210"))
        let block = try PINBlock(.format0, encrypted: try cipher.encrypt(clear).bytes)
        let pin = EncryptedPIN(block: block, pan: try Self.pan(), key: try Self.name("p0"))
        let value = try #require(SecretDigits(ascii: "1234".utf8, counts: 4...4))
        await #expect(throws: PaymentCryptographyError.pinBlockNotOpened) {
            try await module.verify(pin, against: .visaPVV(value, keyIndex: 1, key: try Self.name("v2")))
        }
        await #expect(throws: PaymentCryptographyError.pinBlockNotOpened) {
            try await module.visaPVV(of: pin, keyIndex: 1, key: try Self.name("v2"))
        }
        await #expect(throws: PaymentCryptographyError.pinBlockNotOpened) {
            try await module.translate(pin, to: .format3, key: try Self.name("p0"))
        }
    }

    @Test func `translates PIN blocks without showing the PIN`() async throws {
        let module: any PaymentHSM = try Self.module()
        let block = try await module.translate(
            try Self.encrypted("98765"),
            to: .format3,
            key: try Self.name("p0")
        )
        let key = try Key(secret("0123456789ABCDEFFEDCBA9876543210"), .tripleDES, usage: .pinEncryption)
        #expect(try block.pin(pan: try Self.pan(), key: key).length == 5)
    }

    @Test func `seals an answer for each decision, and none for a cryptogram that is not the card's`() async throws {
        let module: any PaymentHSM = try Self.module()
        let card = ChipCard(
            pan: try #require(PAN(ascii: "4761739001010119".utf8)),
            sequenceNumber: digits("01"),
            derivation: .optionA
        )
        let good = try `Chip cards`.chip([0x9F26: "0CB3B09F72B78FA0", 0x9F10: "06011103A0B0C0"])
        let responses: [ChipResponse] = [.responseCode(0x3030), .responseCode(0x3035)]
        let answers = try await module.verify(
            good,
            .visa,
            of: card,
            key: try Self.name("e0"),
            responses: responses
        )
        #expect(answers?.map { hexadecimal($0.suffix(2)) } == ["3030", "3035"])
        #expect(answers.map { hexadecimal($0[0]) } == "DEEA64613B63D2853030")
        let bad = try `Chip cards`.chip([0x9F26: "0CB3B09F72B78FA1", 0x9F10: "06011103A0B0C0"])
        #expect(
            try await module.verify(bad, .visa, of: card, key: try Self.name("e0"), responses: responses) == nil
        )
        let command = ScriptCommand(
            header: [0x84, 0x18, 0, 0, 8],
            counter: 1,
            cryptogram: good.cryptogram,
            version: .visa17
        )
        _ = try await module.scriptMAC(of: command, for: card, key: try Self.name("e2"))
        await #expect(throws: PaymentCryptographyError.keyUsage) {
            try await module.scriptMAC(of: command, for: card, key: try Self.name("e0"))
        }
    }

    @Test func `makes and verifies MACs`() async throws {
        let module: any PaymentHSM = try Self.module()
        let key = try Self.name("m3")
        let code = try await module.mac(of: [1, 2, 3], padding: .method1, key: key)
        #expect(try await module.verify(mac: Array(code.prefix(4)), of: [1, 2, 3], padding: .method1, key: key))
        #expect(try await !module.verify(mac: code, of: [1, 2, 4], padding: .method1, key: key))
    }

    @Test func `keeps imported keys to what their block says`() async throws {
        let module: any PaymentHSM = try Self.module()
        let protection = try Key(secret(Self.protection), .aes, usage: .keyBlockProtection)
        let cvk = try Key(secret("1032547698BADCFEEFCDAB8967452301"), .tripleDES, usage: .cardVerification)
        for exportability in KeyExportability.allCases {
            let block = try KeyBlock(cvk, .aes, mode: .computeAndVerify, exportability: exportability).wrapped(
                with: protection
            )
            let name = try Self.name("cvk-\(exportability)".lowercased())
            let (k1, aes) = (try Self.name("k1"), try Self.name("aes.k1"))
            let checkValue = try await module.importKey(block, protectedBy: aes, as: name)
            #expect(try await module.checkValue(of: name) == checkValue)
            await #expect(throws: PaymentCryptographyError.keyNameTaken) {
                try await module.importKey(block, protectedBy: aes, as: name)
            }
            await #expect(throws: PaymentCryptographyError.keyUsage) {
                try await module.mac(of: [1], padding: .method1, key: name)
            }
            guard exportability != .nonExportable else {
                await #expect(throws: PaymentCryptographyError.notExportable) {
                    try await module.exportKey(name, protectedBy: k1, .tripleDES)
                }
                continue
            }
            let exported = try await module.exportKey(name, protectedBy: aes, .aes)
            let header = try KeyBlock(unwrapping: exported, with: protection).header
            #expect(header.usage == .cardVerification && header.mode == .computeAndVerify)
            #expect(header.exportability == exportability)
        }
    }

    /// The other block's own check value and time do not go with it.
    @Test func `exports a key with all that its block said of it`() async throws {
        let module: any PaymentHSM = try Self.module()
        let protection = try Key(secret(Self.protection), .aes, usage: .keyBlockProtection)
        let label = KeyBlockHeader.OptionalBlock(identifier: "LB", value: "CVV 2026")
        var header = KeyBlockHeader(
            version: .aes,
            usage: .cardVerification,
            algorithm: .tripleDES,
            mode: .computeAndVerify,
            keyVersion: "07",
            exportability: .trusted,
            optionalBlocks: [
                .init(identifier: "KP", value: "0012345"), label, .init(identifier: "TS", value: "20261121100509Z"),
            ]
        )
        let block = try KeyBlock(header, secret("1032547698BADCFEEFCDAB8967452301")).wrapped(with: protection)
        let (name, aes, k1) = (try Self.name("cvk"), try Self.name("aes.k1"), try Self.name("k1"))
        _ = try await module.importKey(block, protectedBy: aes, as: name)
        header.optionalBlocks = [label]
        let exported = try await module.exportKey(name, protectedBy: aes, .aes)
        #expect(try KeyBlock(unwrapping: exported, with: protection).header == header)
        for version in [KeyBlockHeader.Version.variant, .variantOfBlocks] {
            await #expect(throws: PaymentCryptographyError.weakProtection) {
                try await module.exportKey(name, protectedBy: k1, version)
            }
        }
        header.version = .tripleDES
        let other = try await module.exportKey(name, protectedBy: k1, .tripleDES)
        let k1Key = try Key(secret("0123456789ABCDEFFEDCBA9876543210"), .tripleDES, usage: .keyBlockProtection)
        #expect(try KeyBlock(unwrapping: other, with: k1Key).header == header)
    }

    @Test func `takes no component for a key`() async throws {
        let module: any PaymentHSM = try Self.module()
        let protection = try Key(secret(Self.protection), .aes, usage: .keyBlockProtection)
        let header = KeyBlockHeader(
            version: .aes,
            usage: .pinEncryption,
            algorithm: .tripleDES,
            mode: .decrypt,
            keyVersion: "c1",
            exportability: .nonExportable
        )
        let block = try KeyBlock(header, secret("1032547698BADCFEEFCDAB8967452301")).wrapped(with: protection)
        await #expect(throws: PaymentCryptographyError.keyComponents) {
            try await module.importKey(block, protectedBy: try Self.name("aes.k1"), as: try Self.name("part"))
        }
    }

    @Test func `knows no other keys`() async throws {
        let module: any PaymentHSM = try Self.module()
        await #expect(throws: PaymentCryptographyError.unknownKey) {
            try await module.checkValue(of: try Self.name("none"))
        }
        for text in ["", "A", "a b", "é", String(repeating: "a", count: 65)] { #expect(KeyName(text) == nil) }
    }

    /// A card verification key that may only verify, and one that may only compute.
    @Test func `lets keys do only what their mode of use says`() async throws {
        let module: any PaymentHSM = try Self.module()
        let protection = try Key(secret(Self.protection), .aes, usage: .keyBlockProtection)
        let cvk = try Key(secret("1032547698BADCFEEFCDAB8967452301"), .tripleDES, usage: .cardVerification)
        let face = CardFace(pan: try Self.pan(), expiry: digits("8701"), serviceCode: digits("111"))
        let (aes, verifying, computing) = (try Self.name("aes.k1"), try Self.name("verify"), try Self.name("compute"))
        for (name, mode) in [(verifying, KeyMode.verify), (computing, .compute)] {
            let block = try KeyBlock(cvk, .aes, mode: mode, exportability: .nonExportable).wrapped(with: protection)
            _ = try await module.importKey(block, protectedBy: aes, as: name)
        }
        let value = try await module.cardVerificationValue(of: face, key: computing)
        #expect(try await module.verify(value, of: face, key: verifying))
        await #expect(throws: PaymentCryptographyError.keyMode) {
            try await module.cardVerificationValue(of: face, key: verifying)
        }
        await #expect(throws: PaymentCryptographyError.keyMode) {
            try await module.verify(value, of: face, key: computing)
        }
    }

    @Test func `knows for each mode of use what it allows`() {
        let table: [KeyMode: [KeyMode.Purpose]] = [
            .encryptAndDecrypt: [.encrypt, .decrypt], .computeAndVerify: [.compute, .verify], .decrypt: [.decrypt],
            .encrypt: [.encrypt], .compute: [.compute], .unrestricted: KeyMode.Purpose.allCases, .sign: [],
            .signAndDecrypt: [], .verify: [.verify], .derive: [.derive], .makeVariants: [],
        ]
        #expect(table.count == KeyMode.allCases.count)
        for (mode, purposes) in table {
            #expect(KeyMode.Purpose.allCases.filter(mode.allows) == purposes, "\(mode)")
        }
    }
}

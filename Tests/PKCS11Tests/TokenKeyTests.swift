import CPKCS11
import CardCryptography
import Testing

@testable import PKCS11

extension Tokens {
    @Suite struct `Keys of cards in a token` {
        private static let digits = "0123456789ABCDEFFEDCBA9876543210"

        private static func face() throws -> CardFace {
            CardFace(
                pan: try #require(PAN(ascii: "4123456789012345".utf8)),
                expiry: try #require(DecimalDigits(ascii: "8701".utf8, count: 4)),
                serviceCode: try #require(DecimalDigits(ascii: "111".utf8, count: 3))
            )
        }

        private static func name(_ text: String) throws -> KeyName { try #require(KeyName(text)) }

        /// As whoever may unwrap could read it.
        private static func clear(_ wrapped: [UInt8], _ token: PKCS11Token) throws -> [UInt8] {
            let master = try token.wrappingKey(labelled: TokenWorld.master)
            let object = try token.unwrapped(wrapped, under: master, as: PKCS11Token.readable)
            defer { token.destroy(object) }
            return try Self.value(of: object, token)
        }

        private static func value(of object: ck_object_handle_t, _ token: PKCS11Token) throws -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: WrappedCardKey.length)
            let code = bytes.withUnsafeMutableBytes { bytes in
                var attribute = ck_attribute(type: CKA_VALUE, value: bytes.baseAddress, value_len: UInt(bytes.count))
                return token.functions.C_GetAttributeValue?(token.session, object, &attribute, 1)
            }
            try check("C_GetAttributeValue", code)
            return bytes
        }

        @Test func `are made in it, each another one, of two halves and odd parity`() async throws {
            try await TokenWorld().run { hsm in
                let (first, second) = (
                    try await hsm.generate(.cardVerification), try await hsm.generate(.cardVerification)
                )
                #expect(first.checkValue != second.checkValue)
                let token = try SoftHSM.token()
                let (whole, left) = (try Self.clear(first.key.whole, token), try Self.clear(first.key.leftHalf, token))
                #expect(whole.allSatisfy { $0.nonzeroBitCount % 2 == 1 })
                #expect(whole.prefix(8) != whole.suffix(8))
                #expect(left == Array(whole.prefix(8)) + Array(whole.prefix(8)))
                let key = try Key(SecretBytes(whole), .tripleDES, usage: .cardVerification)
                #expect(try KeyCheckValue.of(key) == first.checkValue)
            }
        }

        @Test(arguments: [KeyUsage.cardVerification, .applicationCryptograms])
        func `cannot be read, nor leave it again`(_ usage: KeyUsage) throws {
            _ = try PKCS11KeyWrapping(SoftHSM.token(), key: TokenWorld.master, isMade: true)
            let token = try SoftHSM.token()
            let master = try token.wrappingKey(labelled: TokenWorld.master)
            let session = try PKCS11Session(token, key: TokenWorld.master)
            let cipher = try session.cipher(
                try Self.name("key"),
                try session.take(key(Self.digits, usage), .unrestricted)
            )
            for object in [cipher.whole, cipher.leftHalf] {
                #expect(Self.problem { try Self.value(of: object.handle, token) }.contains("returns 0x11"))
                #expect(throws: PaymentCryptographyError.refused) { try token.wrapped(object, under: master) }
            }
        }

        /// A master key that encrypted would tell the keys of cards, and a card's key that is derived is as closed as it.
        @Test func `of chips derive the keys of cards, and do not encrypt`() throws {
            _ = try PKCS11KeyWrapping(SoftHSM.token(), key: TokenWorld.master, isMade: true)
            let token = try SoftHSM.token()
            let session = try PKCS11Session(token, key: TokenWorld.master)
            let taken = try session.take(key(Self.digits, .applicationCryptograms), .derive)
            let master = try session.cipher(try Self.name("imk"), taken)
            #expect(throws: PaymentCryptographyError.refused) { try master.encrypt(0) }
            let card = try master.derived(left: 1, right: 2)
            #expect(Self.problem { try Self.value(of: card.whole.handle, token) }.contains("returns 0x11"))
            let cvk = try session.cipher(
                try Self.name("cvk"),
                try session.take(key(Self.digits, .cardVerification), .unrestricted)
            )
            #expect(throws: PaymentCryptographyError.refused) { try cvk.derived(left: 1, right: 2) }
        }

        private static func problem(_ work: () throws -> some Any) -> String {
            do {
                _ = try work()
                return ""
            } catch {
                return "\(error)"
            }
        }

        @Test func `do what their mode of use allows, for their usage`() async throws {
            try await TokenWorld().run { hsm in
                let cvk = try key(Self.digits, .cardVerification)
                let verifying = try await hsm.holding(cvk, as: "verify", mode: .verify)
                let imk = try await hsm.holding(try key(Self.digits, .applicationCryptograms), as: "imk")
                let value = try #require(SecretDigits(ascii: "856".utf8, counts: 3...3))
                let wrong = try #require(SecretDigits(ascii: "857".utf8, counts: 3...3))
                #expect(try await hsm.verify(value, of: Self.face(), key: verifying))
                #expect(try await !hsm.verify(wrong, of: Self.face(), key: verifying))
                await #expect(throws: PaymentCryptographyError.keyMode) {
                    try await hsm.cardVerificationValue(of: Self.face(), key: verifying)
                }
                await #expect(throws: PaymentCryptographyError.keyUsage) {
                    try await hsm.cardVerificationValue(of: Self.face(), key: imk)
                }
                for usage in KeyUsage.allCases where !usage.isOfCards {
                    await #expect(throws: PaymentCryptographyError.keyUsage) { try await hsm.generate(usage) }
                    await #expect(throws: PaymentCryptographyError.keyUsage) {
                        try await hsm.take(try key(Self.digits, usage), .unrestricted)
                    }
                }
            }
        }

        @Test func `are held with their check value alone, under their token's master key, until they are forgotten`()
            async throws
        {
            try await TokenWorld().run { hsm in
                let (taken, checkValue) = try await hsm.take(try key(Self.digits, .cardVerification), .computeAndVerify)
                #expect(checkValue == [0x08, 0xD7, 0xB4])
                let name = try Self.name("cvk")
                await #expect(throws: PaymentCryptographyError.checkValueMismatch) {
                    try await hsm.hold(taken, as: name, checkValue: [1, 2, 3])
                }
                let other = try PKCS11KeyWrapping(SoftHSM.token(), key: "another", isMade: true)
                let foreign = Array(
                    try other.wrap(SecretBytes(count: 32) { _ in }).prefix(WrappedCardKey.wrappedLength)
                )
                let swapped = WrappedCardKey(usage: .cardVerification, mode: .verify, whole: foreign, leftHalf: foreign)
                await #expect(throws: PaymentCryptographyError.macMismatch) {
                    try await hsm.hold(swapped, as: name, checkValue: checkValue)
                }
                let halfSwapped = WrappedCardKey(
                    usage: taken.usage,
                    mode: taken.mode,
                    whole: taken.whole,
                    leftHalf: foreign
                )
                await #expect(throws: PaymentCryptographyError.macMismatch) {
                    try await hsm.hold(halfSwapped, as: name, checkValue: checkValue)
                }
                #expect(hsm.names.isEmpty)
                try await hsm.hold(taken, as: name, checkValue: checkValue)
                #expect(hsm.holds(name))
                await hsm.forget([name])
                await #expect(throws: PaymentCryptographyError.unknownKey) {
                    try await hsm.cardVerificationValue(of: Self.face(), key: name)
                }
                #expect(!hsm.holds(name))
            }
        }

        /// The MAC was made with Python's pyemv.
        @Test func `make MACs of scripts to Visa's cards of version 22, and of no other`() async throws {
            try await TokenWorld().run { hsm in
                let smi = try await hsm.holding(
                    try key("FEDCBA98765432100123456789ABCDEF", .secureMessagingIntegrity),
                    as: "smi"
                )
                let card = ChipCard(
                    pan: try #require(PAN(ascii: "1234567890123456".utf8)),
                    sequenceNumber: try #require(DecimalDigits(ascii: "00".utf8, count: 2)),
                    derivation: .optionA
                )
                func mac(_ version: CryptogramVersion) async throws -> UInt64 {
                    let command = ScriptCommand(
                        header: [0x84, 0x18, 0, 0, 8],
                        counter: 0x1C,
                        cryptogram: 0x29CC_A15A_E665_FA2E,
                        version: version
                    )
                    return try await hsm.scriptMAC(of: command, for: card, key: smi)
                }
                #expect(try await mac(.visa22) == 0x6637_A71C_B3C5_05B5)
                for version in [CryptogramVersion.visa10, .visa17, .visa18] {
                    await #expect(throws: PaymentCryptographyError.unsupported) { try await mac(version) }
                }
            }
        }

        @Test func `never meet a PIN`() async throws {
            try await TokenWorld().run { hsm in
                let smc = try await hsm.holding(try key(Self.digits, .secureMessagingConfidentiality), as: "smc")
                let pan = try Self.face().pan
                let pin = EncryptedPIN(
                    block: try PINBlock(.format0, encrypted: [UInt8](repeating: 1, count: 8)),
                    pan: pan,
                    key: try Self.name("p0")
                )
                let card = ChipCard(
                    pan: pan,
                    sequenceNumber: try #require(DecimalDigits(ascii: "00".utf8, count: 2)),
                    derivation: .optionA
                )
                let objects: [UInt32: [UInt8]] = [
                    0x9F02: [0, 0, 0, 0, 0, 1], 0x9F03: [0, 0, 0, 0, 0, 0], 0x9F1A: [7, 0x24], 0x95: [0, 0, 0, 0, 0],
                    0x5F2A: [9, 0x78], 0x9A: [0x26, 0x11, 0x21], 0x9C: [0], 0x9F37: [0, 0, 0, 1], 0x82: [0, 0],
                    0x9F36: [0, 1], 0x9F26: [0, 0, 0, 0, 0, 0, 0, 0], 0x9F10: [6, 1, 0x0A, 3, 0xA0, 0, 0],
                ]
                let chip = try ChipData { objects[$0] }
                let modules = SecurityModules(SoftwareHSM([:]), cards: hsm)
                #expect(modules.holder(of: smc) is PKCS11HSM)
                await #expect(throws: PaymentCryptographyError.unknownKey) {
                    try await modules.payment.scriptData(
                        with: pin,
                        for: card,
                        answering: chip,
                        .visa,
                        key: smc,
                        cryptograms: smc
                    )
                }
            }
        }
    }
}

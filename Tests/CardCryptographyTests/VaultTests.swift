import CardCryptography
import Testing

@Suite struct `Vault` {
    private static func key(_ byte: String) throws -> SecretKey {
        try #require(SecretKey(hexadecimal: String(repeating: byte, count: 32).utf8))
    }

    private static func vault(_ encryption: String = "11", index: String = "22", id: Int16 = 1) throws -> PANVault {
        PANVault(encryptionKey: try key(encryption), indexKey: try key(index), keyID: id)
    }

    private static let card = Array("crd_1".utf8)

    private static func digits(_ pan: PAN) -> [UInt8] { pan.withExposedDigits { Array($0) } }

    @Test(arguments: PAN.lengths)
    func `what is sealed opens for its own card`(_ length: Int) throws {
        let vault = try Self.vault()
        let pan = try PAN.random(bin: "400000", length: length)
        let sealed = try vault.seal(pan, associatedData: Self.card)
        #expect(sealed.ciphertext.count == 1 + 12 + length + 16)
        #expect(sealed.ciphertext.first == 1)
        #expect(sealed.keyID == 1)
        let opened = try vault.open(sealed.ciphertext, keyID: 1, associatedData: Self.card)
        #expect(Self.digits(opened) == Self.digits(pan))
    }

    @Test func `it opens neither for another card nor with another key or key id`() throws {
        let vault = try Self.vault()
        let pan = try PAN.random(bin: "400000", length: 16)
        let bytes = try vault.seal(pan, associatedData: Self.card).ciphertext
        #expect(throws: CryptographyError.self) {
            try vault.open(bytes, keyID: 1, associatedData: Array("crd_2".utf8))
        }
        #expect(throws: CryptographyError.self) { try vault.open(bytes, keyID: 1, associatedData: []) }
        #expect(throws: CryptographyError.self) { try vault.open(bytes, keyID: 2, associatedData: Self.card) }
        let other = try Self.vault("33")
        #expect(throws: CryptographyError.self) { try other.open(bytes, keyID: 1, associatedData: Self.card) }
    }

    @Test func `no byte can be changed, and none left out or added`() throws {
        let vault = try Self.vault()
        let bytes = try vault.seal(try PAN.random(bin: "400000", length: 16), associatedData: Self.card).ciphertext
        for index in bytes.indices {
            for bit in 0..<8 {
                var altered = bytes
                altered[index] ^= 1 << UInt8(bit)
                #expect(throws: CryptographyError.self) {
                    try vault.open(altered, keyID: 1, associatedData: Self.card)
                }
            }
            #expect(throws: CryptographyError.self) {
                try vault.open(Array(bytes.prefix(index)), keyID: 1, associatedData: Self.card)
            }
        }
        #expect(throws: CryptographyError.self) {
            try vault.open(bytes + [0], keyID: 1, associatedData: Self.card)
        }
    }

    @Test(arguments: PIN.lengths)
    func `what verifies a PIN opens only in its own place, and never as a card number`(_ length: Int) throws {
        let vault = try Self.vault()
        let digits = try #require(SecretDigits(ascii: (0..<length).map { _ in UInt8(ascii: "7") }, counts: PIN.lengths))
        let bytes = try vault.seal(digits, associatedData: Self.card + [1]).ciphertext
        #expect(try vault.openDigits(bytes, keyID: 1, associatedData: Self.card + [1]).isEqual(to: digits))
        #expect(throws: CryptographyError.self) {
            try vault.openDigits(bytes, keyID: 1, associatedData: Self.card + [2])
        }
        #expect(throws: CryptographyError.self) { try vault.open(bytes, keyID: 1, associatedData: Self.card) }
    }

    @Test func `the same number is sealed differently each time, and never in clear`() throws {
        let vault = try Self.vault()
        let pan = try PAN.random(bin: "400000", length: 16)
        let sealed = try (0..<50).map { _ in try vault.seal(pan, associatedData: Self.card) }
        #expect(Set(sealed.map(\.ciphertext)).count == 50)
        #expect(Set(sealed.map { Array($0.ciphertext[1...12]) }).count == 50)
        #expect(Set(sealed.map(\.index)).count == 1)
        let clear = Self.digits(pan)
        #expect(sealed.allSatisfy { $0.ciphertext.firstRange(of: clear) == nil })
    }

    @Test func `the index finds equal numbers and depends on its key alone`() throws {
        let one = try #require(PAN(ascii: "4111111111111111".utf8))
        let same = try #require(PAN(ascii: "4111111111111111".utf8))
        let other = try #require(PAN(ascii: "4012888888881881".utf8))
        let vault = try Self.vault()
        let index = try vault.index(of: one)
        #expect(index.count == 32)
        #expect(try vault.index(of: same) == index)
        #expect(try vault.index(of: other) != index)
        #expect(try Self.vault(index: "44").index(of: one) != index)
        #expect(try Self.vault("55").index(of: one) == index)
        #expect(try vault.seal(one, associatedData: Self.card).index.bytes == index)
        #expect(index == (try Digest.hmac(Array("4111111111111111".utf8), key: Self.key("22"))))
    }
}

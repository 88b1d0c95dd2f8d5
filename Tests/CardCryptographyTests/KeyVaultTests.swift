import CardCryptography
import Testing

@Suite struct `A vault for keys` {
    private static func vault(_ digit: UInt8) throws -> KeyVault {
        try #require(KeyVault(hexadecimal: [UInt8](repeating: digit, count: 64)))
    }

    @Test(arguments: KeyUsage.allCases)
    func `gives back what it wrapped, in the same place and for the same usage alone`(_ usage: KeyUsage) throws {
        let vault = try Self.vault(UInt8(ascii: "7"))
        for (algorithm, length) in [(CipherAlgorithm.tripleDES, 16), (.tripleDES, 24), (.aes, 16), (.aes, 32)] {
            let key = try Key(random: algorithm, length: length, usage: usage)
            let block = KeyBlock(key, .aes, mode: .usual(for: usage), exportability: .trusted)
            let sealed = try vault.seal(block, at: "blue/1")
            let opened = try vault.open(sealed, at: "blue/1", usage: usage)
            #expect(opened.keyBytes.isEqual(to: block.keyBytes) && opened.header.mode == block.header.mode)
            #expect(opened.header.algorithm == algorithm && opened.header.usage == usage)
            for place in ["blue/2", "green/1", "", "blue/1 "] {
                #expect(throws: PaymentCryptographyError.keyUsage) { try vault.open(sealed, at: place, usage: usage) }
            }
            let other: KeyUsage = usage == .pinEncryption ? .macAlgorithm3 : .pinEncryption
            #expect(throws: PaymentCryptographyError.keyUsage) { try vault.open(sealed, at: "blue/1", usage: other) }
        }
    }

    @Test func `opens nothing of another vault, and nothing that was altered`() throws {
        let vault = try Self.vault(UInt8(ascii: "7"))
        let key = try Key(random: .aes, length: 16, usage: .pinEncryption)
        let sealed = try vault.seal(KeyBlock(key, .aes, mode: .decrypt, exportability: .sensitive), at: "blue/1")
        let other = try Self.vault(UInt8(ascii: "8"))
        #expect(throws: PaymentCryptographyError.macMismatch) {
            try other.open(sealed, at: "blue/1", usage: .pinEncryption)
        }
        for index in sealed.indices {
            var altered = sealed
            altered[index] = altered[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            #expect(throws: PaymentCryptographyError.self) {
                try vault.open(altered, at: "blue/1", usage: .pinEncryption)
            }
        }
    }

    @Test(arguments: [0, 63, 65]) func `has a key of 64 digits`(_ count: Int) {
        #expect(KeyVault(hexadecimal: [UInt8](repeating: UInt8(ascii: "7"), count: count)) == nil)
        #expect(KeyVault(hexadecimal: [UInt8](repeating: UInt8(ascii: "g"), count: 64)) == nil)
    }
}

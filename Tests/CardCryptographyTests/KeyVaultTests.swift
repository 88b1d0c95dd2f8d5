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

    @Test func `gives a token's key back for its place, usage and mode alone`() throws {
        let (vault, other) = (try Self.vault(UInt8(ascii: "7")), try Self.vault(UInt8(ascii: "8")))
        let (whole, leftHalf) = ((0..<24).map { UInt8($0) }, (0..<24).map { UInt8(100 + $0) })
        let key = WrappedCardKey(usage: .cardVerification, mode: .verify, whole: whole, leftHalf: leftHalf)
        let sealed = try vault.seal(key, at: "cvk/1")
        #expect(try vault.openCardKey(sealed, at: "cvk/1", usage: .cardVerification) == key)
        var others = sealed.indices.map { index in
            var altered = sealed
            altered[index] ^= 1
            return (vault, altered, "cvk/1", KeyUsage.cardVerification)
        }
        others += [
            (vault, sealed, "cvk/2", .cardVerification), (vault, sealed, "cvk/1", .applicationCryptograms),
            (other, sealed, "cvk/1", .cardVerification), (vault, sealed.dropLast(), "cvk/1", .cardVerification),
            (vault, [], "cvk/1", .cardVerification),
            (vault, Array("V".utf8) + sealed.dropFirst(), "cvk", .dataEncryption),
        ]
        for (vault, sealed, place, usage) in others {
            #expect(throws: PaymentCryptographyError.macMismatch) {
                try vault.openCardKey(sealed, at: place, usage: usage)
            }
        }
        // Nor is it a key of software.
        #expect(throws: PaymentCryptographyError.self) {
            try vault.open(sealed, at: "cvk/1", usage: .cardVerification)
        }
    }

    @Test(arguments: [0, 63, 65]) func `has a key of 64 digits`(_ count: Int) {
        #expect(KeyVault(hexadecimal: [UInt8](repeating: UInt8(ascii: "7"), count: count)) == nil)
        #expect(KeyVault(hexadecimal: [UInt8](repeating: UInt8(ascii: "g"), count: 64)) == nil)
    }
}

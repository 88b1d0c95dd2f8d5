import AuthorizationCore
import CardCryptography
import TestSeed
import Testing

@Suite struct `PIN blocks` {
    private static let tripleDES = "BA942A01EC6EABCD107346CB61F4F4FE"
    private static let otherTripleDES = "3B31CD20E5AE3B168AB3FE86E979A71F"
    private static let aes = "00112233445566778899AABBCCDDEEFF"

    private static func key(_ format: PINBlockFormat, _ hexadecimal: String? = nil) throws -> Key {
        let text = hexadecimal ?? (format.algorithm == .aes ? aes : tripleDES)
        return try Key(secret(text), format.algorithm, usage: .pinEncryption, quality: .test)
    }

    private static func pan(_ text: String = "4761739001010119") throws -> PAN { try #require(PAN(ascii: text.utf8)) }
    private static func pin(_ text: String) throws -> PIN { try #require(PIN(ascii: text.utf8)) }
    private static func text(_ pin: PIN) -> String { pin.withExposedDigits { String(decoding: $0, as: UTF8.self) } }
    private static func text(_ block: PINBlock) -> String { block.withExposedBytes { hexadecimal($0) } }

    @Test(arguments: PINBlockFormat.allCases)
    func `of every format give their PIN back`(_ format: PINBlockFormat) throws {
        var generator = seeded()
        for length in PIN.lengths {
            for panLength in PAN.lengths {
                let digits = generator.digits(length)
                let pan = try Self.pan(generator.digits(panLength))
                let key = try Self.key(format)
                let block = try PINBlock(try Self.pin(digits), format, pan: pan, key: key)
                #expect(Self.text(try block.pin(pan: pan, key: key)) == digits, "seed \(TestSeed.value)")
            }
        }
    }

    /// Made apart, with Python's cryptography package, from the rule of ISO 9564-1, 9.3: control 2, length, digits, F.
    @Test func `of format 2 are filled with F and go without the card number`() throws {
        let block = try PINBlock(
            try Self.pin("123456"),
            .format2,
            pan: try Self.pan(),
            key: try Self.key(.format2)
        )
        #expect(Self.text(block) == "DE526AED870FFAAD")
        #expect(
            Self.text(try block.pin(pan: try Self.pan("4111111111111111"), key: try Self.key(.format2))) == "123456"
        )
    }

    @Test(arguments: [PINBlockFormat.format1, .format3, .format4])
    func `with a random fill differ each time`(_ format: PINBlockFormat) throws {
        let blocks = try (0..<20).map { _ in
            Self.text(try PINBlock(try Self.pin("1234"), format, pan: try Self.pan(), key: try Self.key(format)))
        }
        #expect(Set(blocks).count == blocks.count)
    }

    /// PCI PIN 3-3, which repeats ISO 9564-1. Rows: from; columns: to.
    @Test func `may change their format only as ISO 9564 allows`() {
        let table: [[Bool]] = [
            [true, false, false, true, true],
            [true, true, false, true, true],
            [false, false, false, false, false],
            [true, false, false, true, true],
            [true, false, false, true, true],
        ]
        for (from, row) in zip(PINBlockFormat.allCases, table) {
            for (to, isAllowed) in zip(PINBlockFormat.allCases, row) {
                #expect(from.mayBecome(to) == isAllowed, "\(from) to \(to)")
            }
        }
    }

    @Test func `are translated where they may be, and refused where not`() throws {
        let pan = try Self.pan()
        var translated = 0
        for from in PINBlockFormat.allCases {
            for to in PINBlockFormat.allCases {
                let block = try PINBlock(try Self.pin("567890"), from, pan: pan, key: try Self.key(from))
                let newKey = try Self.key(to, to == .format4 ? nil : Self.otherTripleDES)
                guard from.mayBecome(to) else {
                    #expect(throws: PaymentCryptographyError.translationNotAllowed) {
                        try block.translated(to: to, pan: pan, from: try Self.key(from), to: newKey)
                    }
                    continue
                }
                let other = try block.translated(to: to, pan: pan, from: try Self.key(from), to: newKey)
                #expect(other.format == to)
                #expect(Self.text(try other.pin(pan: pan, key: newKey)) == "567890")
                translated += 1
            }
        }
        #expect(translated == 13)
    }

    /// Made apart, with Python's cryptography package.
    @Test(arguments: [("E74A93E75C11D957", PINBlockFormat.format0), ("13110083450531A9", .format1)])
    func `are translated to the same block that another implementation makes`(
        _ row: (block: String, format: PINBlockFormat)
    ) throws {
        let source = secret(row.block).withExposedBytes { Array($0) }
        let block = try PINBlock(row.format, encrypted: source).translated(
            to: .format0,
            pan: try Self.pan(),
            from: try Self.key(.format0),
            to: try Self.key(.format0, Self.otherTripleDES)
        )
        #expect(Self.text(block) == "099950F456346495")
    }

    @Test func `of another card or key give no PIN`() throws {
        let key = try Self.key(.format0)
        let block = try PINBlock(try Self.pin("123456789012"), .format0, pan: try Self.pan(), key: key)
        #expect(throws: PaymentCryptographyError.self) {
            try block.pin(pan: try Self.pan("5444333221100996"), key: key)
        }
        #expect(throws: PaymentCryptographyError.self) {
            try block.pin(pan: try Self.pan(), key: try Self.key(.format0, Self.otherTripleDES))
        }
    }

    @Test(arguments: PINBlockFormat.allCases)
    func `have their format's length, and their format's kind of key`(_ format: PINBlockFormat) throws {
        for count in [0, 7, 9, 15, 17, 24] {
            #expect(throws: format == .format4 ? PaymentCryptographyError.blockNot16Bytes : .blockNot8Bytes) {
                try PINBlock(format, encrypted: [UInt8](repeating: 0, count: count))
            }
        }
        let wrong: PINBlockFormat = format == .format4 ? .format0 : .format4
        #expect(throws: PaymentCryptographyError.keyLength) {
            try PINBlock(try Self.pin("1234"), format, pan: try Self.pan(), key: try Self.key(wrong))
        }
    }

    /// Whatever the bytes are, the answer is a PIN or an error, and a PIN has digits.
    @Test func `of random bytes never break anything`() throws {
        var generator = seeded()
        let pan = try Self.pan()
        for round in 0..<TestSeed.mutations {
            let format = PINBlockFormat.allCases[round % 4]
            let block = UInt64.random(in: 0 ... .max, using: &generator) & 0x3CFF_FFFF_FFFF_FFFF
            guard let pin = try? format.pin(ofClearBlock: block, pan: pan) else { continue }
            #expect(PIN(ascii: pin.withExposedDigits { Array($0) }) != nil, "seed \(TestSeed.value) \(block)")
        }
    }
}

/// Random numbers from the run's seed, which is printed.
func seeded() -> SplitMix64 {
    print("AVAL_SEED=\(TestSeed.value)")
    return SplitMix64(seed: TestSeed.value)
}

extension SplitMix64 {
    mutating func digits(_ count: Int) -> String {
        (0..<count).map { _ in String(Int.random(in: 0...9, using: &self)) }.joined()
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &self) } }
}

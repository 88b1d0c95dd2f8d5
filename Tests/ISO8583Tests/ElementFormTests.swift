import AuthorizationCore
import TestSeed
import Testing

@testable import ISO8583

@Suite struct `Element forms` {
    @Test(arguments: ContentClass.allCases, ElementEncoding.allCases)
    func `every possible form gives back what was put in`(content: ContentClass, encoding: ElementEncoding) throws {
        var generator = SplitMix64(seed: TestSeed.value)
        var tried = 0
        for spec in forms(content, encoding) {
            var dialect = Dialect.iso87ASCIIBinaryBitmap
            guard spec.problem == nil else {
                #expect(throws: DialectError.self) { try dialect.define(60, spec) }
                continue
            }
            try dialect.define(60, spec)
            for count in counts(spec) {
                var message = Message(100)
                message.set(60, bytes: value(content, count, &generator))
                let packed = try Codec.encode(message, dialect: dialect)
                #expect(try Codec.decode(packed, dialect: dialect) == message, "\(spec) \(count)")
                tried += 1
            }
        }
        // Only digits and tracks have a BCD form; only bytes are put on the wire as they are.
        let isPossible =
            switch (content, encoding) {
            case (.numeric, .bcd), (.track, .bcd), (.binary, .binary): true
            case (_, .bcd), (_, .binary): false
            case (_, .ascii), (_, .ebcdic): true
            }
        #expect((tried > 0) == isPossible)
    }

    @Test(arguments: ContentClass.allCases, ElementEncoding.allCases)
    func `no form crashes on random bytes`(content: ContentClass, encoding: ElementEncoding) throws {
        var generator = SplitMix64(seed: TestSeed.value)
        for spec in forms(content, encoding) where spec.problem == nil {
            var dialect = Dialect.iso87ASCIIBinaryBitmap
            try dialect.define(2, spec)
            for count in 0...24 {
                let head = Array("0100".utf8) + [0x40, 0, 0, 0, 0, 0, 0, 0]
                let bytes = head + (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                guard let message = try? Codec.decode(bytes, dialect: dialect) else { continue }
                let packed = try Codec.encode(message, dialect: dialect)
                #expect(try Codec.decode(packed, dialect: dialect) == message, "\(spec) \(hexText(bytes))")
            }
        }
    }

    /// Lengths to try. An indicator of packed bytes cannot tell an odd number of digits from an even one, except at the
    /// maximum or by a pad of F.
    private func counts(_ spec: ElementSpec) -> [Int] {
        let maximum = Int(spec.maximum)
        guard let prefix = spec.prefix else { return [maximum] }
        let losesOdd = spec.encoding == .bcd && prefix.counts == .bytes && spec.padding != .rightF
        return losesOdd ? [0, 2, 8, maximum] : [0, 1, 2, 7, 8, maximum]
    }

    private func forms(_ content: ContentClass, _ encoding: ElementEncoding) -> [ElementSpec] {
        var prefixes: [LengthPrefix?] = [nil]
        for length in LengthEncoding.allCases {
            for width in 1...4 {
                for counts in LengthCounts.allCases {
                    prefixes.append(LengthPrefix(length, width: width, counts: counts))
                }
            }
        }
        return prefixes.flatMap { prefix in
            Padding.allCases.flatMap { padding in
                [8, 19].map { ElementSpec(content, encoding, maximum: $0, prefix: prefix, padding: padding) }
            }
        }
    }

    private func value(_ content: ContentClass, _ count: Int, _ generator: inout SplitMix64) -> [UInt8] {
        let digits = (0..<count).map { _ in UInt8.random(in: 0x30...0x39, using: &generator) }
        switch content {
        case .numeric: return digits
        case .track: return digits.enumerated().map { $0.offset == count / 2 ? UInt8(ascii: "=") : $0.element }
        case .signedAmount: return digits.enumerated().map { $0.offset == 0 ? UInt8(ascii: "C") : $0.element }
        case .alphabetic, .alphanumeric, .alphanumericPad, .alphanumericSpecial, .numericSpecial, .binary:
            return digits.map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        }
    }
}

import AuthorizationCore
import TestSeed
import Testing

@testable import ISO8583

@Suite struct `Mutated messages` {
    @Test func `never crash the decoder, and what decodes encodes and decodes to the same message`() throws {
        let seed = TestSeed.value
        print("AVAL_SEED=\(seed) AVAL_MUTATIONS=\(TestSeed.mutations)")
        var generator = SplitMix64(seed: seed)
        let corpus = try (Vectors.messages + Vectors.edges + Vectors.malformed).map { vector in
            (bytes: try vector.bytes("packed"), dialect: try vector.dialect())
        }
        #expect(corpus.count == 239)
        var decoded = 0
        for _ in 0..<TestSeed.mutations {
            let sample = corpus[Int.random(in: corpus.indices, using: &generator)]
            // Now and then the bytes of one dialect are read as another's.
            let dialect =
                Int.random(in: 0..<20, using: &generator) == 0
                ? Dialect.builtIn[Int.random(in: Dialect.builtIn.indices, using: &generator)] : sample.dialect
            let bytes = mutate(sample.bytes, &generator)
            if try check(bytes, dialect) { decoded += 1 }
        }
        print("decoded \(decoded) of \(TestSeed.mutations)")
        #expect(decoded > 0)
    }

    @Test(arguments: Dialect.builtIn.map(\.name))
    func `random bytes of any length give a message or an error`(name: String) throws {
        let dialect = try #require(Dialect.named(name))
        var generator = SplitMix64(seed: TestSeed.value)
        for count in Array(0...64) + [255, 1_024, Limits.messageBytes, Limits.messageBytes + 1] {
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            _ = try check(bytes, dialect)
        }
    }

    /// Whether the bytes decoded; records an issue when they then do not survive a round trip.
    private func check(_ bytes: [UInt8], _ dialect: Dialect) throws -> Bool {
        let message: Message
        do throws(DecodeError) {
            message = try Codec.decode(bytes, dialect: dialect)
        } catch {
            #expect(error.offset >= 0 && error.offset <= bytes.count)
            if let partial = error.partial { #expect(!"\(partial)\(error)".isEmpty) }
            return false
        }
        let packed = try Codec.encode(message, dialect: dialect)
        let again = try Codec.decode(packed, dialect: dialect)
        if again != message { Issue.record("\(dialect.name) \(hexText(bytes)) seed \(TestSeed.value)") }
        return true
    }

    private func mutate(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...2, using: &generator) {
            let place = bytes.isEmpty ? 0 : Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<16, using: &generator) {
            case 0 where !bytes.isEmpty: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
            case 1 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes.insert(UInt8.random(in: .min ... .max, using: &generator), at: place)
            case 3 where !bytes.isEmpty: bytes.remove(at: place)
            case 4: bytes.removeLast(min(bytes.count, Int.random(in: 0...16, using: &generator)))
            case 5: bytes += bytes.prefix(Int.random(in: 0...32, using: &generator))
            case 6 where bytes.count > 20: bytes[Int.random(in: 2..<20, using: &generator)] = 0xFF
            default:
                // A digit, in ASCII or EBCDIC: most of these still decode.
                let zero: UInt8 = Bool.random(using: &generator) ? 0x30 : 0xF0
                if !bytes.isEmpty { bytes[place] = zero + UInt8.random(in: 0...9, using: &generator) }
            }
        }
        return bytes
    }
}

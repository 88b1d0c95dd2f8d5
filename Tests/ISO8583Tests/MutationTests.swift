import AuthorizationCore
import CodecMutations
import Foundation
import TestSeed
import Testing

@testable import ISO8583

@Suite struct `Mutated messages` {
    private static let vectors = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Vectors").standardized

    @Test func `never crash the decoder, and what decodes encodes and decodes to the same message`() throws {
        print("AVAL_SEED=\(TestSeed.value) AVAL_MUTATIONS=\(TestSeed.mutations)")
        let corpus = try MutationSample.load(from: Self.vectors)
        #expect(corpus.count == 239)
        var mutations = CodecMutations(corpus: corpus, generator: SplitMix64(seed: TestSeed.value))
        mutations.run(TestSeed.mutations)
        print("decoded \(mutations.decoded) of \(TestSeed.mutations)")
        #expect(mutations.decoded > 0)
        #expect(mutations.failures.isEmpty, "seed \(TestSeed.value)")
    }

    @Test(arguments: Dialect.builtIn.map(\.name))
    func `random bytes of any length give a message or an error`(name: String) throws {
        let dialect = try #require(Dialect.named(name))
        var generator = SplitMix64(seed: TestSeed.value)
        var mutations = CodecMutations(
            corpus: [MutationSample(bytes: [], dialect: dialect)],
            generator: SplitMix64(seed: 0)
        )
        for count in Array(0...64) + [255, 1_024, Limits.messageBytes, Limits.messageBytes + 1] {
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            mutations.check(bytes, dialect, printing: true)
        }
        #expect(mutations.failures.isEmpty, "seed \(TestSeed.value)")
    }
}

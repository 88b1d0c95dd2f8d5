import AuthorizationCore
import CodecMutations
import Foundation
import ISO8583
import TestSeed
import Testing

@testable import CardNetwork

@Suite struct `A session fed with mutated messages` {
    private static let vectors = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Vectors").standardized

    @Test func `stays open, answers what it takes in messages that can be read, and echoes`() throws {
        print("AVAL_SEED=\(TestSeed.value) AVAL_MUTATIONS=\(TestSeed.mutations)")
        var generator = SplitMix64(seed: TestSeed.value)
        let samples = try MutationSample.load(from: Self.vectors)
        let corpus = Dictionary(grouping: samples, by: \.dialect.name)
        #expect(samples.count == 239 && corpus.count == Dialect.builtIn.count)
        let lines = try Dialect.builtIn.map { try Line($0) }
        var answerCount = 0
        for number in 0..<TestSeed.mutations {
            let line = lines[number % lines.count]
            let sample = try #require(corpus[line.profile.dialect.name]?.randomElement(using: &generator))
            answerCount += try line.send(mutated(sample.bytes, &generator)).count
            guard line.session.state.phase == .open, line.session.state.inFlightCount == 0 else {
                Issue.record("mutation \(number) is not over, AVAL_SEED=\(TestSeed.value)")
                break
            }
            if number % 100 < lines.count { #expect(try line.echoes(number), "AVAL_SEED=\(TestSeed.value)") }
        }
        print("answered \(answerCount)")
        #expect(answerCount > TestSeed.mutations / 10)
        #expect(lines.allSatisfy { $0.session.unanswered.isEmpty && $0.metrics.counts.inFlight == 0 })
    }
}

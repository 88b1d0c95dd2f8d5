import ArgumentParser
import CodecMutations
import Foundation

struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz",
        abstract: "Mutate messages and look for one with which the codec breaks a promise.",
        discussion: "Needs no running Aval. Ends with 1 and the messages when there are any; the seed draws them again."
    )

    @Option(help: "A folder with messages.json, messages-edge.json and messages-malformed.json.")
    var vectors = "Tests/Vectors"

    @Option(help: "How many mutated messages.")
    var count = 10_000_000

    @Option(help: "Draws the same messages again; without it a random one, printed at the start.")
    var seed: UInt64?

    func validate() throws {
        guard (1...1_000_000_000_000).contains(count) else { throw ValidationError("--count must be positive") }
    }

    func run() throws {
        let seed = self.seed ?? UInt64.random(in: .min ... .max)
        let corpus = try MutationSample.load(from: URL(fileURLWithPath: vectors))
        guard !corpus.isEmpty else { throw Problem("\(vectors) holds no messages") }
        print("mutating \(corpus.count) messages \(count) times, seed \(seed)")
        var mutations = CodecMutations(corpus: corpus, generator: SplitMix64(state: seed))
        let start = ContinuousClock.now
        mutations.run(count)
        print("decoded \(mutations.decoded) of \(count) in \(ContinuousClock.now - start)")
        for failure in mutations.failures { print(failure) }
        guard mutations.failures.isEmpty else { throw ExitCode.failure }
    }
}

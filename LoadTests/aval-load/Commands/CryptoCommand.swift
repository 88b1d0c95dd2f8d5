import ArgumentParser

struct CryptoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crypto",
        abstract: "Time payment cryptography: each operation a second, on one thread.",
        discussion: """
            Needs no running Aval; the keys are published test keys. Prints the most operations a second of the runs, \
            which is what the code does when nothing else is on the machine, and their median.
            """
    )

    @Option(help: "Runs of each operation.")
    var runs = 7

    @Option(help: "Operations in a run.")
    var count = 20_000

    func validate() throws {
        guard (1...1_000).contains(runs), (1...100_000_000).contains(count) else {
            throw ValidationError("--runs must be 1 to 1000, --count 1 to 100000000")
        }
    }

    func run() throws {
        for operation in try CryptoOperation.all() { try report(operation.name, operation.work) }
    }

    private func report(_ name: String, _ work: () throws -> Bool) throws {
        let rates = try (0..<runs).map { _ in
            let start = ContinuousClock.now
            // What comes out is looked at, or the optimizer would leave the work out.
            for _ in 0..<count {
                guard try work() else { throw Problem("\(name) gives another answer than before") }
            }
            return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
        }.sorted()
        let spaces = String(repeating: " ", count: max(0, 32 - name.count))
        print("\(name)\(spaces) max \(Int(rates[runs - 1])) /s  median \(Int(rates[runs / 2])) /s")
    }
}

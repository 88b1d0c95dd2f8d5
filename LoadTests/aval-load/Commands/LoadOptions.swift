import ArgumentParser
import Foundation
import NIOCore

/// Options that both doors share.
struct LoadOptions: ParsableArguments {
    @Option(help: "The file of cards that `prepare` wrote.")
    var cards: String

    @Option(help: "Connections to open.")
    var connections = 4

    @Option(help: "Seconds to send for.")
    var duration = 20

    @Option(
        help: """
            Payments a second, at fixed times (open loop): latency counts from the time a payment was to be sent. \
            Without it the next payment is sent when an answer comes (closed loop).
            """
    )
    var rate: Double?

    @Option(help: "Draws the same payments again; without it a random one, printed at the start.")
    var seed: UInt64?

    func validate() throws {
        guard connections > 0, duration > 0 else {
            throw ValidationError("--connections and --duration must be positive")
        }
        if let rate, !(rate > 0 && rate <= 1e6) { throw ValidationError("--rate must be above 0 and at most 1000000") }
    }

    var pace: Pace { rate.map { .open(rate: $0) } ?? .closed }
}

/// The options for the comparison with the ledger at the end.
struct LedgerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The HTTP API, to compare approvals with holds.", valueName: "http://host:port"))
    var url: String?

    @Option(help: "A file with the API key; with --url.")
    var apiKeyFile: String?

    func validate() throws {
        guard (url == nil) == (apiKeyFile == nil) else {
            throw ValidationError("give --url and --api-key-file together")
        }
    }

    func address() throws -> APIAddress? {
        guard let url, let apiKeyFile else { return nil }
        return try APIAddress(url: url, keyFile: apiKeyFile)
    }
}

/// Runs a load, reports, and compares with the ledger.
///
/// - Parameter load: sends, over connections of its own, and measures.
func measure(
    _ options: LoadOptions,
    ledger: APIAddress?,
    _ load: ([LoadCard], _ seed: UInt64) async throws -> LoadResult
) async throws {
    let cards = try CardFile.read(options.cards)
    let seed = options.seed ?? .random(in: .min ... .max)
    tell("\(cards.count) cards, seed \(seed)")
    let check: LedgerCheck? = if let ledger { try await LedgerCheck(ledger, cards: cards) } else { nil }
    let result = try await load(cards, seed)
    print(result.text)
    if let check {
        print(try await check.compare(result, cards: cards))
    } else {
        print("ledger: not compared; give --url and --api-key-file")
    }
}

/// Progress goes to standard error, results to standard output.
func tell(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

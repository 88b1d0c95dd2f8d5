import ArgumentParser
import Foundation
import NIOCore
import NIOPosix

struct HTTPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http",
        abstract: "Pay as a client does, with POST /v1/authorizations over connections that are kept.",
        discussion: """
            Closed loop: --connections payments wait for answers at any time, one on each. Open loop: --rate, with \
            enough --connections. Ends with 1 when the ledger holds something else than was approved.
            """
    )

    @OptionGroup var api: APIOptions
    @OptionGroup var load: LoadOptions

    func run() async throws {
        let address = try api.address()
        try await measure(load, ledger: address) { cards, seed in
            try await send(cards, seed, address)
        }
    }

    private func send(_ cards: [LoadCard], _ seed: UInt64, _ address: APIAddress) async throws -> LoadResult {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let connected = (0..<load.connections).map { _ in HTTPConnection.connect(address, on: eventLoop) }
        // Keys of two runs must not meet: the API would repeat the first one's answers.
        let keyPrefix = "load-\(UUID().uuidString)"
        return try await EventLoopFuture.whenAllSucceed(connected, on: eventLoop)
            .flatMap { bounds in
                let run = LoadRun(load, cards: cards, seed: seed, on: eventLoop)
                let connections = bounds.enumerated().map { number, bound in
                    HTTPPaymentConnection(bound.value, cards: cards, sink: run, keyPrefix: "\(keyPrefix)-\(number)")
                }
                return run.run(over: connections)
            }
            .get()
    }
}

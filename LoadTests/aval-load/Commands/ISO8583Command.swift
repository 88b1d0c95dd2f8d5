import ArgumentParser
import ISO8583
import NIOCore
import NIOPosix

struct ISO8583Command: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "iso8583",
        abstract: "Pay as a card network does, with 0100 messages over TCP.",
        discussion: """
            Closed loop: --connections times --in-flight payments wait for answers at any time. Open loop: --rate. \
            Ends with 1 when the ledger holds something else than was approved.
            """
    )

    @Option(help: "Address of the ISO 8583 door.")
    var host = "127.0.0.1"

    @Option(help: "Port of the ISO 8583 door.")
    var port = 8583

    @Option(help: "A built-in dialect.")
    var dialect = "iso87-ascii-hexbitmap"

    @Option(help: "Payments in flight on each connection; in the open loop, the most of them.")
    var inFlight: Int?

    @OptionGroup var load: LoadOptions
    @OptionGroup var ledger: LedgerOptions

    /// In the open loop no more than what a session of Aval takes.
    private static let openLoopInFlight = 1_024
    private static let closedLoopInFlight = 32

    func validate() throws {
        guard Dialect.named(dialect) != nil else {
            throw ValidationError("dialects: " + Dialect.builtIn.map(\.name).joined(separator: ", "))
        }
        if let inFlight, inFlight < 1 { throw ValidationError("--in-flight must be positive") }
    }

    func run() async throws {
        guard let dialect = Dialect.named(dialect) else { preconditionFailure("validated") }
        try await measure(load, ledger: try ledger.address()) { cards, seed in
            try await send(cards, seed, dialect)
        }
    }

    private func send(_ cards: [LoadCard], _ seed: UInt64, _ dialect: Dialect) async throws -> LoadResult {
        // One thread: the generator shares the machine with what it measures.
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let inFlight = self.inFlight ?? (load.rate == nil ? Self.closedLoopInFlight : Self.openLoopInFlight)
        return try await eventLoop.flatSubmit {
            let run = LoadRun(load, cards: cards, seed: seed, on: eventLoop)
            let source = NetworkConnection.Source(
                messages: PaymentMessages(cards: cards, firstTrace: Int64(seed % 1_000_000)),
                dialect: dialect
            )
            let connections = (0..<load.connections).map { _ in
                NetworkConnection(source: source, sink: run, inFlight: inFlight)
            }
            let bound = NIOLoopBound((run, connections), eventLoop: eventLoop)
            let connected = connections.map { connect($0, eventLoop) }
            return EventLoopFuture.andAllSucceed(connected, on: eventLoop)
                .flatMap { bound.value.0.run(over: bound.value.1) }
        }
        .get()
    }

    private func connect(_ connection: NetworkConnection, _ eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        return ClientBootstrap(group: eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
            .connect(host: host, port: port)
            .map { _ in }
    }
}

extension LoadRun {
    convenience init(_ options: LoadOptions, cards: [LoadCard], seed: UInt64, on eventLoop: any EventLoop) {
        self.init(
            eventLoop: eventLoop,
            pace: options.pace,
            duration: .seconds(Int64(options.duration)),
            cardCount: cards.count,
            seed: seed,
            onProgress: tell
        )
    }
}

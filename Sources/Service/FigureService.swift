import Logging
import PostgresLedger
import ServiceLifecycle
import Synchronization

/// Reads the ledger's figures once a minute, away from the lanes, and keeps them for `/metrics`. When they cannot be
/// read they are left out: an old figure would look like a good one.
final class FigureService: Service {
    private static let interval = Duration.seconds(60)

    private let reader: PostgresReader
    private let logger: Logger
    private let latest = Mutex<LedgerFigures?>(nil)

    init(reader: PostgresReader, logger: Logger) {
        self.reader = reader
        self.logger = logger
    }

    var text: String { latest.withLock { $0 }?.text ?? "" }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.read()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func read() async {
        do {
            let figures = try await reader.figures()
            latest.withLock { $0 = figures }
        } catch {
            latest.withLock { $0 = nil }
            logger.warning("the ledger's figures could not be read", metadata: ["problem": "\(error)"])
        }
    }
}

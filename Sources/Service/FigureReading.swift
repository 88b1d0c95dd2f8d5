import Logging
import PostgresLedger
import Synchronization

/// Reads the ledger's figures, away from the lanes, and keeps them for `/metrics`. When they cannot be read they are left
/// out: an old figure would look like a good one.
final class FigureReading: Sendable {
    private let reader: PostgresReader
    private let logger: Logger
    private let latest = Mutex<LedgerFigures?>(nil)

    init(reader: PostgresReader, logger: Logger) {
        self.reader = reader
        self.logger = logger
    }

    var text: String { latest.withLock { $0 }?.text ?? "" }

    func read() async {
        do {
            let figures = try await reader.figures()
            latest.withLock { $0 = figures }
        } catch {
            latest.withLock { $0 = nil }
            logger.warning("the ledger's figures could not be read", metadata: ["problem": "\(error)"])
        }
    }
}

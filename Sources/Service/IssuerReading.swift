import AuthorizationCore
import CardNetwork
import Logging
import PostgresLedger

/// Keeps the first digits of all programs' card numbers as they are in the database.
actor IssuerReading {
    let issuers = KnownIssuers()
    private let reader: PostgresReader
    private let logger: Logger
    private var latest = Instant.distantPast

    init(reader: PostgresReader, logger: Logger) {
        self.reader = reader
        self.logger = logger
    }

    /// Before any message can come, and from then on.
    func read() async {
        do {
            let found = try await reader.issuerNumbers(since: latest)
            issuers.add(found.bins)
            latest = found.latest ?? latest
        } catch {
            logger.warning("programs could not be read", metadata: ["problem": "\(error)"])
        }
    }
}

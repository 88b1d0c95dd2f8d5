import AuthorizationCore
import CardNetwork
import Logging
import PostgresLedger
import ServiceLifecycle

/// Keeps the first digits of all programs' card numbers as they are in the database.
actor IssuerService: Service {
    private static let interval = Duration.seconds(5)

    let issuers = KnownIssuers()
    private let reader: PostgresReader
    private let logger: Logger
    private var latest = Instant.distantPast

    init(reader: PostgresReader, logger: Logger) {
        self.reader = reader
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.read()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Also before any message can come.
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

import AuthorizationEngine
import Logging
import PostgresLedger
import ServiceLifecycle

/// Completes transfers between customers' accounts that a process left halfway.
struct TransferService: Service {
    /// Long enough that a transfer whose second half is under way is seldom tried twice.
    private static let interval = Duration.seconds(5)

    private let store: PostgresTransferStore
    private let completer: TransferCompleter

    init(_ store: PostgresTransferStore, _ engine: AuthorizationEngine, logger: Logger) {
        self.store = store
        completer = TransferCompleter(engine: engine, store: store, logger: logger)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await completer.completeAll()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    func close() { store.close() }
}

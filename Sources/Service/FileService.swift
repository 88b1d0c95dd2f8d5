import AuthorizationEngine
import CardCryptography
import CardNetwork
import Logging
import PostgresLedger
import ServiceLifecycle

/// Tells networks of hot cards while the service runs. It is to end after the networks' doors, so that answers that
/// arrive meanwhile are kept.
struct FileService: Service {
    private let senders: [FileSender]
    /// Names of those that take updates.
    private let networks: [String]
    private let store: PostgresFileStore

    init(_ networks: [ServedNetwork], _ store: PostgresFileStore, _ vault: PANVault, logger: Logger) {
        self.store = store
        self.networks = networks.map(\.definition.profile).filter { $0.files != nil }.map(\.name)
        senders = networks.compactMap { network in
            let definition = network.definition
            return definition.profile.files.map { rules in
                FileSender(
                    definition.profile,
                    rules,
                    answerTimeout: definition.server.rules.answerTimeout,
                    server: network.server,
                    store: store,
                    vault: vault,
                    logger: logger
                )
            }
        }
    }

    /// Before any card can change.
    func register() async throws {
        for network in networks { try await store.register(network) }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                for sender in senders { group.addTask { await sender.run() } }
            }
            // Without senders it must not end before the others.
            try? await gracefulShutdown()
        }
    }
}

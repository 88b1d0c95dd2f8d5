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
    private let logger: Logger

    init(_ networks: [ServedNetwork], _ store: PostgresFileStore, _ vault: PANVault, logger: Logger) {
        self.store = store
        self.logger = logger
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
                guard !senders.isEmpty else { return }
                group.addTask { try? await RepeatedService(every: .seconds(1), expandAll).run() }
            }
            // Without senders it must not end before the others.
            try? await gracefulShutdown()
        }
    }

    /// Has networks told of all cards of accounts with many, behind the change of the account itself.
    @Sendable private func expandAll() async {
        do {
            while try await store.expand(), !Task.isCancelled {}
        } catch {
            logger.warning("networks could not be told of an account's cards", metadata: ["problem": "\(error)"])
        }
    }
}

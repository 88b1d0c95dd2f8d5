import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import CardNetwork
import Logging
import PostgresLedger
import ServiceLifecycle

/// Keeps the keys of networks' messages and of cards as they are in the database, whoever changes them.
struct KeyService: Service {
    private static let interval = Duration.seconds(5)

    let ofCards: ModuleKeys
    private let networks: [(profile: NetworkProfile, keys: WorkingKeys)]
    private let store: PostgresKeyStore
    private let vault: KeyVault
    private let logger: Logger

    init(
        _ definitions: [NetworkDefinition],
        _ ofCards: ModuleKeys,
        _ environment: DeploymentEnvironment,
        url: String,
        timeout: Duration,
        vault: KeyVault,
        logger: Logger
    ) {
        self.vault = vault
        self.ofCards = ofCards
        store = PostgresKeyStore(url: url, timeout: timeout, vault: vault, mayHold: environment.mayHold)
        networks = definitions.map(\.profile).filter { $0.keys != nil }.map { [store] in
            ($0, WorkingKeys(store: store))
        }
        self.logger = logger
    }

    /// Of the network; nil when it has none.
    func keys(of network: String) -> WorkingKeys? { networks.first { $0.profile.name == network }?.keys }

    /// Before any message can come.
    ///
    /// - Throws: `Settings.Problem` when a key is missing, or is for something else than the network's file says.
    func load() async throws {
        for (profile, keys) in networks {
            if let problem = try await load(profile, keys).first { throw Settings.Problem(description: problem) }
        }
        // Cards are not kept from paying by a key: what it would verify is then not verified.
        for problem in try await loadKeysOfCards() { tell(problem) }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // What was told once is not told every five seconds.
            var told: [String: [String]] = [:]
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                for (profile, keys) in networks {
                    await reload("network \(profile.name)", &told) { try await load(profile, keys) }
                }
                await reload("programs", &told, loadKeysOfCards)
            }
        }
    }

    func close() async {
        store.close()
        await ofCards.close()
    }

    /// Only while the database cannot be read do keys stay as they were: what it does not have is used no more.
    private func reload(
        _ owner: String,
        _ told: inout [String: [String]],
        _ load: () async throws -> [String]
    ) async {
        guard !Task.isCancelled else { return }
        do {
            let problems = try await load()
            for problem in problems where told[owner]?.contains(problem) != true { tell(problem) }
            told[owner] = problems
        } catch {
            logger.warning("keys could not be read", metadata: ["of": "\(owner)", "problem": "\(error)"])
        }
    }

    private func tell(_ problem: String) {
        logger.error("a key cannot be used", metadata: ["problem": "\(problem)"])
    }

    private func loadKeysOfCards() async throws -> [String] {
        await ofCards.replace(by: try await store.usableForVerification(), from: vault)
    }

    /// - Returns: what is wrong with keys, which are then not used.
    private func load(_ profile: NetworkProfile, _ keys: WorkingKeys) async throws -> [String] {
        guard let names = profile.keys else { return [] }
        let changes = keys.changes
        let reading = KeyReading(profile, try await store.usable(names.allNames), vault: vault)
        keys.replace(by: reading.keys, since: changes)
        return reading.problems
    }
}

import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import CardNetwork
import Logging
import PostgresLedger
import ServiceLifecycle
import Synchronization

/// Keeps the keys of networks' messages and of cards as they are in the database, whoever changes them: read every few
/// seconds, and when a session misses one.
struct KeyService: Service {
    private static let interval = Duration.seconds(5)

    let ofCards: ModuleKeys
    /// Brings those to what is stored, and with them what networks' PINs come under.
    let cardSource: KeyRefresher
    private let networks: [(profile: NetworkProfile, loader: NetworkKeyLoader, refresher: KeyRefresher)]
    private let cards: CardKeyLoader
    private let store: PostgresKeyStore
    private let told: ToldProblems

    init(
        _ definitions: [NetworkDefinition],
        _ ofCards: ModuleKeys,
        _ environment: DeploymentEnvironment,
        url: String,
        timeout: Duration,
        vault: KeyVault,
        logger: Logger
    ) {
        self.ofCards = ofCards
        let store = PostgresKeyStore(url: url, timeout: timeout, vault: vault, mayHold: environment.mayHold)
        self.store = store
        let told = ToldProblems(logger: logger)
        self.told = told
        let cards = CardKeyLoader(keys: ofCards, store: store, vault: vault)
        self.cards = cards
        cardSource = KeyRefresher { await told.tell(of: "programs", cards.load) }
        networks = definitions.map(\.profile).filter { $0.keys != nil }.map { profile in
            let loader = NetworkKeyLoader(profile: profile, store: store, vault: vault)
            return (profile, loader, KeyRefresher { await told.tell(of: "network \(profile.name)", loader.load) })
        }
    }

    /// Of the network; nil when it has none.
    func keys(of network: String) -> SessionKeys? {
        networks.first { $0.profile.name == network }.map { found in
            SessionKeys(
                working: found.loader.keys,
                store: store,
                messageSource: found.refresher,
                pinSource: cardSource
            )
        }
    }

    /// Before any message can come.
    ///
    /// - Throws: `Settings.Problem` when a key is missing, or is for something else than the network's file says.
    func load() async throws {
        for network in networks {
            if let problem = try await network.loader.load().first { throw Settings.Problem(description: problem) }
        }
        // Cards are not kept from paying by a key: what it would verify is then not verified.
        for problem in try await cards.load() { told.tell(problem) }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                for network in networks where !Task.isCancelled { await network.refresher.readAgain() }
                if !Task.isCancelled { await cardSource.readAgain() }
            }
        }
    }

    func close() async {
        store.close()
        await ofCards.close()
    }
}

private struct NetworkKeyLoader: Sendable {
    let profile: NetworkProfile
    let keys = WorkingKeys()
    let store: PostgresKeyStore
    let vault: KeyVault

    /// - Returns: what is wrong with keys, which are then not used.
    func load() async throws -> [String] {
        guard let names = profile.keys else { return [] }
        while true {
            let changes = keys.changes
            let reading = KeyReading(profile, try await store.usable(names.allNames), vault: vault)
            if keys.replace(by: reading.keys, since: changes) { return reading.problems }
        }
    }
}

private struct CardKeyLoader: Sendable {
    let keys: ModuleKeys
    let store: PostgresKeyStore
    let vault: KeyVault

    /// - Returns: what is wrong with keys: what they alone can verify is then not verified.
    func load() async throws -> [String] {
        await keys.replace(by: try await store.usableForVerification(), from: vault)
    }
}

/// What was told once is not told with every reading.
private final class ToldProblems: Sendable {
    private let told = Mutex<[String: [String]]>([:])
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Only while the database cannot be read do keys stay as they were: what it does not have is used no more.
    ///
    /// - Returns: whether it could be read.
    func tell(of owner: String, _ load: () async throws -> [String]) async -> Bool {
        do {
            let problems = try await load()
            let before = told.withLock { told in
                defer { told[owner] = problems }
                return told[owner] ?? []
            }
            for problem in problems where !before.contains(problem) { tell(problem) }
            return true
        } catch {
            logger.warning("keys could not be read", metadata: ["of": "\(owner)", "problem": "\(error)"])
            return false
        }
    }

    func tell(_ problem: String) { logger.error("a key cannot be used", metadata: ["problem": "\(problem)"]) }
}

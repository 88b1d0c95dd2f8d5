import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import CardNetwork
import Logging
import PostgresLedger
import ServiceLifecycle

/// Keeps the keys of networks' messages as they are in the database, whoever changes them.
struct KeyService: Service {
    private static let interval = Duration.seconds(5)

    private let networks: [(profile: NetworkProfile, keys: WorkingKeys)]
    private let store: PostgresKeyStore
    private let vault: KeyVault
    private let logger: Logger

    init(
        _ definitions: [NetworkDefinition],
        url: String,
        timeout: Duration,
        vault: KeyVault,
        logger: Logger
    ) {
        self.vault = vault
        store = PostgresKeyStore(url: url, timeout: timeout, vault: vault)
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
            do {
                try await load(profile, keys)
            } catch let error as PaymentCryptographyError {
                throw Settings.Problem(
                    description: "a key of network \(profile.name) cannot be opened: \(error.rawValue)"
                )
            }
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                for (profile, keys) in networks { await reload(profile, keys) }
            }
        }
    }

    func close() { store.close() }

    /// What cannot be read leaves the keys as they were.
    private func reload(_ profile: NetworkProfile, _ keys: WorkingKeys) async {
        guard !Task.isCancelled else { return }
        do {
            try await load(profile, keys)
        } catch {
            logger.warning(
                "a network's keys could not be read",
                metadata: ["network": "\(profile.name)", "problem": "\(error)"]
            )
        }
    }

    private func load(_ profile: NetworkProfile, _ keys: WorkingKeys) async throws {
        guard let names = profile.keys else { return }
        let changes = keys.changes
        let stored = try await store.usable(names.allNames)
        try profile.check(stored)
        var loaded = WorkingKeys.Keys()
        let incoming = names.names(.mac, .incoming)
        loaded.incoming = try stored.filter { incoming.contains($0.name) }.map { key in
            WorkingKeys.Held(try key.key(for: .verify, in: vault), until: key.previousUntil)
        }
        let outgoing = names.names(.mac, .outgoing)
        loaded.outgoing = try active(stored, for: .compute) { outgoing.contains($0) }
        loaded.protection = try active(stored, for: .decrypt) { $0 == names.change?.protection }
        keys.replace(by: loaded, since: changes)
    }

    private func active(
        _ stored: [StoredKey],
        for purpose: KeyMode.Purpose,
        _ isMeant: (KeyName) -> Bool
    ) throws -> Key? {
        try stored.first { $0.state == .active && isMeant($0.name) }?.key(for: purpose, in: vault)
    }
}

extension NetworkProfile {
    /// Whether each key is there and for what it is named for. A working key that the network can send may be missing.
    fileprivate func check(_ stored: [StoredKey]) throws {
        guard let keys else { return }
        for working in keys.working {
            let usage: KeyUsage =
                switch working.purpose {
                case .mac: MessageSeal(dialect)?.usage ?? .macAlgorithm3
                case .pin: .pinEncryption
                }
            let terms = KeyTerms(usage: usage, direction: working.direction, owner: .network(name))
            let found = stored.filter { $0.name == working.name }
            guard found.allSatisfy({ $0.terms == terms }) else {
                throw Settings.Problem(
                    description:
                        "key \(working.name) is not of network \(name) with usage \(usage.rawValue) and direction "
                        + working.direction.name
                )
            }
            if keys.change == nil { try require(working.name, found) }
        }
        guard let protection = keys.change?.protection else { return }
        let found = stored.filter { $0.name == protection }
        try require(protection, found)
        guard found.allSatisfy({ $0.terms.usage == .keyEncryption || $0.terms.usage == .keyBlockProtection }) else {
            throw Settings.Problem(description: "key \(protection) has to have usage K0 or K1 to protect others")
        }
    }

    private func require(_ key: KeyName, _ found: [StoredKey]) throws {
        guard found.contains(where: { $0.state == .active }) else {
            throw Settings.Problem(
                description: "network \(name): key \(key) has no active version: see `aval keys list`"
            )
        }
    }
}

import AuthorizationEngine
import CardCryptography
import CardNetwork
import Logging
import ServiceLifecycle

/// A network, ready to be served.
struct ServedNetwork: Sendable {
    let definition: NetworkDefinition
    let server: NetworkServer
    let metrics: NetworkMetrics
}

/// What each network's gateway stands on.
struct GatewayParts {
    let engine: AuthorizationEngine
    let stores: Stores
    let keys: KeyFiles
    let vault: PANVault
    let networkKeys: KeyService
    let verifier: CardVerifier
    let issuers: KnownIssuers

    func network(_ definition: NetworkDefinition, logger: Logger) -> ServedNetwork {
        let metrics = NetworkMetrics(network: definition.profile.name, dialect: definition.profile.dialect)
        let gateway = NetworkGateway(
            profile: definition.profile,
            engine: engine,
            directory: stores.cache ?? stores.directory,
            vault: vault,
            fingerprintKey: keys.requestFingerprint,
            metrics: metrics,
            log: stores.messages,
            keys: networkKeys.keys(of: definition.profile.name),
            verifier: verifier,
            issuers: issuers,
            merchants: stores.sharedMerchants ?? stores.merchants,
            logger: logger
        )
        let server = NetworkServer(definition.server, gateway: gateway)
        return ServedNetwork(definition: definition, server: server, metrics: metrics)
    }
}

/// The ISO 8583 door of all networks, open until the group stops, and then until every answer has left.
struct NetworkService: Service {
    let networks: [ServedNetwork]

    func run() async throws {
        for network in networks { try await start(network) }
        try? await gracefulShutdown()
        await withTaskGroup(of: Void.self) { group in
            for network in networks { group.addTask { await network.server.drain() } }
        }
    }

    private func start(_ network: ServedNetwork) async throws {
        let setting = network.definition.setting
        let name = setting.key == Setting.networkFile.key ? "\(network.definition.profile.name) " : ""
        do {
            let ports = try await network.server.start()
            for (endpoint, port) in zip(network.definition.server.listeners, ports) {
                announce("ISO 8583   \(name)\(endpoint.host):\(port)")
            }
            for endpoint in network.definition.server.connectors { announce("ISO 8583   \(name)to \(endpoint)") }
        } catch let problem as NetworkServer.Problem {
            throw Settings.Problem(
                description: "\(problem.endpoint) (\(setting.variable)) cannot be served: \(problem.reason)"
            )
        }
    }
}

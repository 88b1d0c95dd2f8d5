import CardNetwork
import ServiceLifecycle
import Synchronization

/// Requests that a stop left without an answer.
final class Unanswered: Sendable {
    private let total = Mutex(0)

    var count: Int { total.withLock { $0 } }

    func add(_ count: Int) { total.withLock { $0 += count } }
}

/// A network, ready to be served.
struct ServedNetwork: Sendable {
    let definition: NetworkDefinition
    let server: NetworkServer
    let metrics: NetworkMetrics
}

/// The ISO 8583 door of all networks, open until the group stops.
struct NetworkService: Service {
    let networks: [ServedNetwork]
    let stopTimeout: Duration
    let unanswered: Unanswered

    func run() async throws {
        for network in networks { try await start(network) }
        try? await gracefulShutdown()
        await withTaskGroup(of: Int.self) { group in
            for network in networks { group.addTask { await network.server.drain(within: stopTimeout) } }
            for await count in group { unanswered.add(count) }
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

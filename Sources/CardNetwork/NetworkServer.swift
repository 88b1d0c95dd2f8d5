import Dispatch
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// All connections of one network: those that it makes to us, and those that we make to it.
package final class NetworkServer: Sendable {
    package struct Settings: Sendable {
        /// Where the network connects to us.
        package var listeners: [NetworkEndpoint] = []
        /// Where we connect to the network: one connection each.
        package var connectors: [NetworkEndpoint] = []
        /// Accepted connections at once; more are closed at once.
        package var connectionLimit = 256
        package var reconnection = Backoff()
        package var rules: SessionRules

        package init(rules: SessionRules) { self.rules = rules }
    }

    /// A listener that cannot be opened.
    package struct Problem: Error, CustomStringConvertible {
        package var endpoint: NetworkEndpoint
        package var reason: String

        package var description: String { "\(endpoint) cannot be listened on: \(reason)" }
    }

    struct Connection: Sendable {
        var session: NIOLoopBound<NetworkSession>
        var eventLoop: any EventLoop
        var isAccepted: Bool
    }

    private struct State {
        var listeners: [any Channel] = []
        var connectors: [NetworkConnector] = []
        var connections: [ObjectIdentifier: Connection] = [:]
        var isDraining = false
        /// Resumed when the last connection is gone.
        var drainings: [CheckedContinuation<Void, Never>] = []

        var acceptedCount: Int { connections.values.count { $0.isAccepted } }
    }

    private let settings: Settings
    private let gateway: NetworkGateway
    private let counts: NetworkMetrics.Table
    private let state = Mutex(State())

    package init(_ settings: Settings, gateway: NetworkGateway) {
        self.settings = settings
        self.gateway = gateway
        counts = gateway.metrics.table()
    }

    /// Starts listening and connecting.
    ///
    /// - Returns: the listeners' ports.
    /// - Throws: ``Problem`` for the first listener that cannot be opened; the others are closed again.
    package func start() async throws -> [Int] {
        var ports: [Int] = []
        for endpoint in settings.listeners {
            do {
                let listener = try await listen(on: endpoint)
                state.withLock { $0.listeners.append(listener) }
                ports.append(listener.localAddress?.port ?? endpoint.port)
            } catch {
                await closeListeners()
                throw Problem(endpoint: endpoint, reason: reasonInWords(error))
            }
        }
        for endpoint in settings.connectors {
            let connector = NetworkConnector(
                endpoint,
                backoff: settings.reconnection,
                counts: counts,
                logger: gateway.logger
            ) { [self] channel, onClose in
                try addSession(to: channel, rules: settings.rules, endpoint, isAccepted: false, onClose)
            }
            state.withLock { $0.connectors.append(connector) }
            connector.dial()
        }
        return ports
    }

    /// Takes no new connections and requests, and waits until every answer has left, also in a task that is cancelled.
    package func drain() async {
        let connectors = state.withLock { state in
            state.isDraining = true
            return state.connectors
        }
        for connector in connectors { connector.stop() }
        await closeListeners()
        for connection in connections {
            connection.eventLoop.execute { connection.session.value.drain() }
        }
        await withCheckedContinuation { draining in
            state.withLock { $0.drainings.append(draining) }
            resumeIfDrained()
        }
    }

    /// Those that are there now.
    var connections: [Connection] { state.withLock { Array($0.connections.values) } }

    private func resumeIfDrained() {
        let drainings = state.withLock { state in
            guard state.connections.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.drainings = [] }
            return state.drainings
        }
        for draining in drainings { draining.resume() }
    }

    /// Network, message type and trace number of each request that was taken and is not answered. Blocks its thread
    /// while event loops are asked, for at most half a second.
    package func unanswered() -> [String] {
        let found = Mutex<[String]>([])
        let asked = DispatchGroup()
        for connection in connections {
            asked.enter()
            connection.eventLoop.execute {
                found.withLock { $0 += connection.session.value.unanswered }
                asked.leave()
            }
        }
        _ = asked.wait(timeout: .now() + 0.5)
        return found.withLock { $0 }.sorted()
    }

    private func closeListeners() async {
        let listeners = state.withLock { state in
            defer { state.listeners = [] }
            return state.listeners
        }
        for listener in listeners { try? await listener.close() }
    }

    private func listen(on endpoint: NetworkEndpoint) async throws -> any Channel {
        // Only we sign on to a network that we connect to.
        var rules = settings.rules
        rules.signsOn = false
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            // TLS has its own way to end one direction.
            .childChannelOption(.allowRemoteHalfClosure, value: endpoint.tls == nil)
            .childChannelInitializer { [self, rules] channel in
                channel.eventLoop.makeCompletedFuture {
                    try endpoint.addServerHandler(to: channel)
                    try addSession(to: channel, rules: rules, endpoint, isAccepted: true) { _ in }
                }
            }
            .bind(host: endpoint.host, port: endpoint.port).get()
    }

    /// - Parameter onClose: called on the channel's event loop.
    /// - Throws: when the connection is not to be kept.
    private func addSession(
        to channel: any Channel,
        rules: SessionRules,
        _ endpoint: NetworkEndpoint,
        isAccepted: Bool,
        _ onClose: @escaping @Sendable (SessionState) -> Void
    ) throws {
        let key = ObjectIdentifier(channel)
        let session = NetworkSession(gateway: gateway, rules: rules, isEncrypted: endpoint.tls != nil) { [self] ended in
            state.withLock { $0.connections[key] = nil }
            onClose(ended)
            resumeIfDrained()
        }
        let connection = Connection(
            session: NIOLoopBound(session, eventLoop: channel.eventLoop),
            eventLoop: channel.eventLoop,
            isAccepted: isAccepted
        )
        let isTaken = state.withLock { state in
            guard !state.isDraining, !isAccepted || state.acceptedCount < settings.connectionLimit else { return false }
            state.connections[key] = connection
            return true
        }
        if isAccepted { counts.count(isTaken ? .accepted : .turnedAway) }
        guard isTaken else { throw ChannelError.outputClosed }
        try channel.pipeline.syncOperations.addHandler(session)
    }
}

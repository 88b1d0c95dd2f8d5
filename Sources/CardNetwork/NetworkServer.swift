import Dispatch
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Listens for connections of a network.
package final class NetworkServer: Sendable {
    package struct Settings: Sendable {
        package var host: String
        /// 0 takes a free one.
        package var port: Int
        /// Connections at once; more are closed at once.
        package var connectionLimit = 256

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    private struct Connection: Sendable {
        var session: NIOLoopBound<NetworkSession>
        var eventLoop: any EventLoop
    }

    private struct State {
        var listener: (any Channel)?
        var connections: [ObjectIdentifier: Connection] = [:]
    }

    private let settings: Settings
    private let gateway: NetworkGateway
    private let state = Mutex(State())

    package init(_ settings: Settings, gateway: NetworkGateway) {
        self.settings = settings
        self.gateway = gateway
    }

    /// Starts listening; returns the port.
    package func start() async throws -> Int {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try accept(channel) }
            }
            .bind(host: settings.host, port: settings.port).get()
        state.withLock { $0.listener = listener }
        return listener.localAddress?.port ?? settings.port
    }

    /// Takes no new connections and requests, and waits until every answer has left.
    package func drain() async {
        try? await state.withLock { $0.listener }?.close()
        for connection in state.withLock({ $0.connections }).values {
            connection.eventLoop.execute { connection.session.value.drain() }
        }
        while state.withLock({ !$0.connections.isEmpty }) { try? await Task.sleep(for: .milliseconds(5)) }
    }

    /// Network, message type and trace number of each request that was taken and is not answered. Blocks its thread
    /// while event loops are asked, for at most half a second.
    package func unanswered() -> [String] {
        let found = Mutex<[String]>([])
        let asked = DispatchGroup()
        for connection in state.withLock({ $0.connections }).values {
            asked.enter()
            connection.eventLoop.execute {
                found.withLock { $0 += connection.session.value.unanswered }
                asked.leave()
            }
        }
        _ = asked.wait(timeout: .now() + 0.5)
        return found.withLock { $0 }.sorted()
    }

    private func accept(_ channel: any Channel) throws {
        let key = ObjectIdentifier(channel)
        let session = NetworkSession(gateway: gateway) { [self] in
            state.withLock { $0.connections[key] = nil }
        }
        let bound = NIOLoopBound(session, eventLoop: channel.eventLoop)
        let isTaken = state.withLock { state in
            guard state.connections.count < settings.connectionLimit else { return false }
            state.connections[key] = Connection(session: bound, eventLoop: channel.eventLoop)
            return true
        }
        guard isTaken else { throw ChannelError.outputClosed }
        try channel.pipeline.syncOperations.addHandler(session)
    }
}

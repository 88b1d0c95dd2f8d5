import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Keeps one connection to a network: dials, waits until it ends, and dials again, for ever.
final class NetworkConnector: Sendable {
    private struct State {
        var backoff: Backoff
        var wasConnected = false
        /// Whether no connection has been of use since the last one that was.
        var isFailing = false
        var isStopped = false
    }

    private let endpoint: NetworkEndpoint
    private let counts: NetworkMetrics.Table
    private let logger: Logger
    private let state: Mutex<State>
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    /// Puts a session into a new connection's channel; called on its event loop. The session says at its end what it
    /// was.
    private let addSession: @Sendable (any Channel, @escaping @Sendable (SessionState) -> Void) throws -> Void

    init(
        _ endpoint: NetworkEndpoint,
        backoff: Backoff,
        counts: NetworkMetrics.Table,
        logger: Logger,
        addSession: @escaping @Sendable (any Channel, @escaping @Sendable (SessionState) -> Void) throws -> Void
    ) {
        self.endpoint = endpoint
        self.counts = counts
        self.logger = logger
        self.addSession = addSession
        state = Mutex(State(backoff: backoff))
    }

    func dial() {
        guard !state.withLock({ $0.isStopped }) else { return }
        let connection = ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(5))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            // TLS has its own way to end one direction.
            .channelOption(.allowRemoteHalfClosure, value: endpoint.tls == nil)
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try endpoint.addClientHandler(to: channel)
                    try addSession(channel) { [self] ended in sessionEnded(ended) }
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
        connection.whenComplete { [self] result in
            switch result {
            case .success(let channel):
                countConnected()
                channel.closeFuture.whenComplete { [self] _ in redial() }
            case .failure(let error):
                counts.count(.connectFailed)
                logFailure(error)
                redial()
            }
        }
    }

    /// Dials no more; the connection is its session's to close.
    func stop() { state.withLock { $0.isStopped = true } }

    private func countConnected() {
        let wasConnected = state.withLock { state in
            defer { state.wasConnected = true }
            return state.wasConnected
        }
        counts.count(wasConnected ? .reconnected : .connected)
    }

    /// Something that refuses us, says nothing or breaks at once is not dialled faster for it.
    private func sessionEnded(_ ended: SessionState) {
        state.withLock { state in
            guard ended.hasServed(until: .now, atLeast: state.backoff.longest) else { return }
            state.backoff.reset()
            state.isFailing = false
        }
    }

    /// What fails again and again is worth one notice.
    private func logFailure(_ error: any Error) {
        let isFirst = state.withLock { state in
            defer { state.isFailing = true }
            return !state.isFailing
        }
        logger.log(
            level: isFirst ? .notice : .info,
            "a network cannot be reached",
            metadata: ["endpoint": "\(endpoint)", "problem": "\(error)"]
        )
    }

    private func redial() {
        let wait = state.withLock { $0.isStopped ? nil : $0.backoff.next(.random(in: 0...1)) }
        guard let wait else { return }
        eventLoop.scheduleTask(in: TimeAmount(wait)) { self.dial() }
    }
}

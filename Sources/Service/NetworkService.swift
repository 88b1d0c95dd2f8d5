import CardNetwork
import ServiceLifecycle
import Synchronization

/// Requests that a stop left without an answer.
final class Unanswered: Sendable {
    private let total = Mutex(0)

    var count: Int { total.withLock { $0 } }

    func add(_ count: Int) { total.withLock { $0 += count } }
}

/// The ISO 8583 door, open until the group stops.
struct NetworkService: Service {
    let server: NetworkServer
    let host: String
    let stopTimeout: Duration
    let unanswered: Unanswered

    func run() async throws {
        let port = try await server.start()
        announce("ISO 8583   \(host):\(port)")
        try? await gracefulShutdown()
        unanswered.add(await server.drain(within: stopTimeout))
    }
}

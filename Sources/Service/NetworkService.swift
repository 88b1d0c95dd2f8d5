import CardNetwork
import ServiceLifecycle

/// The ISO 8583 door, open until the group stops, and then until every answer has left.
struct NetworkService: Service {
    let server: NetworkServer
    let host: String

    func run() async throws {
        let port = try await server.start()
        announce("ISO 8583   \(host):\(port)")
        try? await gracefulShutdown()
        await server.drain()
    }
}

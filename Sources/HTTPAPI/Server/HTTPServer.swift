import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// Bounds on connections.
package struct HTTPLimits: Sendable {
    /// Connections beyond it wait to be accepted.
    package var maxConnections: Int
    /// From a connection's first moment to the head of its first request, and from each head to the end of its body.
    package var requestReadTimeout: Duration
    /// From an answer to the next request's head.
    package var idleTimeout: Duration
    /// Bytes of all header fields of a request.
    package var maxHeaderBytes: Int

    package init(
        maxConnections: Int = 1_024,
        requestReadTimeout: Duration = .seconds(10),
        idleTimeout: Duration = .seconds(60),
        maxHeaderBytes: Int = 16_384
    ) {
        self.maxConnections = maxConnections
        self.requestReadTimeout = requestReadTimeout
        self.idleTimeout = idleTimeout
        self.maxHeaderBytes = maxHeaderBytes
    }
}

package struct HTTPServerConfiguration: Sendable {
    package var host: String
    /// 0 lets the operating system choose.
    package var port: Int
    package var limits: HTTPLimits

    package init(host: String = "127.0.0.1", port: Int = 8080, limits: HTTPLimits = HTTPLimits()) {
        self.host = host
        self.port = port
        self.limits = limits
    }
}

/// Serves HTTP until its task is cancelled or a graceful shutdown is asked for; requests in work are answered first.
package struct HTTPServer: Service {
    private let application: Application<RouterResponder<APIContext>>

    /// - Parameter onListening: called with the port once requests are taken.
    package init(
        _ configuration: HTTPServerConfiguration,
        _ services: HTTPServices,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        let channel = Self.channel(configuration.limits, services.logger)
        let server = HTTPServerBuilder.http1(configuration: channel)
        application = Self.application(httpRouter(services), server, configuration, services.logger, onListening)
    }

    /// The vault's listener.
    ///
    /// - Parameter tls: nil where nobody else can reach it.
    /// - Throws: when the certificate does not go with the key.
    package init(
        _ configuration: HTTPServerConfiguration,
        _ services: VaultServices,
        tls: TLSConfiguration?,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws {
        var server = HTTPServerBuilder.http1(configuration: Self.channel(configuration.limits, services.logger))
        if let tls { server = try .tls(server, tlsConfiguration: tls) }
        let router = VaultRoutes(services: services).router()
        application = Self.application(router, server, configuration, services.logger, onListening)
    }

    private static func channel(_ limits: HTTPLimits, _ logger: Logger) -> HTTP1Channel.Configuration {
        var channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ReadDeadlineHandler(
                    request: TimeAmount(limits.requestReadTimeout),
                    idle: TimeAmount(limits.idleTimeout),
                    logger: logger
                ),
                DeliveryHandler(),
            ],
            idleTimeout: TimeAmount(limits.idleTimeout)
        )
        channel.httpDecoder = .init(
            maxHeaderFieldSize: limits.maxHeaderBytes,
            maxHeaderListSize: limits.maxHeaderBytes,
            maxHeaderFieldCount: 100
        )
        return channel
    }

    private static func application(
        _ router: Router<APIContext>,
        _ server: HTTPServerBuilder,
        _ configuration: HTTPServerConfiguration,
        _ logger: Logger,
        _ onListening: @escaping @Sendable (_ port: Int) async -> Void
    ) -> Application<RouterResponder<APIContext>> {
        Application(
            router: router,
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: .maximum(configuration.limits.maxConnections, logger: logger)
            ),
            onServerRunning: { await onListening($0.localAddress?.port ?? configuration.port) },
            logger: logger
        )
    }

    package func run() async throws {
        try await application.run()
    }
}

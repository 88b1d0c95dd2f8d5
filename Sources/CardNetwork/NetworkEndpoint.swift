import NIOCore
import NIOSSL

/// Where a network connects to us, or we to it.
package struct NetworkEndpoint: Sendable, CustomStringConvertible {
    package struct TLS: Sendable {
        /// Certificates, keys and versions.
        package var context: NIOSSLContext
        /// The name that the certificate of whom we connect to must be for, unless it is for their address; nil: the
        /// host.
        package var serverName: String?

        package init(_ context: NIOSSLContext, serverName: String? = nil) {
            self.context = context
            self.serverName = serverName
        }
    }

    package var host: String
    /// 0, to listen on only, takes a free one.
    package var port: Int
    /// Nil for plain TCP.
    package var tls: TLS?

    package init(host: String, port: Int, tls: TLS? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
    }

    package var description: String { "\(host):\(port)" }

    /// Whether it is an IP address, and so no name that a TLS connection can ask for.
    package static func isAddress(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

    /// What encrypts a connection that we accepted.
    func addServerHandler(to channel: any Channel) throws {
        guard let tls else { return }
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls.context))
    }

    /// What encrypts a connection that we made. The certificate is held against the name, or against the address where
    /// the host is one (RFC 6066, section 3: addresses are no server names).
    func addClientHandler(to channel: any Channel) throws {
        guard let tls else { return }
        let name = tls.serverName ?? (Self.isAddress(host) ? nil : host)
        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls.context, serverHostname: name))
    }
}

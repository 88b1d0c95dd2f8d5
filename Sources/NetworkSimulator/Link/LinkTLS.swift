import NIOSSL

/// What encrypts a link.
package struct LinkTLS: Sendable {
    package var context: NIOSSLContext
    /// The name that the issuer's certificate must be for; nil: the host, or the address where the host is one.
    package var serverName: String?

    package init(_ context: NIOSSLContext, serverName: String? = nil) {
        self.context = context
        self.serverName = serverName
    }
}

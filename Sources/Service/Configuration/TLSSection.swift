import CardNetwork
import Foundation
import NIOSSL
import YAMLFiles

/// The part of the networks' file that says how a connection is encrypted. Files are PEM. What is wrong with one is
/// reported at its key.
struct TLSSection {
    let section: Section

    /// Of a listener: `certificate` and `key`; and `roots`, unless `client_certificate` is `not_asked`.
    func listenerTLS() -> NetworkEndpoint.TLS? {
        section.allow(["certificate", "key", "roots", "client_certificate"])
        var isAsked = true
        section.set(&isAsked, "client_certificate") {
            section.choice($0, among: [("required", true), ("not_asked", false)])
        }
        let chain = certificates("certificate")
        let key = privateKey()
        let roots = isAsked || section.has("roots") ? certificates("roots") : []
        guard let chain, let key, let roots else { return nil }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.certificateVerification = isAsked ? .noHostnameVerification : .none
        configuration.trustRoots = .certificates(roots)
        return tls(configuration, serverName: nil)
    }

    /// Of a connector: `roots`, or the system's; `certificate` and `key` where the network wants them; `server_name`
    /// where its certificate is for another name than the host.
    func connectorTLS() -> NetworkEndpoint.TLS? {
        section.allow(["certificate", "key", "roots", "server_name"])
        var configuration = TLSConfiguration.makeClientConfiguration()
        var serverName: String?
        section.set(&serverName, "server_name") { section.text($0) }
        if let serverName, NetworkEndpoint.isAddress(serverName) {
            section.problem("server_name", "\(serverName) is an address; a name is expected")
        }
        if section.has("roots") {
            guard let roots = certificates("roots") else { return nil }
            configuration.trustRoots = .certificates(roots)
        }
        if section.has("certificate") || section.has("key") {
            let chain = certificates("certificate")
            guard let key = privateKey(), let chain else { return nil }
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(key)
        }
        return tls(configuration, serverName: serverName)
    }

    private func tls(_ configuration: TLSConfiguration, serverName: String?) -> NetworkEndpoint.TLS? {
        var configuration = configuration
        configuration.minimumTLSVersion = .tlsv12
        do {
            return NetworkEndpoint.TLS(try NIOSSLContext(configuration: configuration), serverName: serverName)
        } catch {
            section.problem("key", "does not go with the certificate: \(error)")
            return nil
        }
    }

    private func certificates(_ key: String) -> [NIOSSLCertificate]? {
        guard let path = section.text(key, expected: "the path of a PEM file") else { return nil }
        guard let content = FileManager.default.contents(atPath: path) else {
            section.problem(key, "\(path) cannot be read")
            return nil
        }
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(Array(content)), !certificates.isEmpty else {
            section.problem(key, "\(path) holds no certificate in PEM")
            return nil
        }
        return certificates
    }

    private func privateKey() -> NIOSSLPrivateKey? {
        guard let path = section.text("key", expected: "the path of a PEM file") else { return nil }
        switch PrivateFile.read(path) {
        case .unreadable: section.problem("key", "\(path) cannot be read")
        case .readableByOthers: section.problem("key", "\(path) may be read by others: `chmod 600 \(path)`")
        case .content(var content):
            var bytes = Array(content)
            defer {
                content.resetBytes(in: 0..<content.count)
                for index in bytes.indices { bytes[index] = 0 }
            }
            if let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) { return key }
            section.problem("key", "\(path) holds no private key in PEM without a passphrase")
        }
        return nil
    }
}

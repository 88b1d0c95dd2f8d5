import AuthorizationEngine
import CardCryptography
import Foundation
import HTTPAPI
import Logging
import NIOSSL

/// The vault's listener as the settings want it.
struct VaultDoor {
    /// Pages' origins, by far more than one installation has.
    private static let largestOriginCount = 20

    private let settings: Settings
    private let store: any RevealStore
    private let vault: PANVault
    /// Nil where no program has keys.
    private let cardCodes: CardCodes?
    private let logger: Logger

    init(
        _ settings: Settings,
        _ store: any RevealStore,
        _ vault: PANVault,
        _ cardCodes: CardCodes?,
        logger: Logger
    ) {
        self.settings = settings
        self.store = store
        self.vault = vault
        self.cardCodes = cardCodes
        self.logger = logger
    }

    /// Nil when none is wanted.
    func door() throws -> Door<HTTPServer>? {
        guard settings.raw(.vaultPort).value != nil else { return nil }
        let (host, port) = (try settings.text(.vaultHost), try settings.number(.vaultPort))
        let tls = try tls()
        guard tls != nil || ["127.0.0.1", "::1", "localhost"].contains(host) else {
            throw problem(.vaultHost, "\(host) is not this machine alone: set \(Setting.vaultCertificate.variable)")
        }
        let services = VaultServices(
            store: store,
            vault: vault,
            origins: try origins(),
            logger: logger,
            cardCodes: cardCodes,
            proxies: try settings.trustedProxies()
        )
        let configuration = HTTPServerConfiguration(host: host, port: port)
        let server = try HTTPServer(configuration, services, tls: tls) { port in
            announce("vault      \(tls == nil ? "http" : "https")://\(host):\(port)")
        }
        return Door(inner: server, host: host, port: .vaultPort, number: port)
    }

    private func origins() throws -> [WebOrigin] {
        let texts = (settings.raw(.vaultOrigins).value ?? "").split(separator: ",")
        guard texts.count <= Self.largestOriginCount else {
            throw problem(.vaultOrigins, "more than \(Self.largestOriginCount) origins")
        }
        return try texts.map { text in
            guard let origin = WebOrigin(text.trimmingCharacters(in: .whitespaces)) else {
                throw problem(.vaultOrigins, "\(text) is no origin such as https://app.example")
            }
            return origin
        }
    }

    /// Nil without a certificate.
    private func tls() throws -> TLSConfiguration? {
        guard let path = settings.raw(.vaultCertificate).value else { return nil }
        guard let chain = try? NIOSSLCertificate.fromPEMFile(path), !chain.isEmpty else {
            throw problem(.vaultCertificate, "\(path) holds no certificate in PEM")
        }
        let keyPath = try settings.text(.vaultKey)
        guard case .content(let content) = PrivateFile.read(keyPath),
            let key = try? NIOSSLPrivateKey(bytes: Array(content), format: .pem)
        else { throw problem(.vaultKey, "\(keyPath) holds no private key in PEM, or may be read by others") }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }

    private func problem(_ setting: Setting, _ text: String) -> Settings.Problem {
        Settings.Problem(description: "\(setting.variable): \(text)")
    }
}

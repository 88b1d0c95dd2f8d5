import AuthorizationEngine
import CardCryptography
import Foundation
import HTTPAPI
import Logging
import NIOSSL

/// The vault's listener as the settings want it.
struct VaultDoor {
    private let settings: Settings
    private let store: any RevealStore
    private let vault: PANVault
    private let cardCodes: CardCodes
    private let logger: Logger

    init(
        _ settings: Settings,
        _ store: any RevealStore,
        _ vault: PANVault,
        _ cardCodes: CardCodes,
        logger: Logger
    ) {
        self.settings = settings
        self.store = store
        self.vault = vault
        self.cardCodes = cardCodes
        self.logger = logger
    }

    /// What is wrong with its settings.
    static func check(_ settings: Settings) throws { _ = try VaultListener(settings) }

    /// Nil when none is wanted.
    func door() throws -> Door<HTTPServer>? {
        guard let listener = try VaultListener(settings) else { return nil }
        let (host, port, tls) = (listener.host, listener.port, listener.tls)
        let services = VaultServices(
            store: store,
            vault: vault,
            origins: listener.origins,
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
}

/// Where the vault listens, and to whom: the settings of its door, of which each is right.
private struct VaultListener {
    /// Pages' origins, by far more than one installation has.
    private static let largestOriginCount = 20

    let host: String
    let port: Int
    /// Nil without a certificate.
    let tls: TLSConfiguration?
    let origins: [WebOrigin]

    /// Nil when none is wanted.
    init?(_ settings: Settings) throws {
        guard settings.raw(.vaultPort).value != nil else { return nil }
        (host, port) = (try settings.text(.vaultHost), try settings.number(.vaultPort))
        tls = try Self.tls(settings)
        guard tls != nil || ["127.0.0.1", "::1", "localhost"].contains(host) else {
            throw Self.problem(
                .vaultHost,
                "\(host) is not this machine alone: set \(Setting.vaultCertificate.variable)"
            )
        }
        origins = try Self.origins(settings)
    }

    private static func origins(_ settings: Settings) throws -> [WebOrigin] {
        let texts = (settings.raw(.vaultOrigins).value ?? "").split(separator: ",")
        guard texts.count <= largestOriginCount else {
            throw problem(.vaultOrigins, "more than \(largestOriginCount) origins")
        }
        return try texts.map { text in
            guard let origin = WebOrigin(text.trimmingCharacters(in: .whitespaces)) else {
                throw problem(.vaultOrigins, "\(text) is no origin such as https://app.example")
            }
            return origin
        }
    }

    private static func tls(_ settings: Settings) throws -> TLSConfiguration? {
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

    private static func problem(_ setting: Setting, _ text: String) -> Settings.Problem {
        Settings.Problem(description: "\(setting.variable): \(text)")
    }
}

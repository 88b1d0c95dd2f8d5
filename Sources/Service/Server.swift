import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import CardNetwork
import Foundation
import HTTPAPI
import Logging
import PostgresLedger
import RedisCache
import ServiceLifecycle
import UnixSignals

/// The composition root: everything that serves, wired together.
struct Server {
    private let settings: Settings
    private let logger: Logger

    init(_ settings: Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Serves until SIGINT or SIGTERM, then finishes what is under way: when it returns, nothing that was taken is
    /// without an answer.
    func run() async throws {
        let url = try settings.text(.databaseURL)
        let timeout = try settings.milliseconds(.databaseTimeout)
        let definitions = try definitions()
        try checkStored(PostgresConnection(url: url, timeout: timeout))
        let master = try settings.masterKey()
        let keys = try KeyFiles(directory: try settings.text(.keysDirectory), under: master)
        let vaultStore = PostgresVaultStore(url: url, timeout: timeout)
        let vault = try await VaultService(vaultStore, keys, logger: logger)
        let calendar = BusinessCalendar()

        let lanes = LaneThreads(
            count: try settings.number(.lanes),
            url: url,
            timeout: timeout,
            calendar: calendar,
            logger: logger
        )
        let engine = AuthorizationEngine(inboxes: lanes.inboxes)
        let directory = PostgresDirectory(url: url, timeout: timeout)
        let reader = PostgresReader(url: url, timeout: timeout, directory: directory)
        let programs = PostgresProgramStore(url: url, timeout: timeout)
        let cache = try cache(before: directory, keys)
        let rates = try rateLimiter()
        let messages = try messageWriter(url, timeout)
        let networkKeys = try keyService(definitions, url, timeout, master)
        let profiles = PostgresCardProfiles(url: url, timeout: timeout)
        let verifier = networkKeys.map {
            CardVerifier(module: $0.ofCards.module, keys: $0.ofCards.held, profiles: profiles, vault: vault.vault)
        }
        let issuers = IssuerService(reader: reader, logger: logger)
        let networks = networks(
            definitions,
            engine,
            cache ?? directory,
            keys,
            vault.vault,
            messages,
            networkKeys,
            verifier,
            issuers.issuers
        )
        let files = FileService(networks, PostgresFileStore(url: url, timeout: timeout), vault.vault, logger: logger)
        let transfers = TransferService(PostgresTransferStore(url: url, timeout: timeout), engine, logger: logger)
        let figures = FigureService(reader: reader, logger: logger)
        let holds = PostgresPendingHoldStore(url: url, timeout: timeout)
        let expirer = HoldExpirer(try settings.holdLifetimes(), engine: engine, store: holds, logger: logger)
        let inFlight = RequestsInFlight()
        let pins = networkKeys.map { PINModule(module: $0.ofCards.module, keys: $0.ofCards.held, vault: vault.vault) }
        let codes = networkKeys.map {
            CardCodes(module: $0.ofCards.module, keys: $0.ofCards.held, profiles: profiles)
        }
        let http = try http(
            engine, reader, programs, keys, vault.vault, vaultStore, calendar, inFlight, pins, codes, rates
        ) {
            NetworkMetrics.text(of: networks.map(\.metrics)) + lanes.metrics.text(waiting: engine.waitingCount)
                + (cache?.metrics.text ?? "") + (messages?.text ?? "") + figures.text + expirer.text
        }
        let unansweredStore = PostgresUnansweredStore(url: url, timeout: timeout)
        let sweeper = AnswerSweeper(
            boot: lanes.boot,
            engine: engine,
            answers: lanes.answers,
            store: unansweredStore,
            logger: logger
        )
        // Stopped in the opposite order: the doors first, then the lanes behind them.
        var services = [
            NamedService("figures", figures), NamedService("issuers", issuers), NamedService("vault keys", vault),
        ]
        if let networkKeys { services.append(NamedService("keys", networkKeys)) }
        let vaultDoor = try VaultDoor(settings, vaultStore, vault.vault, codes, logger: logger).door()
        services += [
            NamedService("answers", AnswerService(sweeper: sweeper)),
            NamedService("lanes", LaneService(lanes: lanes, engine: engine)),
            NamedService("hold expiry", ExpiryService(expirer: expirer)),
            NamedService("file updates", files),
            NamedService("transfers", transfers),
            NamedService("doors", try doors(networks, http, vaultDoor)),
            NamedService(
                "stop watchdog",
                StopWatchdog(limit: try settings.milliseconds(.stopTimeout)) {
                    networks.flatMap { $0.server.unanswered() }.map { "network \($0)" }
                        + inFlight.descriptions.map { "HTTP \($0)" } + engine.unanswered.map { "lane \($0)" }
                }
            ),
        ]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
                gracefulShutdownSignals: [.sigint, .sigterm],
                logger: logger
            )
        )
        try await sweeper.announce()
        try await files.register()
        try await networkKeys?.load()
        await issuers.read()
        try await group.run()
        files.close()
        holds.close()
        transfers.close()
        vault.close()
        networkKeys?.close()
        profiles.close()
        unansweredStore.close()
        reader.close()
        programs.close()
        cache?.close()
        rates?.close()
        messages?.close()
        directory.close()
    }

    private func definitions() throws -> [NetworkDefinition] {
        let (networks, environment) = (try settings.networks(), try settings.deployment())
        if let problem = try settings.timeProblem(networks) ?? environment.problem(networks.map(\.profile)) {
            throw Settings.Problem(description: problem)
        }
        return networks
    }

    /// The schema, and the keys that this environment must not have.
    private func checkStored(_ connection: PostgresConnection) throws {
        try Migrator.checkVersion(connection)
        if let problem = try settings.deployment().problem(Administration(connection).keys()) {
            throw Settings.Problem(description: problem)
        }
    }

    /// Nil when no messages are kept.
    private func messageWriter(_ url: String, _ timeout: Duration) throws -> MessageWriter? {
        guard try settings.number(.messageDays) > 0 else { return nil }
        return MessageWriter(url: url, timeout: timeout, logger: logger)
    }

    /// Nil when no network has keys, and no program can.
    private func keyService(
        _ definitions: [NetworkDefinition],
        _ url: String,
        _ timeout: Duration,
        _ master: (any KeyWrapping)?
    ) throws -> KeyService? {
        let directory = try settings.text(.keysDirectory)
        let isNeeded = definitions.contains { $0.profile.keys != nil }
        guard isNeeded || KeyFiles.hasKeyVault(directory: directory) else { return nil }
        let vault = try KeyFiles.keyVault(directory: directory, under: master)
        let environment = try settings.deployment()
        return KeyService(definitions, environment, url: url, timeout: timeout, vault: vault, logger: logger)
    }

    private func doors(
        _ networks: [ServedNetwork],
        _ http: HTTPServer,
        _ vault: Door<HTTPServer>?
    ) throws -> Together {
        Together(
            services: (vault.map { [$0] } ?? []) + [
                NetworkService(networks: networks),
                Door(
                    inner: http,
                    host: try settings.text(.httpHost),
                    port: .httpPort,
                    number: try settings.number(.httpPort)
                ),
            ]
        )
    }

    /// Nil without a Redis: then every route is asked of the database.
    private func cache(before directory: PostgresDirectory, _ keys: KeyFiles) throws -> CachedDirectory? {
        try redisAddress().map {
            CachedDirectory($0, key: keys.cacheAuthentication, behind: directory, logger: logger)
        }
    }

    /// Nil without a Redis: then each process counts for itself.
    private func rateLimiter() throws -> RedisRateLimiter? {
        try redisAddress().map { RedisRateLimiter($0, logger: logger) }
    }

    private func redisAddress() throws -> RedisAddress? {
        guard let url = settings.raw(.redisURL).value else { return nil }
        do {
            return try RedisAddress(url: url)
        } catch {
            throw Settings.Problem(description: "\(Setting.redisURL.variable): \(error)")
        }
    }

    private func networks(
        _ definitions: [NetworkDefinition],
        _ engine: AuthorizationEngine,
        _ directory: any Directory,
        _ keys: KeyFiles,
        _ vault: PANVault,
        _ messages: MessageWriter?,
        _ networkKeys: KeyService?,
        _ verifier: CardVerifier?,
        _ issuers: KnownIssuers
    ) -> [ServedNetwork] {
        definitions.map { definition in
            let metrics = NetworkMetrics(network: definition.profile.name, dialect: definition.profile.dialect)
            let gateway = NetworkGateway(
                profile: definition.profile,
                engine: engine,
                directory: directory,
                vault: vault,
                fingerprintKey: keys.requestFingerprint,
                metrics: metrics,
                log: messages,
                keys: networkKeys?.keys(of: definition.profile.name),
                verifier: verifier,
                issuers: issuers,
                logger: logger
            )
            let server = NetworkServer(definition.server, gateway: gateway)
            return ServedNetwork(definition: definition, server: server, metrics: metrics)
        }
    }

    private func http(
        _ engine: AuthorizationEngine,
        _ reader: PostgresReader,
        _ programs: PostgresProgramStore,
        _ keys: KeyFiles,
        _ vault: PANVault,
        _ reveals: any RevealStore,
        _ calendar: BusinessCalendar,
        _ inFlight: RequestsInFlight,
        _ pins: PINModule?,
        _ cardCodes: CardCodes?,
        _ rates: RedisRateLimiter?,
        metricsText: @escaping @Sendable () -> String
    ) throws -> HTTPServer {
        let host = try settings.text(.httpHost)
        let document = FileManager.default.contents(atPath: try settings.text(.openAPIFile))
        let assets = try settings.text(.swaggerUIDirectory)
        let services = HTTPServices(
            engine: engine,
            reader: reader,
            programs: programs,
            vault: vault,
            reveals: reveals,
            revealsDirectly: try settings.text(.directReveal) == "on",
            fingerprintKey: keys.requestFingerprint,
            calendar: calendar,
            logger: logger,
            metricsText: metricsText,
            openAPIDocument: document.map { Array($0) },
            swaggerUIDirectory: FileManager.default.fileExists(atPath: assets) ? assets : nil,
            requestTimeout: try settings.milliseconds(.httpTimeout),
            inFlight: inFlight,
            pins: pins,
            cardCodes: cardCodes,
            rates: KeyRates(rates ?? LocalRateLimiter(), usual: try settings.usualRate()),
            proxies: try settings.trustedProxies()
        )
        let configuration = HTTPServerConfiguration(host: host, port: try settings.number(.httpPort))
        return HTTPServer(configuration, services) { port in
            announce("HTTP       http://\(host):\(port)")
            announce("Swagger UI http://\(host):\(port)/docs")
            announce("metrics    http://\(host):\(port)/metrics")
        }
    }
}

/// Says something to the person who started Aval.
func announce(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

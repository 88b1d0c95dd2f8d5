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
import Webhooks

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
        let stores = try Stores(settings, cacheKey: keys.cacheAuthentication, logger: logger)
        let vault = try await VaultService(stores.vault, keys, logger: logger)
        let calendar = BusinessCalendar()
        let lanes = LaneThreads(
            count: try settings.number(.lanes),
            url: url,
            timeout: timeout,
            calendar: calendar,
            logger: logger
        )
        let engine = AuthorizationEngine(inboxes: lanes.inboxes)
        let networkKeys = try keyService(definitions, url, timeout, master)
        let modules = CardModules(networkKeys.ofCards, from: networkKeys.cardSource, stores.profiles, vault.vault)
        let issuers = IssuerReading(reader: stores.reader, logger: logger)
        let gateways = GatewayParts(
            engine: engine,
            stores: stores,
            keys: keys,
            vault: vault.vault,
            networkKeys: networkKeys,
            verifier: modules.verifier,
            issuers: issuers.issuers
        )
        let networks = definitions.map { gateways.network($0, logger: logger) }
        let files = FileService(networks, stores.files, vault.vault, logger: logger)
        let figures = FigureReading(reader: stores.reader, logger: logger)
        let expirer = HoldExpirer(
            try settings.holdLifetimes(),
            engine: engine,
            store: stores.holds,
            logger: logger
        )
        let completer = TransferCompleter(engine: engine, store: stores.transfers, logger: logger)
        let batches = batches(engine, stores, vault.vault, calendar, modules.held)
        let webhookSender = WebhookClient(try settings.webhookAddresses())
        let courier = WebhookCourier(
            store: stores.webhooks,
            events: stores.webhookEvents,
            sender: webhookSender,
            vault: vault.vault,
            logger: logger,
            noticeDocument: { $0.document },
            document: { $0.document }
        )
        let sweeper = AnswerSweeper(
            boot: lanes.boot,
            engine: engine,
            answers: lanes.answers,
            store: stores.answers,
            logger: logger
        )
        let inFlight = RequestsInFlight()
        let http = try http(engine, expirer, stores, keys, vault.vault, calendar, inFlight, modules, webhookSender) {
            NetworkMetrics.text(of: networks.map(\.metrics)) + lanes.metrics.text(waiting: engine.waitingCount)
                + (stores.cache?.metrics.text ?? "") + (stores.messages?.text ?? "") + figures.text + expirer.text
                + completer.text + batches.text + courier.text + (stores.merchants?.text ?? "")
                + modules.verifier.metrics.text
        }
        let vaultDoor = try VaultDoor(settings, stores.vault, vault.vault, modules.codes, logger: logger).door()
        let watchdog = StopWatchdog(limit: try settings.milliseconds(.stopTimeout)) {
            networks.flatMap { $0.server.unanswered() }.map { "network \($0)" }
                + inFlight.descriptions.map { "HTTP \($0)" } + engine.unanswered.map { "lane \($0)" }
        }
        try await sweeper.announce()
        try await files.register()
        try await networkKeys.load()
        await issuers.read()
        // Stopped in the opposite order: the doors first, then the lanes behind them.
        try await serve([
            NamedService("figures", RepeatedService(every: .seconds(60)) { await figures.read() }),
            NamedService("issuers", RepeatedService(every: .seconds(5)) { await issuers.read() }),
            NamedService("vault keys", vault),
            NamedService("keys", networkKeys),
            NamedService("answers", AnswerService(sweeper: sweeper)),
            NamedService("lanes", LaneService(lanes: lanes, engine: engine)),
            NamedService("hold expiry", RepeatedService(every: .seconds(3_600)) { await expirer.walkThroughAll() }),
            NamedService(
                "hold expiry of sandboxes",
                RepeatedService(every: .seconds(3_600)) { await expirer.walkThroughSandboxes() }
            ),
            NamedService("file updates", files),
            // Long enough that a transfer whose second half is under way is seldom tried twice.
            NamedService("transfers", RepeatedService(every: .seconds(5)) { await completer.completeAll() }),
            NamedService("card batches", RepeatedService(every: .seconds(1)) { await batches.run() }),
            NamedService("webhooks", RepeatedService(every: .seconds(1)) { await courier.run() }),
            NamedService("webhook figures", RepeatedService(every: .seconds(15)) { await courier.readFigures() }),
            NamedService("doors", try doors(networks, http, vaultDoor)),
            NamedService("stop watchdog", watchdog),
        ])
        await networkKeys.close()
        stores.close()
    }

    private func serve(_ services: [NamedService]) async throws {
        let configurations = services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: configurations,
                gracefulShutdownSignals: [.sigint, .sigterm],
                logger: logger
            )
        ).run()
    }

    private func batches(
        _ engine: AuthorizationEngine,
        _ stores: Stores,
        _ vault: PANVault,
        _ calendar: BusinessCalendar,
        _ heldKeys: HeldKeys
    ) -> CardBatchRunner {
        CardBatchRunner(
            engine: engine,
            issuer: CardIssuer(engine: engine, vault: vault, calendar: calendar, keys: heldKeys),
            reader: stores.reader,
            store: stores.cardBatches,
            logger: logger
        )
    }

    private func definitions() throws -> [NetworkDefinition] {
        let (networks, environment) = (try settings.networks(), try settings.deployment())
        if let problem = try settings.timeProblem(networks) ?? environment.problem(networks.map(\.profile)) {
            throw Settings.Problem(description: problem)
        }
        return networks
    }

    /// The schema, what the role may do, and the keys that this environment must not have.
    private func checkStored(_ connection: PostgresConnection) throws {
        try Migrator.checkVersion(connection)
        try Migrator.checkServingRole(connection)
        if let problem = try settings.deployment().problem(Administration(connection).keys()) {
            throw Settings.Problem(description: problem)
        }
    }

    private func keyService(
        _ definitions: [NetworkDefinition],
        _ url: String,
        _ timeout: Duration,
        _ master: (any KeyWrapping)?
    ) throws -> KeyService {
        KeyService(
            definitions,
            try ModuleKeys(settings) { [logger] in
                logger.error("the token cannot be used", metadata: ["problem": "\($0)"])
            } isBack: { [logger] in
                logger.notice("the token can be used again")
            },
            try settings.deployment(),
            url: url,
            timeout: timeout,
            vault: try KeyFiles.keyVault(directory: settings.text(.keysDirectory), under: master),
            logger: logger
        )
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

    private func http(
        _ engine: AuthorizationEngine,
        _ expirer: HoldExpirer,
        _ stores: Stores,
        _ keys: KeyFiles,
        _ vault: PANVault,
        _ calendar: BusinessCalendar,
        _ inFlight: RequestsInFlight,
        _ modules: CardModules,
        _ webhookSender: WebhookClient,
        metricsText: @escaping @Sendable () -> String
    ) throws -> HTTPServer {
        let host = try settings.text(.httpHost)
        let document = FileManager.default.contents(atPath: try settings.text(.openAPIFile))
        let assets = try settings.text(.swaggerUIDirectory)
        let services = HTTPServices(
            engine: engine,
            simulator: PlayedNetwork(engine: engine, fingerprintKey: keys.requestFingerprint),
            expirer: expirer,
            reader: stores.reader,
            events: EventFeed(stores.events),
            programs: stores.programs,
            cardholders: stores.cardholders,
            networks: Set(try settings.networks().map(\.profile.name)),
            cardBatches: stores.cardBatches,
            clients: stores.clients,
            webhooks: stores.webhooks,
            webhookSender: webhookSender,
            vault: vault,
            reveals: stores.vault,
            revealsDirectly: try settings.text(.directReveal) == "on",
            fingerprintKey: keys.requestFingerprint,
            calendar: calendar,
            logger: logger,
            metricsText: metricsText,
            openAPIDocument: document.map { Array($0) },
            swaggerUIDirectory: FileManager.default.fileExists(atPath: assets) ? assets : nil,
            requestTimeout: try settings.milliseconds(.httpTimeout),
            inFlight: inFlight,
            pins: modules.pins,
            cardCodes: modules.codes,
            heldKeys: modules.held,
            rates: KeyRates(stores.rates ?? LocalRateLimiter(), usual: try settings.usualRate()),
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

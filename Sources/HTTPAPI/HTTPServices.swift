import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Logging

/// What the HTTP door needs of the rest of Aval.
package struct HTTPServices: Sendable {
    var engine: AuthorizationEngine
    var simulator: any SimulatedNetwork
    var expirer: HoldExpirer
    var reader: any LedgerReader
    var events: EventFeed
    var programs: any ProgramStore
    var cardholders: any CardholderStore
    var networks: Set<String>
    var cardBatches: any CardBatchStore
    var clients: any ClientStore
    var webhooks: any WebhookStore
    var webhookSender: any WebhookSender
    var vault: PANVault
    var reveals: any RevealStore
    var revealsDirectly: Bool
    var fingerprintKey: SecretKey
    var calendar: BusinessCalendar
    var logger: Logger
    var metrics: HTTPMetrics
    var metricsText: @Sendable () -> String
    var openAPIDocument: [UInt8]?
    var swaggerUIDirectory: String?
    var requestTimeout: Duration
    var inFlight: RequestsInFlight
    var pins: PINModule?
    var cardCodes: CardCodes?
    var heldKeys: HeldKeys
    var rates: KeyRates
    var proxies: TrustedProxies
    var longestStream: Duration

    /// - Parameters:
    ///   - simulator: the network of sandboxes.
    ///   - expirer: ends what a sandbox's clock has passed.
    ///   - networks: names of those that the installation serves.
    ///   - revealsDirectly: whether card numbers are also told here, to clients' servers: for trying things out.
    ///   - fingerprintKey: key of the hashes that tell a repeat from a reuse, and of the cursors' codes.
    ///   - metricsText: Prometheus text of the other parts, appended to this door's.
    ///   - openAPIDocument: served at `/openapi.yaml`.
    ///   - swaggerUIDirectory: folder with the files of Swagger UI 5, read once.
    ///   - pins: nil where there are no keys for PINs.
    ///   - cardCodes: nil where no program has keys.
    ///   - heldKeys: those that new cards are made with.
    ///   - rates: how often keys may ask.
    ///   - proxies: whose word is taken for where a request comes from.
    ///   - longestStream: how long one stream of events goes on; its client then asks for the next.
    ///   - requestTimeout: how long a client's command may wait for its decision.
    package init(
        engine: AuthorizationEngine,
        simulator: any SimulatedNetwork,
        expirer: HoldExpirer,
        reader: any LedgerReader,
        events: EventFeed,
        programs: any ProgramStore,
        cardholders: any CardholderStore,
        networks: Set<String>,
        cardBatches: any CardBatchStore,
        clients: any ClientStore,
        webhooks: any WebhookStore,
        webhookSender: any WebhookSender,
        vault: PANVault,
        reveals: any RevealStore,
        revealsDirectly: Bool = false,
        fingerprintKey: SecretKey,
        calendar: BusinessCalendar,
        logger: Logger,
        metrics: HTTPMetrics = HTTPMetrics(),
        metricsText: @escaping @Sendable () -> String = { "" },
        openAPIDocument: [UInt8]? = nil,
        swaggerUIDirectory: String? = nil,
        requestTimeout: Duration = .seconds(5),
        inFlight: RequestsInFlight = RequestsInFlight(),
        pins: PINModule? = nil,
        cardCodes: CardCodes? = nil,
        heldKeys: HeldKeys = HeldKeys(),
        rates: KeyRates = KeyRates(),
        proxies: TrustedProxies = TrustedProxies([]),
        longestStream: Duration = .seconds(3_600)
    ) {
        self.engine = engine
        self.simulator = simulator
        self.expirer = expirer
        self.reader = reader
        self.events = events
        self.programs = programs
        self.cardholders = cardholders
        self.networks = networks
        self.cardBatches = cardBatches
        self.clients = clients
        self.webhooks = webhooks
        self.webhookSender = webhookSender
        self.vault = vault
        self.reveals = reveals
        self.revealsDirectly = revealsDirectly
        self.fingerprintKey = fingerprintKey
        self.calendar = calendar
        self.logger = logger
        self.metrics = metrics
        self.metricsText = metricsText
        self.openAPIDocument = openAPIDocument
        self.swaggerUIDirectory = swaggerUIDirectory
        self.requestTimeout = requestTimeout
        self.inFlight = inFlight
        self.pins = pins
        self.cardCodes = cardCodes
        self.heldKeys = heldKeys
        self.rates = rates
        self.proxies = proxies
        self.longestStream = longestStream
    }
}

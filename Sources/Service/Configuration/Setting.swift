/// One thing that can be configured.
struct Setting: Sendable {
    enum Kind: Sendable {
        case text
        /// A value from one of these.
        case choice([String])
        case number(ClosedRange<Int>)
        /// Shown as set or not set, never itself.
        case secret
        /// A connection string of PostgreSQL; secret, because it holds a password.
        case postgres
        /// Likewise of Redis.
        case redis
    }

    /// Dotted, such as `http.port`: `AVAL_HTTP_PORT` in the environment, `{"http": {"port": …}}` in the file.
    let key: String
    let kind: Kind
    let standard: String?
    let help: String

    /// The environment's name for it.
    var variable: String { "AVAL_" + key.uppercased().replacing(".", with: "_") }

    static let environment = Setting(
        key: "environment",
        kind: .choice(DeploymentEnvironment.allCases.map(\.rawValue)),
        standard: DeploymentEnvironment.production.rawValue,
        help: "production refuses keys in software that belong in an HSM"
    )
    static let databaseURL = Setting(
        key: "database.url",
        kind: .postgres,
        standard: nil,
        help: "PostgreSQL, with the serving role"
    )
    static let ownerURL = Setting(
        key: "database.owner.url",
        kind: .postgres,
        standard: nil,
        help:
            "PostgreSQL, with the role that owns the schema; for migrate, partitions, vault rotate and the first operator"
    )
    static let operatorKey = Setting(
        key: "operator.key",
        kind: .secret,
        standard: nil,
        help: "your key, for commands that change something, once there is an operator"
    )
    static let databaseTimeout = Setting(
        key: "database.timeout",
        kind: .number(100...60_000),
        standard: "4000",
        help: "longest wait for one answer of PostgreSQL, in milliseconds; below every network's time limit"
    )
    static let redisURL = Setting(
        key: "redis.url",
        kind: .redis,
        standard: nil,
        help: "Redis, the cache of card routes and the counts that processes share; none when not set"
    )
    static let lanes = Setting(
        key: "lanes",
        kind: .number(1...64),
        standard: "2",
        help: "threads that decide, each with one connection"
    )
    static let keysDirectory = Setting(
        key: "keys.directory",
        kind: .text,
        standard: ".local/keys",
        help: "holds vault-kek-1, request-fingerprint, cache-authentication and key-wrapping, each .key"
    )
    static let masterKey = Setting(
        key: "master.key",
        kind: .secret,
        standard: nil,
        help: "wraps the key files, 64 hexadecimal digits; for development only"
    )
    static let hsmModule = Setting(
        key: "hsm.module",
        kind: .text,
        standard: nil,
        help: "the library of a PKCS#11 module that wraps the key files and keeps keys of cards"
    )
    static let hsmToken = Setting(key: "hsm.token", kind: .text, standard: nil, help: "the label of its token")
    static let hsmPINFile = Setting(
        key: "hsm.pin.file",
        kind: .text,
        standard: nil,
        help: "holds the PIN of the token's user; for Aval's user alone"
    )
    static let hsmKey = Setting(
        key: "hsm.key",
        kind: .text,
        standard: "aval-master",
        help: "the label of the key in the token"
    )
    static let httpHost = Setting(
        key: "http.host",
        kind: .text,
        standard: "127.0.0.1",
        help: "address of the HTTP door"
    )
    static let httpPort = Setting(
        key: "http.port",
        kind: .number(0...65_535),
        standard: "8080",
        help: "port of the HTTP door; 0 takes a free one"
    )
    static let httpTimeout = Setting(
        key: "http.timeout",
        kind: .number(10...60_000),
        standard: "5000",
        help: "longest wait of a client's request for its decision, in milliseconds"
    )
    static let httpRate = Setting(
        key: "http.rate",
        kind: .number(0...100_000),
        standard: "0",
        help: "requests a second of an API key without a rate of its own, as many at once; 0 does not limit them"
    )
    static let httpProxies = Setting(
        key: "http.proxies",
        kind: .text,
        standard: nil,
        help: "addresses of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8, separated by commas"
    )
    static let webhookAllow = Setting(
        key: "webhook.allow",
        kind: .text,
        standard: nil,
        help:
            "addresses beside the public Internet that webhooks may be sent to, such as 10.1.0.0/16, separated by commas"
    )
    static let directReveal = Setting(
        key: "reveal.direct",
        kind: .choice(["off", "on"]),
        standard: "off",
        help: "on tells card numbers over the API too, to clients' servers; for trying things out only"
    )
    static let vaultHost = Setting(
        key: "vault.host",
        kind: .text,
        standard: "127.0.0.1",
        help: "address of the vault's listener; another than loopback needs vault.certificate"
    )
    static let vaultPort = Setting(
        key: "vault.port",
        kind: .number(0...65_535),
        standard: nil,
        help: "port of the vault's listener, where browsers see card numbers; 0 takes a free one, none when not set"
    )
    static let vaultCertificate = Setting(
        key: "vault.certificate",
        kind: .text,
        standard: nil,
        help: "PEM file with the certificate chain of the vault's listener"
    )
    static let vaultKey = Setting(
        key: "vault.key",
        kind: .text,
        standard: nil,
        help: "PEM file with the private key of vault.certificate, readable by its user alone"
    )
    static let vaultOrigins = Setting(
        key: "vault.origins",
        kind: .text,
        standard: nil,
        help: "origins whose pages may show card numbers, such as https://app.example, separated by commas"
    )
    static let bureauCertificate = Setting(
        key: "bureau.certificate",
        kind: .text,
        standard: nil,
        help: "PEM file with the bureau's certificate, to which files of orders are encrypted"
    )
    static let networkHost = Setting(
        key: "network.host",
        kind: .text,
        standard: "127.0.0.1",
        help: "address of the ISO 8583 door"
    )
    static let networkPort = Setting(
        key: "network.port",
        kind: .number(0...65_535),
        standard: "8583",
        help: "port of the ISO 8583 door; 0 takes a free one"
    )
    static let networkBitmap = Setting(
        key: "network.bitmap",
        kind: .choice(["hex", "binary"]),
        standard: "hex",
        help: "form of the bitmap in ISO 8583:1987 messages"
    )
    static let networkFile = Setting(
        key: "network.file",
        kind: .text,
        standard: nil,
        help: "a YAML file with card networks, instead of the one at network.host and network.port: where each "
            + "connects, in which dialect, and where it says purpose, initiator, advice reason and transaction"
    )
    static let messageDays = Setting(
        key: "messages.days",
        kind: .number(0...3_650),
        standard: "90",
        help: "days for which networks' messages are kept, masked; 0 keeps none"
    )
    static let stopTimeout = Setting(
        key: "stop.timeout",
        kind: .number(100...600_000),
        standard: "20000",
        help: "longest wait for what is under way when Aval stops, in milliseconds"
    )
    static let migrationsDirectory = Setting(
        key: "migrations.directory",
        kind: .text,
        standard: "Migrations",
        help: "the schema's migrations"
    )
    static let openAPIFile = Setting(
        key: "openapi.file",
        kind: .text,
        standard: "openapi/aval.yaml",
        help: "the HTTP API's document"
    )
    static let swaggerUIDirectory = Setting(
        key: "swagger.ui.directory",
        kind: .text,
        standard: ".local/swagger-ui",
        help: "assets of Swagger UI"
    )
    static let logLevel = Setting(
        key: "log.level",
        kind: .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
        standard: "notice",
        help: "what is logged to standard error"
    )

    static let all = [
        environment, databaseURL, ownerURL, operatorKey, databaseTimeout, redisURL, lanes, keysDirectory, masterKey,
        hsmModule, hsmToken, hsmPINFile, hsmKey, httpHost, httpPort, httpTimeout, httpRate, httpProxies, webhookAllow,
        directReveal,
        vaultHost, vaultPort, vaultCertificate, vaultKey, vaultOrigins, bureauCertificate, networkHost, networkPort,
        networkBitmap, networkFile, merchantFailureLimit, merchantFailureShare, merchantFailureWindow, messageDays,
        holdFinalDays, holdPreAuthorizationDays, holdUncertainDays, holdInstalmentDays,
        stopTimeout, migrationsDirectory, openAPIFile, swaggerUIDirectory, logLevel,
    ]
}

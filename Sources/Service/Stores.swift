import AuthorizationEngine
import CardCryptography
import ISO8583
import Logging
import PostgresLedger
import RedisCache

/// What has a connection of its own to PostgreSQL or Redis, beside the lanes and the keys of messages.
struct Stores {
    let directory: PostgresDirectory
    let reader: PostgresReader
    let events: PostgresEventReader
    let programs: PostgresProgramStore
    let clients: PostgresClientStore
    let profiles: PostgresCardProfiles
    let vault: PostgresVaultStore
    let files: PostgresFileStore
    let holds: PostgresPendingHoldStore
    let transfers: PostgresTransferStore
    let cardBatches: PostgresCardBatchStore
    let cardholders: PostgresCardholderStore
    let webhooks: PostgresWebhookStore
    /// Of webhooks alone: they read much when they catch up.
    let webhookEvents: PostgresEventReader
    let answers: PostgresUnansweredStore
    /// Nil when no messages are kept.
    let messages: MessageWriter?
    /// Nil without a Redis: then every route is asked of the database.
    let cache: CachedDirectory?
    /// Nil without a Redis: then each process counts for itself.
    let rates: RedisRateLimiter?
    /// Nil where merchants' failures are not counted.
    let merchants: LocalMerchantWatch?
    /// Nil without a Redis, too: then each process goes by its own count.
    let sharedMerchants: SharedMerchantWatch?

    init(_ settings: Settings, cacheKey: SecretKey, logger: Logger) throws {
        let url = try settings.text(.databaseURL)
        let timeout = try settings.milliseconds(.databaseTimeout)
        let redis = try settings.redisAddress()
        let keepsMessages = try settings.number(.messageDays) > 0
        directory = PostgresDirectory(url: url, timeout: timeout)
        reader = PostgresReader(url: url, timeout: timeout, directory: directory)
        events = PostgresEventReader(url: url, timeout: timeout)
        programs = PostgresProgramStore(url: url, timeout: timeout)
        clients = PostgresClientStore(url: url, timeout: timeout)
        profiles = PostgresCardProfiles(url: url, timeout: timeout)
        vault = PostgresVaultStore(url: url, timeout: timeout)
        files = PostgresFileStore(url: url, timeout: timeout)
        holds = PostgresPendingHoldStore(url: url, timeout: timeout)
        transfers = PostgresTransferStore(url: url, timeout: timeout)
        cardBatches = PostgresCardBatchStore(url: url, timeout: timeout)
        cardholders = PostgresCardholderStore(url: url, timeout: timeout)
        webhooks = PostgresWebhookStore(url: url, timeout: timeout)
        webhookEvents = PostgresEventReader(url: url, timeout: timeout)
        answers = PostgresUnansweredStore(url: url, timeout: timeout)
        messages = keepsMessages ? MessageWriter(url: url, timeout: timeout, logger: logger) : nil
        cache = redis.map { [directory] in CachedDirectory($0, key: cacheKey, behind: directory, logger: logger) }
        rates = redis.map { RedisRateLimiter($0, logger: logger) }
        let limit = try settings.merchantLimit()
        let merchants = limit.map { LocalMerchantWatch($0, masking: { maskingCardNumbers($0) }, logger: logger) }
        self.merchants = merchants
        let seconds = Int64(try settings.number(.merchantFailureWindow))
        sharedMerchants = redis.flatMap { redis in
            merchants.map { local in
                SharedMerchantWatch(redis, key: cacheKey, local: local, seconds: seconds, logger: logger)
            }
        }
    }

    func close() {
        files.close()
        holds.close()
        transfers.close()
        cardBatches.close()
        cardholders.close()
        webhooks.close()
        webhookEvents.close()
        vault.close()
        profiles.close()
        answers.close()
        reader.close()
        events.close()
        programs.close()
        clients.close()
        cache?.close()
        rates?.close()
        sharedMerchants?.close()
        messages?.close()
        directory.close()
    }
}

extension Settings {
    fileprivate func redisAddress() throws -> RedisAddress? {
        guard let url = raw(.redisURL).value else { return nil }
        do {
            return try RedisAddress(url: url)
        } catch {
            throw Problem(description: "\(Setting.redisURL.variable): \(error)")
        }
    }
}

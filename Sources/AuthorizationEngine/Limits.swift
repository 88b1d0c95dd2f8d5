/// Bounds of the lanes and of what waits for them.
package enum Limits {
    /// Commands in one transaction. Beyond a few hundred the fsync is shared well enough, and latency only grows.
    package static let batchSize = 256
    /// Commands waiting in one lane, whatever their expected wait.
    package static let queueLength = 8_192
    /// Share of the queue kept for advices, reversals and clearings, which are refused last.
    package static let reservedQueueLength = 1_024
    /// Commands waiting in one lane beyond which work that nobody waits for is put off.
    package static let backgroundQueueLength = 1_024
    /// Runs of one batch before its requests are given up.
    package static let batchAttempts = 8
    /// Times that a command waits because another session holds its account, before its batch waits for the lock.
    package static let lockSkips = 4
    /// Reports of lost answers that wait until a lane can record them.
    package static let unrecordedDeliveries = 65_536
    /// Bytes of an Idempotency-Key.
    package static let idempotencyKeyLength = 255
    /// Requests that wait for the security module at once. Those beyond it go on unverified. As many cards may be shown at
    /// once, of which those beyond are refused.
    package static let verificationsInFlight = 1_024
    /// Cards whose profiles are kept, of a few hundred bytes each.
    package static let cardProfiles = 65_536
    /// Merchants whose failures are counted, of some hundred bytes each.
    package static let watchedMerchants = 16_384
}

import AuthorizationCore

/// When what did not arrive is tried again, and when no more.
package enum WebhookSchedule {
    static let firstWait = Duration.seconds(5)
    static let longestWait = Duration.seconds(3_600)
    /// After the first attempt.
    static let longestLife = Duration.seconds(72 * 3_600)
    /// Without one success, after which an endpoint is disabled.
    static let longestFailure = Duration.seconds(24 * 3_600)

    /// A wait with full jitter: anything up to a bound that doubles, so that endpoints that come back are not met by all
    /// at once.
    ///
    /// - Parameters:
    ///   - attempts: that failed, 1 and up.
    ///   - fraction: drawn from 0 to 1,000.
    static func wait(after attempts: Int32, _ fraction: Int64) -> Duration {
        // Ten doublings are more than the bounds are apart.
        let bound = min(longestWait, firstWait * (1 << min(max(Int(attempts) - 1, 0), 10)))
        return .microseconds(bound.wholeMicroseconds / 1_000 * min(max(fraction, 0), 1_000))
    }

    /// A delivery after an attempt that failed.
    static func failed(
        _ delivery: WebhookDelivery,
        _ result: WebhookResult,
        at now: Instant,
        _ fraction: Int64
    ) -> WebhookDelivery {
        var delivery = delivery
        let first = delivery.firstAt ?? now
        delivery.attempts += 1
        delivery.firstAt = first
        delivery.last = result
        delivery.nextAt = now + wait(after: delivery.attempts, fraction)
        if now >= first + longestLife { delivery.parkedAt = now }
        return delivery
    }
}

import AuthorizationCore
import Synchronization

/// A bucket of tokens that fills steadily: each request takes one.
package struct RateLimit: Hashable, Sendable {
    package static let ratesPerSecond: ClosedRange<Int32> = 1...100_000
    package static let bursts: ClosedRange<Int32> = 1...1_000_000

    /// Tokens that come back in a second.
    package let perSecond: Int32
    /// Tokens of a full bucket.
    package let burst: Int32

    /// Nil beyond the bounds.
    package init?(perSecond: Int32, burst: Int32) {
        guard Self.ratesPerSecond.contains(perSecond), Self.bursts.contains(burst) else { return nil }
        self.perSecond = perSecond
        self.burst = burst
    }

    /// From one token to the next, in microseconds.
    package var interval: Int64 { 1_000_000 / Int64(perSecond) }

    /// From empty to full, in microseconds.
    package var span: Int64 { interval * Int64(burst) }
}

/// What came of a request for a token.
package struct RateVerdict: Hashable, Sendable {
    package let limit: RateLimit
    package let isAllowed: Bool
    /// Until the bucket is full again, in microseconds.
    package let untilFull: Int64

    package init(_ limit: RateLimit, isAllowed: Bool, untilFull: Int64) {
        self.limit = limit
        self.isAllowed = isAllowed
        self.untilFull = untilFull
    }

    package var remaining: Int64 { max(0, (limit.span - untilFull) / limit.interval) }

    /// Until there is a token, in microseconds.
    package var untilNext: Int64 { max(0, untilFull + limit.interval - limit.span) }
}

/// Counts the requests of API keys. Never asked for what a card network sends.
package protocol RateLimiter: Sendable {
    func take(of key: APIKeyID, _ limit: RateLimit) async -> RateVerdict
}

/// Buckets of this process alone: where there is nothing that processes share.
package final class LocalRateLimiter: RateLimiter {
    /// Keys whose buckets are not full. Of more, all are taken for full.
    static let largestCount = 10_000

    /// When each is full again. One that was full by now need not be kept.
    private let fullAt = Mutex<[APIKeyID: Instant]>([:])
    private let now: @Sendable () -> Instant

    package init(now: @escaping @Sendable () -> Instant = { .wallClock }) { self.now = now }

    package func take(of key: APIKeyID, _ limit: RateLimit) async -> RateVerdict { takeNow(of: key, limit) }

    package func takeNow(of key: APIKeyID, _ limit: RateLimit) -> RateVerdict {
        let now = now().microseconds
        return fullAt.withLock { fullAt in
            // What a larger bucket of before lacks counts no longer than this one takes to fill.
            let before = min(max(0, (fullAt[key]?.microseconds ?? now) - now), limit.span)
            let isAllowed = before + limit.interval <= limit.span
            let after = isAllowed ? before + limit.interval : before
            if fullAt.count >= Self.largestCount { fullAt = fullAt.filter { $0.value.microseconds > now } }
            if fullAt.count >= Self.largestCount { fullAt.removeAll() }
            fullAt[key] = Instant(microseconds: now + after)
            return RateVerdict(limit, isAllowed: isAllowed, untilFull: after)
        }
    }
}

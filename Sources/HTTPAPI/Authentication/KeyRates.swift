import AuthorizationEngine
import HTTPTypes
import Hummingbird

/// How often API keys may ask. Operators are few, and are not counted.
package struct KeyRates: Sendable {
    private let limiter: any RateLimiter
    /// Of keys without a limit of their own.
    let usual: RateLimit?

    /// - Parameter usual: for keys without a limit of their own; nil leaves them without one.
    package init(_ limiter: any RateLimiter = LocalRateLimiter(), usual: RateLimit? = nil) {
        self.limiter = limiter
        self.usual = usual
    }

    /// Nil where nothing is limited.
    ///
    /// - Throws: `Problem` 429 when nothing is left.
    func take(for principal: Principal) async throws -> RateVerdict? {
        guard case .apiKey(let key) = principal.actor, let limit = principal.terms?.rate ?? usual else { return nil }
        let verdict = await limiter.take(of: key, limit)
        guard verdict.isAllowed else {
            var problem = Problem(
                .rateLimited,
                "Nothing was changed. Send it again after the time in Retry-After.",
                retryAfter: Int(max(1, verdict.untilNext.wholeSeconds))
            )
            problem.rate = verdict
            throw problem
        }
        return verdict
    }
}

extension RateVerdict {
    /// The fields of the IETF draft "RateLimit header fields for HTTP": the policy is a full bucket in the time in
    /// which it fills.
    func write(to headers: inout HTTPFields) {
        let policy = "\"key\";q=\(limit.burst);w=\(max(1, limit.span.wholeSeconds))"
        let left = "\"key\";r=\(remaining);t=\(untilFull.wholeSeconds)"
        for (name, value) in [("RateLimit-Policy", policy), ("RateLimit", left)] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
    }
}

extension Int64 {
    /// Of microseconds, rounded up.
    fileprivate var wholeSeconds: Int64 { (self + 999_999) / 1_000_000 }
}

import AuthorizationCore
import AuthorizationEngine
import Foundation
import Logging

/// Buckets that all processes share, in Redis. While Redis is away each process counts for itself: a key may then ask
/// so often of each of them, and nobody waits.
package final class RedisRateLimiter: RateLimiter {
    private struct Request: Sendable {
        var key: APIKeyID
        var limit: RateLimit
        /// Nil where the process must count by itself.
        var outcome: FirstOutcome<RateVerdict?>
        var timeout: Task<Void, any Error>

        func give(_ verdict: RateVerdict?) {
            timeout.cancel()
            outcome.give(verdict)
        }
    }

    /// Requests in one turn of Redis; of more that wait, the process counts by itself.
    static let batchLimit = 1_024

    private let address: RedisAddress
    private let timeout: Duration
    private let local: LocalRateLimiter
    private let logger: Logger
    private let requests = Mailbox<[Request]>([])
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter timeout: longest wait for Redis, after which the process counts by itself.
    package init(
        _ address: RedisAddress,
        local: LocalRateLimiter = LocalRateLimiter(),
        timeout: Duration = .milliseconds(50),
        logger: Logger
    ) {
        self.address = address
        self.timeout = timeout
        self.local = local
        self.logger = logger
        Thread.begin("aval rates", finished) { [self] in run() }
    }

    package func take(of key: APIKeyID, _ limit: RateLimit) async -> RateVerdict {
        let shared = await withCheckedContinuation { continuation in
            let outcome = FirstOutcome<RateVerdict?> { continuation.resume(returning: $0) }
            // The thread may hang for longer than its own time-outs, such as on a name server.
            let timeout = Task { [timeout] in
                try await Task.sleep(for: timeout)
                outcome.give(nil)
            }
            submit(Request(key: key, limit: limit, outcome: outcome, timeout: timeout))
        }
        return shared ?? local.takeNow(of: key, limit)
    }

    private func submit(_ request: Request) {
        let isTaken = requests.put { requests in
            guard requests.count < Self.batchLimit else { return false }
            requests.append(request)
            return true
        }
        if !isTaken { request.give(nil) }
    }

    package func close() {
        requests.close()
        finished.wait()
    }
}

// MARK: - The thread

extension RedisRateLimiter {
    private func run() {
        let consequence: Logger.Message = "rates are counted in this process alone"
        var link = RedisLink(address, timeout: timeout, logger: logger, whenAway: consequence)
        while var requests = requests.takeAll() {
            requests.removeAll(where: \.outcome.isGiven)
            link.use { connection throws(RedisError) in try answer(&requests, connection) }
            for request in requests { request.give(nil) }
        }
    }

    /// Completes requests in turn; what is left when it throws is not completed.
    private func answer(_ requests: inout [Request], _ connection: RedisConnection) throws(RedisError) {
        for request in requests {
            let numbers = [request.limit.interval, request.limit.span].map { Array(String($0).utf8) }
            let key = Array("aval:rate:".utf8) + request.key.bytes
            try connection.send(["EVAL", Self.takeToken, "1"].map { Array($0.utf8) } + [key] + numbers)
        }
        var answered = 0
        defer { requests.removeFirst(answered) }
        for request in requests {
            guard let reply = try connection.receive().first ?? nil,
                let verdict = Self.verdict(String(decoding: reply, as: UTF8.self), request.limit)
            else { throw RedisError(description: "an answer of another form") }
            answered += 1
            request.give(verdict)
        }
    }

    private static func verdict(_ reply: String, _ limit: RateLimit) -> RateVerdict? {
        let parts = reply.split(separator: " ").compactMap { Int64($0) }
        guard parts.count == 2, (0...limit.span).contains(parts[1]) else { return nil }
        return RateVerdict(limit, isAllowed: parts[0] == 1, untilFull: parts[1])
    }

    /// The same count as `LocalRateLimiter`'s, by Redis's clock. Kept is when the bucket is full again; one that is
    /// full need not be kept.
    private static let takeToken = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local interval, span = tonumber(ARGV[1]), tonumber(ARGV[2])
        local after = math.min(math.max(0, (tonumber(redis.call('GET', KEYS[1])) or now) - now), span)
        local allowed = after + interval <= span
        if allowed then after = after + interval end
        redis.call('SET', KEYS[1], string.format('%.0f', now + after), 'PX', math.ceil(after / 1000))
        return string.format('%d %d', allowed and 1 or 0, after)
        """
}

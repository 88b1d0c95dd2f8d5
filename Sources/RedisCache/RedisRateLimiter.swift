import AuthorizationCore
import AuthorizationEngine
import Foundation
import Logging
import Synchronization

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

    private struct State {
        var requests: [Request] = []
        var isClosed = false
        var isSleeping = false
    }

    /// After a failure Redis is left alone for this long.
    private static let pause = Duration.seconds(1)
    /// Requests in one turn of Redis; of more that wait, the process counts by itself.
    static let batchLimit = 1_024

    private let address: RedisAddress
    private let timeout: Duration
    private let local: LocalRateLimiter
    private let logger: Logger
    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)
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
        let thread = Thread { [self] in
            run()
            finished.signal()
        }
        thread.name = "aval rates"
        thread.start()
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
        let (isTaken, mustWake) = state.withLock { state in
            guard !state.isClosed, state.requests.count < Self.batchLimit else { return (false, false) }
            state.requests.append(request)
            defer { state.isSleeping = false }
            return (true, state.isSleeping)
        }
        if mustWake { wakeUp.signal() }
        if !isTaken { request.give(nil) }
    }

    package func close() {
        let mustWake = state.withLock { state in
            state.isClosed = true
            defer { state.isSleeping = false }
            return state.isSleeping
        }
        if mustWake { wakeUp.signal() }
        finished.wait()
    }
}

// MARK: - The thread

extension RedisRateLimiter {
    private func run() {
        var connection: RedisConnection?
        var pausedUntil = ContinuousClock.now
        while var requests = takeRequests() {
            requests.removeAll(where: \.outcome.isGiven)
            do throws(RedisError) {
                if connection == nil, ContinuousClock.now >= pausedUntil {
                    connection = try RedisConnection(address, timeout: timeout)
                }
                if let connection { try answer(&requests, connection) }
            } catch {
                connection = nil
                pausedUntil = .now + Self.pause
                logger.warning("rates are counted in this process alone", metadata: ["problem": "\(error)"])
            }
            for request in requests { request.give(nil) }
        }
    }

    /// Nil when the limiter is closed.
    private func takeRequests() -> [Request]? {
        while true {
            let taken: [Request]?? = state.withLock { state in
                if !state.requests.isEmpty {
                    defer { state.requests = [] }
                    return .some(state.requests)
                }
                if state.isClosed { return .some(nil) }
                state.isSleeping = true
                return nil
            }
            if let taken { return taken }
            wakeUp.wait()
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

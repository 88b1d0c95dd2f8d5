import AuthorizationCore
import AuthorizationEngine
import Logging
import Testing

@testable import RedisCache

/// Buckets in Redis, which all processes share.
@Suite(.serialized) struct RedisRateLimiterTests {
    private static let key = APIKeyID(at: Instant(microseconds: 1), shard: Shard(truncating: 0), entropy: 7)

    /// - Parameter timeout: so long that a busy machine makes no difference.
    private static func limiter(_ url: String, timeout: Duration = .seconds(20)) throws -> RedisRateLimiter {
        var logger = Logger(label: "rates")
        // Tests make failures on purpose.
        logger.logLevel = .critical
        return RedisRateLimiter(try RedisAddress(url: url), timeout: timeout, logger: logger)
    }

    /// How many of so many requests at once are allowed.
    private func allowed(_ count: Int, _ limit: RateLimit, _ limiters: [RedisRateLimiter]) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<count {
                let limiter = limiters[number % limiters.count]
                group.addTask { await limiter.take(of: Self.key, limit).isAllowed }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    @Test func `processes share a key's bucket, which fills by Redis's clock`() async throws {
        let redis = try PrivateRedis()
        defer { redis.remove() }
        let limiters = [try Self.limiter(redis.url), try Self.limiter(redis.url)]
        defer { for limiter in limiters { limiter.close() } }
        let many = try #require(RateLimit(perSecond: 1, burst: 10_000))
        let first = await limiters[0].take(of: Self.key, many)
        #expect(first == RateVerdict(many, isAllowed: true, untilFull: 1_000_000))
        #expect(await allowed(300, many, [limiters[0]]) == 300)
        // The time that passes meanwhile gives a little back.
        #expect(await limiters[1].take(of: Self.key, many).untilFull > 200_000_000)
        let few = try #require(RateLimit(perSecond: 1, burst: 20))
        let refused = await limiters[1].take(of: Self.key, few)
        #expect(!refused.isAllowed && refused.remaining == 0 && (1...1_000_000).contains(refused.untilNext))
        try await Task.sleep(for: .milliseconds(1_100))
        #expect(await limiters[0].take(of: Self.key, few).isAllowed)
    }

    @Test func `of many requests at once as many are allowed as there are tokens`() async throws {
        let redis = try PrivateRedis()
        defer { redis.remove() }
        let limiters = [try Self.limiter(redis.url), try Self.limiter(redis.url)]
        defer { for limiter in limiters { limiter.close() } }
        let start = ContinuousClock.now
        let count = await allowed(400, try #require(RateLimit(perSecond: 1, burst: 50)), limiters)
        #expect((50...51 + Int((.now - start).components.seconds)).contains(count))
    }

    @Test func `without Redis each process counts for itself, and with it again they share`() async throws {
        let redis = try PrivateRedis()
        defer { redis.remove() }
        let limiter = try Self.limiter(redis.url)
        defer { limiter.close() }
        let limit = try #require(RateLimit(perSecond: 1, burst: 40))
        #expect((40...60).contains(await allowed(100, limit, [limiter])))
        try redis.stop()
        #expect((40...60).contains(await allowed(100, limit, [limiter])))
        try redis.start()
        // Redis has forgotten, and is asked again after a pause.
        try await Task.sleep(for: .milliseconds(1_200))
        #expect(await allowed(100, limit, [limiter]) >= 40)
    }

    @Test(arguments: FalseRedis.Behaviour.allCases)
    func `whatever answers in Redis's place, every request gets a verdict in time`(
        _ behaviour: FalseRedis.Behaviour
    ) async throws {
        let redis = try FalseRedis(behaviour)
        defer { redis.close() }
        let limiter = try Self.limiter(redis.url, timeout: .milliseconds(50))
        defer { limiter.close() }
        let limit = try #require(RateLimit(perSecond: 1, burst: 5))
        let start = ContinuousClock.now
        #expect((5...35).contains(await allowed(50, limit, [limiter])))
        #expect(.now - start < .seconds(30))
    }

    @Test func `a thread that hangs holds no request up`() async throws {
        let redis = try FalseRedis(.drips)
        defer { redis.close() }
        let limiter = try Self.limiter(redis.url, timeout: .milliseconds(200))
        defer { limiter.close() }
        let limit = try #require(RateLimit(perSecond: 1, burst: 5))
        let start = ContinuousClock.now
        #expect((5...9).contains(await allowed(20, limit, [limiter])))
        #expect(.now - start < .seconds(4))
    }

    @Test func `after its end a limiter still gives verdicts`() async throws {
        let redis = try PrivateRedis()
        defer { redis.remove() }
        let limiter = try Self.limiter(redis.url)
        limiter.close()
        let limit = try #require(RateLimit(perSecond: 1, burst: 1))
        #expect(await limiter.take(of: Self.key, limit).isAllowed)
    }
}

import AuthorizationCore
import Synchronization
import TestSeed
import Testing

@testable import AuthorizationEngine

@Suite struct RateLimitTests {
    private static func key(_ number: UInt64) -> APIKeyID {
        APIKeyID(at: Instant(microseconds: 1), shard: Shard(truncating: 0), entropy: number)
    }

    /// A clock that a test moves.
    private final class Hand: Sendable {
        private let microseconds = Mutex<Int64>(1_700_000_000_000_000)

        var now: Instant { Instant(microseconds: microseconds.withLock { $0 }) }

        func move(_ by: Int64) { microseconds.withLock { $0 += by } }
    }

    @Test func `a full bucket gives its burst at once, and then one token an interval`() throws {
        let hand = Hand()
        let limiter = LocalRateLimiter { hand.now }
        let limit = try #require(RateLimit(perSecond: 10, burst: 3))
        let verdicts = (0..<4).map { _ in limiter.takeNow(of: Self.key(1), limit) }
        #expect(verdicts.map(\.isAllowed) == [true, true, true, false])
        #expect(verdicts.map(\.remaining) == [2, 1, 0, 0])
        #expect(verdicts.map(\.untilFull) == [100_000, 200_000, 300_000, 300_000])
        #expect(verdicts[3].untilNext == 100_000)
        hand.move(99_999)
        #expect(!limiter.takeNow(of: Self.key(1), limit).isAllowed)
        hand.move(1)
        #expect(limiter.takeNow(of: Self.key(1), limit).isAllowed)
        #expect(!limiter.takeNow(of: Self.key(1), limit).isAllowed)
        #expect(limiter.takeNow(of: Self.key(2), limit).isAllowed)
        hand.move(10_000_000)
        #expect(limiter.takeNow(of: Self.key(1), limit).remaining == 2)
    }

    @Test func `a clock that goes back leaves no key without tokens for longer than its bucket takes to fill`() throws {
        let hand = Hand()
        let limiter = LocalRateLimiter { hand.now }
        let limit = try #require(RateLimit(perSecond: 1, burst: 2))
        _ = limiter.takeNow(of: Self.key(1), limit)
        hand.move(-3_600_000_000)
        #expect(limiter.takeNow(of: Self.key(1), limit).untilFull <= limit.span)
    }

    @Test func `a smaller limit counts what a larger one lacked no longer than its own bucket takes to fill`() throws {
        let hand = Hand()
        let limiter = LocalRateLimiter { hand.now }
        let (large, small) = (try #require(RateLimit(perSecond: 1, burst: 1_000)), RateLimit(perSecond: 1, burst: 2))
        for _ in 0..<1_000 { _ = limiter.takeNow(of: Self.key(1), large) }
        #expect(limiter.takeNow(of: Self.key(1), try #require(small)).untilFull == 2_000_000)
        hand.move(1_000_000)
        #expect(limiter.takeNow(of: Self.key(1), try #require(small)).isAllowed)
    }

    @Test func `in no time are more requests allowed than the burst and what came back in it`() throws {
        let seed = TestSeed.value
        print("AVAL_SEED=\(seed)")
        var generator = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let hand = Hand()
            let limiter = LocalRateLimiter { hand.now }
            let rate = Int32.random(in: 1...1_000, using: &generator)
            let limit = try #require(RateLimit(perSecond: rate, burst: .random(in: 1...20, using: &generator)))
            var (allowed, passed): (Int64, Int64) = (0, 0)
            for _ in 0..<500 {
                if limiter.takeNow(of: Self.key(1), limit).isAllowed { allowed += 1 }
                #expect(allowed <= Int64(limit.burst) + passed / limit.interval)
                let step = Int64.random(in: 0...2 * limit.interval, using: &generator)
                hand.move(step)
                passed += step
            }
        }
    }

    @Test func `keys beyond the bound take no more memory`() throws {
        let limiter = LocalRateLimiter()
        let limit = try #require(RateLimit(perSecond: 1, burst: 1))
        for number in 0...UInt64(LocalRateLimiter.largestCount) { _ = limiter.takeNow(of: Self.key(number), limit) }
        #expect(limiter.takeNow(of: Self.key(0), limit).isAllowed)
    }

    @Test func `a rate and a burst have bounds`() {
        #expect(RateLimit(perSecond: 0, burst: 1) == nil && RateLimit(perSecond: 1, burst: 0) == nil)
        #expect(RateLimit(perSecond: 100_001, burst: 1) == nil && RateLimit(perSecond: 1, burst: 1_000_001) == nil)
        #expect(RateLimit(perSecond: 100_000, burst: 1_000_000)?.interval == 10)
    }
}

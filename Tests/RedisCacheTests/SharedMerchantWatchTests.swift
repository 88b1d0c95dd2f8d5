import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Logging
import Testing

@testable import RedisCache

/// Merchants' failures, which processes tell each other through Redis.
@Suite(.serialized) struct SharedMerchantWatchTests {
    private static let shop = MerchantKey(bin: "990000", acquirer: "1", acceptor: "SHOP")

    private static var logger: Logger {
        var logger = Logger(label: "merchants")
        // Tests make failures on purpose.
        logger.logLevel = .critical
        return logger
    }

    private static func watch(_ url: String, limit: UInt32 = 10, share: UInt32 = 10, key: String = "a1") throws
        -> SharedMerchantWatch
    {
        let local = LocalMerchantWatch(
            MerchantLimit(count: limit, share: share, seconds: 3_600),
            masking: { $0 },
            logger: logger
        )
        let key = try #require(SecretKey(hexadecimal: String(repeating: key, count: 32).utf8))
        return SharedMerchantWatch(try RedisAddress(url: url), key: key, local: local, seconds: 3_600, logger: logger)
    }

    /// Counts failures of its own until it knows those of the others, too: they are told behind the counting.
    private func knows(_ watch: SharedMerchantWatch, others: UInt32, own: inout UInt32) async throws -> Bool {
        for _ in 0..<50 {
            watch.note(.failed, at: Self.shop)
            own += 1
            try await Task.sleep(for: .milliseconds(100))
            if watch.failures(of: Self.shop)?.count == others + own { return true }
        }
        return false
    }

    @Test func `processes add up what each has counted`() async throws {
        let redis = try PrivateRedis()
        defer { redis.remove() }
        let watches = [try Self.watch(redis.url, limit: 1), try Self.watch(redis.url, limit: 1)]
        defer { for watch in watches { watch.close() } }
        var own: [UInt32] = [4, 0]
        for _ in 0..<own[0] { watches[0].note(.failed, at: Self.shop) }
        #expect(watches[1].failures(of: Self.shop) == nil)
        #expect(try await knows(watches[1], others: own[0], own: &own[1]))
        #expect(try await knows(watches[0], others: own[1], own: &own[0]))
    }

    @Test func `what one process has approved makes the share of failures smaller in another`() async throws {
        let redis = try PrivateRedis()
        defer { redis.remove() }
        let watches = [try Self.watch(redis.url, limit: 1), try Self.watch(redis.url, limit: 1)]
        defer { for watch in watches { watch.close() } }
        watches[1].note(.failed, at: Self.shop)
        #expect(watches[1].failures(of: Self.shop)?.count == 1)
        watches[0].note(.failed, at: Self.shop)
        for _ in 0..<10_000 { watches[0].note(.approved, at: Self.shop) }
        // Approved requests alone are not told.
        watches[0].note(.failed, at: Self.shop)
        var isFree = false
        for _ in 0..<50 where !isFree {
            watches[1].note(.failed, at: Self.shop)
            try await Task.sleep(for: .milliseconds(100))
            isFree = watches[1].failures(of: Self.shop) == nil
        }
        #expect(isFree)
    }

    @Test func `what a release that counts failures alone has told is left where it is`() async throws {
        let redis = try PrivateRedis()
        defer { redis.remove() }
        let key = try #require(SecretKey(hexadecimal: String(repeating: "a1", count: 32).utf8))
        let older = MerchantEntry(key: key, process: 7)
        let index = try older.index(of: Self.shop)
        var told = ByteWriter()
        told.write(byte: 1)
        told.write(unsigned: 1)
        told.write(MerchantLimit(count: 1, share: 10, seconds: 3_600).slot(at: .wallClock))
        told.write(unsigned: 9)
        var coded = ByteWriter()
        coded.write("merchant count")
        for bytes in [index, older.processBytes, told.bytes] { coded.write(bytes) }
        let value = told.bytes + (try Digest.hmac(coded.bytes, key: key))
        #expect(older.decode(value, of: index, by: older.processBytes) == nil)
        let connection = try RedisConnection(try RedisAddress(url: redis.url), timeout: .seconds(2))
        let hash = Array("aval:merchant:".utf8) + index
        try connection.send([Array("HSET".utf8), hash, older.processBytes, value])
        _ = try connection.receive()
        let watch = try Self.watch(redis.url, limit: 1)
        defer { watch.close() }
        watch.note(.failed, at: Self.shop)
        func fields() throws -> [[UInt8]?] {
            try connection.send([Array("HKEYS".utf8), hash])
            return try connection.receive()
        }
        for _ in 0..<50 where try fields().count < 2 { try await Task.sleep(for: .milliseconds(100)) }
        #expect(try fields().count == 2 && fields().contains(older.processBytes))
        #expect(watch.failures(of: Self.shop)?.count == 1)
    }

    @Test func `what another installation has counted, or nobody, is not believed`() async throws {
        let redis = try PrivateRedis()
        defer { redis.remove() }
        let (watch, stranger) = (try Self.watch(redis.url, limit: 1), try Self.watch(redis.url, limit: 1, key: "b2"))
        defer { for watch in [watch, stranger] { watch.close() } }
        for _ in 0..<3 { stranger.note(.failed, at: Self.shop) }
        watch.note(.failed, at: Self.shop)
        try await Task.sleep(for: .milliseconds(200))
        watch.note(.failed, at: Self.shop)
        try await Task.sleep(for: .milliseconds(200))
        #expect(watch.failures(of: Self.shop)?.count == 2)
    }

    @Test func `counts that are too old for the window are removed, with whose process may have ended`() async throws {
        let redis = try PrivateRedis()
        defer { redis.remove() }
        let secret = try #require(SecretKey(hexadecimal: String(repeating: "a1", count: 32).utf8))
        let present = MerchantLimit(count: 1, share: 10, seconds: 3_600).slot(at: .wallClock)
        let connection = try RedisConnection(try RedisAddress(url: redis.url), timeout: .seconds(2))
        func fields() throws -> [[UInt8]?] {
            let index = try MerchantEntry(key: secret, process: 0).index(of: Self.shop)
            try connection.send([Array("HKEYS".utf8), Array("aval:merchant:".utf8) + index])
            return try connection.receive()
        }
        // The third one's clock is ahead.
        let slots = [present - 20, present, present + 20]
        let entries = slots.indices.map { MerchantEntry(key: secret, process: UInt64($0)) }
        for (entry, slot) in zip(entries, slots) {
            let index = try entry.index(of: Self.shop)
            let value = try entry.encode([slot: MerchantCounts(failures: 2, requests: 2)], of: index)
            let key = Array("aval:merchant:".utf8) + index
            try connection.send([Array("HSET".utf8), key, entry.processBytes, value])
            _ = try connection.receive()
        }
        let watch = try Self.watch(redis.url, limit: 1)
        defer { watch.close() }
        var own: UInt32 = 0
        #expect(try await knows(watch, others: 2, own: &own))
        for _ in 0..<50 where try fields().contains(entries[0].processBytes) {
            try await Task.sleep(for: .milliseconds(100))
        }
        let left = try fields()
        #expect(left.count == 3 && !left.contains(entries[0].processBytes))
    }

    @Test func `without Redis each process goes by its own count, and with it again they share`() async throws {
        let redis = try PrivateRedis()
        defer { redis.remove() }
        let watches = [try Self.watch(redis.url, limit: 1), try Self.watch(redis.url, limit: 1)]
        defer { for watch in watches { watch.close() } }
        try redis.stop()
        for watch in watches { for _ in 0..<3 { watch.note(.failed, at: Self.shop) } }
        #expect(watches.allSatisfy { $0.failures(of: Self.shop)?.count == 3 })
        try redis.start()
        // Redis is asked again after a pause.
        try await Task.sleep(for: .milliseconds(1_200))
        watches[0].note(.failed, at: Self.shop)
        var own: UInt32 = 3
        #expect(try await knows(watches[1], others: 4, own: &own))
    }

    @Test(arguments: FalseRedis.Behaviour.allCases)
    func `whatever answers in Redis's place, nobody waits and nothing is believed`(
        _ behaviour: FalseRedis.Behaviour
    ) async throws {
        let redis = try FalseRedis(behaviour)
        defer { redis.close() }
        let watch = try Self.watch(redis.url, limit: 5)
        defer { watch.close() }
        let start = ContinuousClock.now
        for _ in 0..<1_000 { watch.note(.failed, at: Self.shop) }
        #expect(watch.failures(of: Self.shop) == MerchantFailures(count: 1_000, limit: 5))
        #expect(.now - start < .seconds(5))
        try await Task.sleep(for: .milliseconds(100))
        #expect(watch.failures(of: Self.shop)?.count == 1_000)
    }

    @Test func `an entry is good for its merchant and process alone`() throws {
        let key = try #require(SecretKey(hexadecimal: String(repeating: "a1", count: 32).utf8))
        let entry = MerchantEntry(key: key, process: 7)
        let index = try entry.index(of: Self.shop)
        let other = try entry.index(of: MerchantKey(bin: "990000", acquirer: "1S", acceptor: "HOP"))
        let counts: [Int64: MerchantCounts] = [
            5: MerchantCounts(failures: 1, requests: 7), 6: MerchantCounts(failures: .max, requests: .max),
        ]
        let bytes = try entry.encode(counts, of: index)
        #expect(entry.decode(bytes, of: index, by: entry.processBytes) == counts)
        #expect(entry.decode(bytes, of: other, by: entry.processBytes) == nil)
        #expect(entry.decode(bytes, of: index, by: MerchantEntry(key: key, process: 8).processBytes) == nil)
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 1
            #expect(entry.decode(damaged, of: index, by: entry.processBytes) == nil)
            #expect(entry.decode(Array(bytes.prefix(place)), of: index, by: entry.processBytes) == nil)
        }
    }
}

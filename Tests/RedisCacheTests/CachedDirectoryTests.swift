import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

@testable import RedisCache

/// The cache saves questions, and never changes an answer.
@Suite(.serialized) struct CachedDirectoryTests {
    /// A world on a Redis of its own.
    private func withRedis(_ body: (CacheWorld, PrivateRedis) async throws -> Void) async throws {
        let redis = try PrivateRedis()
        defer { redis.remove() }
        let world = try await CacheWorld(redis.url)
        defer { world.close() }
        try await body(world, redis)
    }

    /// The right route comes back in time.
    private func check(_ world: CacheWorld, _ card: Int, _ comment: Comment) async throws {
        let start = ContinuousClock.now
        #expect(try await world.find(card) == world.route(card), comment)
        #expect(.now - start < .seconds(30), comment)
    }

    // MARK: - Redis works

    @Test func `a miss asks the database and fills the cache, a hit asks nobody`() async throws {
        try await withRedis { world, _ in
            try await check(world, 0, "a miss")
            #expect(world.count("miss") == 1)
            #expect(world.behind.count == 1)
            try await world.fill(0)
            let asked = world.behind.count, hits = world.count("hit")
            for _ in 0..<20 { try await check(world, 0, "a hit") }
            #expect(world.behind.count == asked)
            #expect(world.count("hit") == hits + 20)
        }
    }

    @Test func `that a number is unknown is asked of the database each time`() async throws {
        try await withRedis { world, _ in
            let unknown = [UInt8](repeating: 7, count: 32)
            for round in 1...5 {
                let found = try await world.find(unknown)
                #expect(found == nil)
                #expect(world.behind.count == round)
            }
            #expect(world.count("hit") == 0)
        }
    }

    @Test func `a fresh lookup goes past the cache and mends it`() async throws {
        try await withRedis { world, _ in
            try await world.fill(0)
            let index = world.cards[0].panIndex
            try world.store(try world.entry.encode(world.route(1), panIndex: index), under: index)
            #expect(try await world.find(0) == world.route(1))
            let asked = world.behind.count
            #expect(try await world.find(0, fresh: true) == world.route(0))
            #expect(world.behind.count == asked + 1)
            var isMended = false
            for _ in 0..<1_000 where !isMended {
                isMended = try await world.find(0) == world.route(0)
                if !isMended { try await Task.sleep(for: .milliseconds(5)) }
            }
            #expect(isMended)
        }
    }

    @Test func `many lookups at once are each answered with their own card`() async throws {
        try await withRedis { world, _ in
            try await world.fill(0)
            let unknown = [UInt8](repeating: 9, count: 32)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<300 {
                    group.addTask {
                        switch index % 3 {
                        case 0: try await world.find(0) == world.route(0)
                        case 1: try await world.find(1) == world.route(1)
                        default: try await world.find(unknown) == nil
                        }
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test func `an entry gives way to a higher version, and never to a lower one`() async throws {
        try await withRedis { world, _ in
            let index = world.cards[0].panIndex
            for (version, isReplaced) in [(Int64(0), true), (1, true), (2, false), (Int64.max >> 11, false)] {
                var route = world.route(1)
                route.version = version
                try world.store(try world.entry.encode(route, panIndex: index), under: index)
                // The database has version 1.
                #expect(try await world.find(0, fresh: true) == world.route(0))
                let right = try world.entry.encode(world.route(0), panIndex: index)
                for _ in 0..<100 where try world.stored(0) != right { try await Task.sleep(for: .milliseconds(1)) }
                #expect(try (world.stored(0) == right) == isReplaced, "version \(version)")
            }
        }
    }

    // MARK: - Redis lies

    @Test func `an entry that was altered, cut or copied is as good as none`() async throws {
        try await withRedis { world, _ in
            let index = world.cards[0].panIndex
            let right = try world.entry.encode(world.route(0), panIndex: index)
            // Each byte is altered in `RouteEntryTests`; here some of each part.
            var entries = stride(from: 0, to: right.count, by: 5).map { position in
                var altered = right
                altered[position] ^= 0x20
                return altered
            }
            entries += [0, 1, 48, 49, 80].map { Array(right.prefix($0)) }
            entries.append(try world.entry.encode(world.route(1), panIndex: world.cards[1].panIndex))
            for (number, entry) in entries.enumerated() {
                // A look-up that Redis answers too late says nothing of its entry.
                for _ in 0..<20 where world.count("invalid") == number {
                    try world.store(entry, under: index)
                    try await check(world, 0, "entry \(number)")
                    // The right entry is written behind the answer, in the place of the wrong one.
                    for _ in 0..<200 where try world.stored(0) != right { try await Task.sleep(for: .milliseconds(5)) }
                }
            }
            #expect(world.count("hit") == 0)
            #expect(world.count("invalid") == entries.count)
        }
    }

    @Test func `a genuine entry that leads to another card is caught under the lock`() async throws {
        try await withRedis { world, _ in
            let index = world.cards[0].panIndex
            try world.store(try world.entry.encode(world.route(1), panIndex: index), under: index)
            let poisoned = try #require(try await world.find(0))
            #expect(poisoned == world.route(1))
            let reply = await pay(world, poisoned, index)
            guard case .misrouted = reply else {
                Issue.record("\(reply) for another card's number")
                return
            }
            let fresh = try #require(try await world.find(0, fresh: true))
            guard case .decided(let answer) = await pay(world, fresh, index),
                case .approved = answer.decision.outcome
            else {
                Issue.record("the payment fits")
                return
            }
            let held = try world.ledger.database.texts(
                "SELECT replace(account_id::text, '-', '') FROM balances WHERE pending_debits > 0"
            )
            #expect(held.map { "acc_" + $0 } == ["\(world.cards[0].account)"])
        }
    }

    private func pay(_ world: CacheWorld, _ route: CardRoute, _ panIndex: [UInt8]) async -> Reply {
        guard let payment = try? TestLedger.payment(100, with: route.card) else { return .failed }
        return await world.ledger.perform(.authorize(payment), on: route.account, panIndex: panIndex)
    }

    // MARK: - Redis goes away

    @Test func `with Redis wiped, stopped, killed and back the right route comes in time`() async throws {
        try await withRedis { world, redis in
            try await world.fill(0)
            try world.wipe()
            try await check(world, 0, "wiped")
            try redis.stop()
            for round in 0..<5 { try await check(world, 0, "stopped \(round)") }
            #expect(world.count("unavailable") >= 5)
            try redis.start()
            // It is left alone for a second after a failure.
            try await Task.sleep(for: .milliseconds(1_100))
            try await world.fill(0)
            let hits = world.count("hit")
            try await check(world, 0, "back")
            #expect(world.count("hit") == hits + 1)
            async let lookups: Void = withThrowingTaskGroup(of: Void.self) { group in
                for round in 0..<200 {
                    group.addTask { try await check(world, round % 2, "killed in the middle") }
                }
                try await group.waitForAll()
            }
            try redis.kill()
            try await lookups
            try await check(world, 1, "killed")
        }
    }

    @Test(arguments: FalseRedis.Behaviour.allCases)
    func `whatever answers in the place of Redis, the right route comes in time`(
        _ behaviour: FalseRedis.Behaviour
    ) async throws {
        let redis = try FalseRedis(behaviour)
        defer { redis.close() }
        let world = try await CacheWorld(redis.url)
        defer { world.close() }
        for round in 0..<4 { try await check(world, round % 2, "\(behaviour) \(round)") }
        let unknown = try await world.find([UInt8](repeating: 7, count: 32))
        #expect(unknown == nil)
        #expect(world.count("hit") == 0)
    }

    @Test func `what is asked after the end is answered without the cache`() async throws {
        let world = try await CacheWorld("redis://127.0.0.1:1")
        defer {
            world.behind.close()
            world.ledger.close()
        }
        world.cache.close()
        try await check(world, 0, "closed")
    }

    @Test func `nothing that listens is no obstacle`() async throws {
        // A port without a listener, and an address that is never answered.
        for url in ["redis://127.0.0.1:1", "redis://192.0.2.1:6379"] {
            let world = try await CacheWorld(url)
            defer { world.close() }
            for round in 0..<3 { try await check(world, 0, "\(url) \(round)") }
        }
    }
}

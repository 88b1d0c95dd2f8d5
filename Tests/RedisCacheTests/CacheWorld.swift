import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Logging
import PostgresLedger
import Synchronization
import TestSupport

@testable import RedisCache

/// The directory behind a cache, which counts what it is asked.
final class CountingDirectory: Directory {
    private let directory: PostgresDirectory
    private let counted = Mutex(0)

    init(_ database: TestDatabase) {
        directory = PostgresDirectory(url: database.servingURL, timeout: .seconds(10))
    }

    var count: Int { counted.withLock { $0 } }

    func findCard(
        panIndex: [UInt8],
        fresh: Bool,
        completion: @escaping @Sendable (Result<CardRoute?, any Error>) -> Void
    ) {
        counted.withLock { $0 += 1 }
        directory.findCard(panIndex: panIndex, fresh: fresh, completion: completion)
    }

    func close() { directory.close() }
}

/// A ledger with two cards, its directory, and a cache in front of it.
final class CacheWorld: Sendable {
    enum Failure: Error {
        case notAKey
        case cacheStaysEmpty
    }

    let ledger: TestLedger
    let cards: [TestLedger.IssuedCard]
    let behind: CountingDirectory
    let cache: CachedDirectory
    let entry: RouteEntry
    private let address: RedisAddress
    private let key: SecretKey

    init(_ url: String) async throws {
        ledger = try TestLedger(try TestDatabase.make())
        var cards: [TestLedger.IssuedCard] = []
        for _ in 0..<2 { cards.append(try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))) }
        self.cards = cards
        behind = CountingDirectory(ledger.database)
        guard let key = SecretKey(hexadecimal: "a1".utf8.map { $0 }.repeated(32)) else {
            throw Failure.notAKey
        }
        self.key = key
        entry = RouteEntry(key: key)
        address = try RedisAddress(url: url)
        cache = CachedDirectory(address, key: key, behind: behind, logger: Self.logger)
    }

    private static var logger: Logger {
        var logger = Logger(label: "cache")
        // Tests make failures on purpose.
        logger.logLevel = .critical
        return logger
    }

    func close() {
        cache.close()
        behind.close()
        ledger.close()
    }

    func route(_ card: Int) -> CardRoute {
        CardRoute(card: cards[card].id, account: cards[card].account, tenant: ledger.tenant)
    }

    /// The route of a card, or of a number that nobody has.
    func find(_ panIndex: [UInt8], fresh: Bool = false) async throws -> CardRoute? {
        try await withCheckedThrowingContinuation { continuation in
            cache.findCard(panIndex: panIndex, fresh: fresh) { continuation.resume(with: $0) }
        }
    }

    func find(_ card: Int, fresh: Bool = false) async throws -> CardRoute? {
        try await find(cards[card].panIndex, fresh: fresh)
    }

    /// How often something was the cache's answer, e.g. "hit".
    func count(_ result: String) -> Int {
        let line = cache.metrics.text.split(separator: "\n").first { $0.contains("result=\"\(result)\"") }
        return line?.split(separator: " ").last.flatMap { Int($0) } ?? -1
    }

    // MARK: - Redis, past the cache

    func store(_ value: [UInt8], under panIndex: [UInt8]) throws {
        try command([Array("SET".utf8), Self.redisKey(panIndex), value])
    }

    func stored(_ card: Int) throws -> [UInt8]? {
        try command([Array("GET".utf8), Self.redisKey(cards[card].panIndex)]).first ?? nil
    }

    func wipe() throws { try command([Array("FLUSHALL".utf8)]) }

    /// Asks until the cache has the card: what the directory found is written behind the answer.
    func fill(_ card: Int) async throws {
        for _ in 0..<1_000 {
            _ = try await find(card)
            if try stored(card) != nil { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Failure.cacheStaysEmpty
    }

    @discardableResult
    private func command(_ arguments: [[UInt8]]) throws -> [[UInt8]?] {
        let connection = try RedisConnection(address, timeout: .seconds(5))
        try connection.send(arguments)
        return try connection.receive()
    }

    private static func redisKey(_ panIndex: [UInt8]) -> [UInt8] { Array("aval:route:".utf8) + panIndex }
}

extension Array {
    fileprivate func repeated(_ count: Int) -> [Element] { (0..<count).flatMap { _ in self } }
}

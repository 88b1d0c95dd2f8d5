import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import Logging
import Synchronization

/// Routes of cards from Redis, and from the directory behind it when Redis does not have them, is slow or is away.
///
/// The cache says only where to ask: the lane compares the card's number with the row under the account's lock.
/// That a number is unknown is never answered from here.
package final class CachedDirectory: Directory {
    private typealias Completion = @Sendable (Result<CardRoute?, any Error>) -> Void

    private struct Lookup: Sendable {
        var panIndex: [UInt8]
        var completion: Completion
    }

    private struct Work: Sendable {
        var lookups: [Lookup] = []
        /// Routes to be written.
        var found: [(panIndex: [UInt8], route: CardRoute)] = []
    }

    /// Longest wait for Redis. The database answers in less than this is worth waiting for.
    private static let timeout = Duration.milliseconds(50)
    private static let secondsKept = "86400"
    /// Routes that wait to be written; more are dropped, and written at another time.
    private static let writeLimit = 4_096

    private let address: RedisAddress
    private let entry: RouteEntry
    private let directory: any Directory
    private let logger: Logger
    private let work = Mailbox(Work())
    private let finished = DispatchSemaphore(value: 0)
    package let metrics = CacheMetrics()

    package init(_ address: RedisAddress, key: SecretKey, behind directory: any Directory, logger: Logger) {
        self.address = address
        self.entry = RouteEntry(key: key)
        self.directory = directory
        self.logger = logger
        Thread.begin("aval cache", finished) { [self] in run() }
    }

    package func findCard(
        panIndex: [UInt8],
        fresh: Bool,
        completion: @escaping @Sendable (Result<CardRoute?, any Error>) -> Void
    ) {
        let lookup = Lookup(panIndex: panIndex, completion: completion)
        guard !fresh else { return findBehind(lookup) }
        let isPut = work.put { work in
            work.lookups.append(lookup)
            return true
        }
        if !isPut { findBehind(lookup) }
    }

    package func close() {
        work.close()
        finished.wait()
    }

    private func findBehind(_ lookup: Lookup) {
        directory.findCard(panIndex: lookup.panIndex, fresh: true) { [self] result in
            if case .success(let route?) = result {
                _ = work.put { work in
                    guard work.found.count < Self.writeLimit else { return false }
                    work.found.append((lookup.panIndex, route))
                    return true
                }
            }
            lookup.completion(result)
        }
    }
}

// MARK: - The thread

extension CachedDirectory {
    private func run() {
        var link = RedisLink(address, timeout: Self.timeout, logger: logger, whenAway: "the cache is away")
        while let work = takeWork() {
            var unanswered = work.lookups
            link.use { connection throws(RedisError) in
                try answer(&unanswered, connection)
                for lookup in unanswered { findBehind(lookup) }
                unanswered = []
                try write(work.found, connection)
            }
            metrics.count(.unavailable, unanswered.count)
            for lookup in unanswered { findBehind(lookup) }
        }
    }

    /// Nil when the directory is closed.
    private func takeWork() -> Work? {
        work.take { work in
            guard !work.lookups.isEmpty || !work.found.isEmpty else { return nil }
            defer { work = Work() }
            return work
        }
    }

    /// Completes the lookups that the cache can answer, and leaves the others.
    private func answer(_ lookups: inout [Lookup], _ connection: RedisConnection) throws(RedisError) {
        guard !lookups.isEmpty else { return }
        try connection.send([Array("MGET".utf8)] + lookups.map { Self.key($0.panIndex) })
        let values = try connection.receive()
        guard values.count == lookups.count else { throw RedisError(description: "an answer of another length") }
        var missed: [Lookup] = []
        var invalid: [[UInt8]] = []
        for (lookup, value) in zip(lookups, values) {
            guard let value else {
                metrics.count(.miss, 1)
                missed.append(lookup)
                continue
            }
            guard let route = entry.decode(value, panIndex: lookup.panIndex) else {
                metrics.count(.invalid, 1)
                missed.append(lookup)
                // Whatever version it claims, it does not stand in the way of a true one.
                invalid.append(Self.key(lookup.panIndex))
                continue
            }
            metrics.count(.hit, 1)
            lookup.completion(.success(route))
        }
        lookups = missed
        guard !invalid.isEmpty else { return }
        try connection.send([Array("DEL".utf8)] + invalid)
        _ = try connection.receive()
    }

    private func write(
        _ found: [(panIndex: [UInt8], route: CardRoute)],
        _ connection: RedisConnection
    ) throws(RedisError) {
        for (panIndex, route) in found {
            guard let value = try? entry.encode(route, panIndex: panIndex) else { continue }
            let script = [Array("EVAL".utf8), Array(Self.replaceLower.utf8), Array("1".utf8)]
            try connection.send(script + [Self.key(panIndex), value, Array(Self.secondsKept.utf8)])
        }
        for _ in found { _ = try connection.receive() }
    }

    /// Two processes may write at once: an entry never gives way to one of a lower version.
    private static let replaceLower = """
        local old = redis.call('GET', KEYS[1])
        if old and #old == #ARGV[1] and string.byte(old) == \(RouteEntry.format)
            and struct.unpack('>I8', old, 2) > struct.unpack('>I8', ARGV[1], 2) then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
        return 1
        """

    private static func key(_ panIndex: [UInt8]) -> [UInt8] { Array("aval:route:".utf8) + panIndex }
}

/// What the cache was good for, in numbers that are never reset.
package final class CacheMetrics: Sendable {
    enum Event: String, CaseIterable {
        case hit
        case miss
        /// Altered, cut short, or another card's.
        case invalid
        /// Asked while Redis was away.
        case unavailable
    }

    private let counts = Mutex<[Event: Int]>([:])

    func count(_ event: Event, _ number: Int) { counts.withLock { $0[event, default: 0] += number } }

    /// Prometheus text, exposition format 0.0.4.
    package var text: String {
        let counts = counts.withLock { $0 }
        let lines = Event.allCases.map { "aval_cache_lookups_total{result=\"\($0.rawValue)\"} \(counts[$0] ?? 0)" }
        return (["# TYPE aval_cache_lookups_total counter"] + lines).joined(separator: "\n") + "\n"
    }
}

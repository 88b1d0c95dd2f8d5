import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import Logging

/// Tells the other processes through Redis what this one has counted, and learns from it what they have. Behind the
/// decisions: nobody waits for it, and while Redis is away each process goes by its own count.
package final class SharedMerchantWatch: MerchantWatch {
    private static let timeout = Duration.milliseconds(50)
    /// Merchants that wait to be told; what is left out is told with the next failure.
    private static let waitingLimit = 1_024
    /// Processes whose counts are read.
    private static let processLimit = 256

    private let address: RedisAddress
    private let local: LocalMerchantWatch
    private let entry: MerchantEntry
    private let secondsKept: [UInt8]
    private let logger: Logger
    /// With failures that the others do not know.
    private let untold = Mailbox<Set<MerchantKey>>([])
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - key: of the codes by which processes know each other's counts.
    ///   - seconds: for which a failure counts.
    package init(
        _ address: RedisAddress,
        key: SecretKey,
        local: LocalMerchantWatch,
        seconds: Int64,
        logger: Logger
    ) {
        self.address = address
        self.local = local
        entry = MerchantEntry(key: key, process: .random(in: .min ... .max))
        secondsKept = Array(String(seconds).utf8)
        self.logger = logger
        Thread.begin("aval merchants", finished) { [self] in run() }
    }

    package func failures(of merchant: MerchantKey) -> MerchantFailures? { local.failures(of: merchant) }

    package func note(_ event: MerchantEvent, at merchant: MerchantKey) {
        local.note(event, at: merchant)
        switch event {
        // What is approved is told with the merchant's next failure: without one, nothing is decided by it.
        case .stopped, .approved: break
        case .failed:
            _ = untold.put { untold in
                guard untold.count < Self.waitingLimit else { return false }
                untold.insert(merchant)
                return true
            }
        }
    }

    package func close() {
        // It stays untold: nobody waits for it.
        untold.close { $0 = [] }
        finished.wait()
    }
}

// MARK: - The thread

extension SharedMerchantWatch {
    private func run() {
        let consequence: Logger.Message = "merchants are watched in this process alone"
        var link = RedisLink(address, timeout: Self.timeout, logger: logger, whenAway: consequence)
        while let merchants = untold.takeAll() {
            // Each count is a whole one: what is not told now is told with the merchant's next failure.
            link.use { connection throws(RedisError) in
                for merchant in merchants { try exchange(merchant, connection) }
            }
        }
    }

    /// A hash for each merchant, with a field for each process.
    private func exchange(_ merchant: MerchantKey, _ connection: RedisConnection) throws(RedisError) {
        guard let index = try? entry.index(of: merchant),
            let value = try? entry.encode(local.own(of: merchant), of: index)
        else { return }
        let key = Array("aval:merchant:".utf8) + index
        try connection.send([Array("HSET".utf8), key, entry.processBytes, value])
        try connection.send([Array("EXPIRE".utf8), key, secondsKept])
        try connection.send([Array("HGETALL".utf8), key])
        _ = try connection.receive()
        _ = try connection.receive()
        let fields = try connection.receive().prefix(2 * Self.processLimit)
        var others: [Int64: MerchantCounts] = [:]
        var gone: [[UInt8]] = []
        for (place, process) in fields.enumerated() where place % 2 == 0 {
            guard let process, process != entry.processBytes, place + 1 < fields.count, let value = fields[place + 1],
                let counts = entry.decode(value, of: index, by: process)
            else { continue }
            if local.isPast(counts) { gone.append(process) }
            for (slot, counts) in counts { others[slot, default: MerchantCounts()].add(counts) }
        }
        local.learn(others, of: merchant)
        // Their processes may have ended. One that has not tells its count anew with its next failure.
        guard !gone.isEmpty else { return }
        try connection.send([Array("HDEL".utf8), key] + gone)
        _ = try connection.receive()
    }
}

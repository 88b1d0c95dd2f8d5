import AuthorizationCore
import Logging
import Synchronization

/// Counts in this process's memory.
package final class LocalMerchantWatch: MerchantWatch {
    private struct State {
        var book: MerchantBook
        var stoppedCount: UInt64 = 0
    }

    /// Merchants that metrics name at once.
    private static let namedCount = 16

    private let state: Mutex<State>
    private let now: @Sendable () -> Instant
    private let masking: @Sendable ([UInt8]) -> [UInt8]
    private let logger: Logger

    /// - Parameter masking: takes card numbers out of what senders say of merchants.
    package init(
        _ limit: MerchantLimit,
        masking: @escaping @Sendable ([UInt8]) -> [UInt8],
        logger: Logger,
        now: @escaping @Sendable () -> Instant = { .wallClock }
    ) {
        state = Mutex(State(book: MerchantBook(limit: limit)))
        self.now = now
        self.masking = masking
        self.logger = logger
    }

    package func failures(of merchant: MerchantKey) -> MerchantFailures? {
        state.withLock { $0.book.failures(of: merchant, at: now()) }
    }

    package func note(_ event: MerchantEvent, at merchant: MerchantKey) {
        switch event {
        case .stopped: state.withLock { $0.stoppedCount += 1 }
        case .approved: state.withLock { $0.book.approve(merchant, at: now()) }
        case .failed: if state.withLock({ $0.book.fail(merchant, at: now()) }) { warn(of: merchant) }
        }
    }

    /// What this process has counted itself, by slot.
    package func own(of merchant: MerchantKey) -> [Int64: MerchantCounts] {
        state.withLock { $0.book.own(of: merchant, at: now()) }
    }

    /// Takes in what the other processes have counted, by slot.
    package func learn(_ others: [Int64: MerchantCounts], of merchant: MerchantKey) {
        if state.withLock({ $0.book.learn(others, of: merchant, at: now()) }) { warn(of: merchant) }
    }

    /// Whether nothing of it counts any more, or will: what a process has counted that is gone for a while.
    package func isPast(_ counts: [Int64: MerchantCounts]) -> Bool {
        state.withLock { $0.book.isPast(counts, at: now()) }
    }

    private func warn(of merchant: MerchantKey) {
        logger.warning(
            "card numbers are tried out at a merchant",
            metadata: [
                "bin": "\(merchant.bin)", "acquirer": "\(label(merchant.acquirer))",
                "acceptor": "\(label(merchant.acceptor))",
            ]
        )
    }

    /// Prometheus text, exposition format 0.0.4.
    package var text: String {
        // Requests wait for the lock: the merchants are gone through behind it.
        let (book, count) = state.withLock { ($0.book, $0.stoppedCount) }
        let stopped = book.stopped(at: now())
        let named = stopped.prefix(Self.namedCount).map { merchant, counts in
            let labels = "bin=\"\(merchant.bin)\",acquirer=\"\(label(merchant.acquirer))\","
            return (labels + "acceptor=\"\(label(merchant.acceptor))\"", counts)
        }
        // Merchants may look alike once they are masked, and no labels may come twice: the one with more failures stays.
        let lines = Dictionary(named, uniquingKeysWith: { first, _ in first })
            .sorted { ($1.value.failures, $0.key) < ($0.value.failures, $1.key) }
        return """
            # HELP aval_merchant_declines_total Requests declined because of too many failures at their merchant.
            # TYPE aval_merchant_declines_total counter
            aval_merchant_declines_total \(count)
            # HELP aval_merchants_stopped Merchants where numbers are tried out, by the first digits of card numbers.
            # TYPE aval_merchants_stopped gauge
            aval_merchants_stopped \(stopped.count)
            # HELP aval_merchant_failures Failed requests at those with the most of them.
            # TYPE aval_merchant_failures gauge
            \(lines.map { "aval_merchant_failures{\($0.key)} \($0.value.failures)\n" }.joined())\
            # HELP aval_merchant_requests Failed and approved requests there, of which the failures are the share.
            # TYPE aval_merchant_requests gauge
            \(lines.map { "aval_merchant_requests{\($0.key)} \($0.value.requests)\n" }.joined())
            """
    }

    /// What of a sender's text is put into metrics and logs.
    private func label(_ text: String) -> String {
        let plain = masking(Array(text.utf8)).map { byte in
            (0x20...0x7E).contains(byte) && byte != 0x22 && byte != 0x5C ? byte : 0x3F
        }
        return String(decoding: plain, as: UTF8.self)
    }
}

import AuthorizationCore

/// The merchants of which requests have failed of late, as far as they fit in.
package struct MerchantBook: Sendable {
    let limit: MerchantLimit
    /// Merchants that are kept.
    let capacity: Int
    private var windows: [MerchantKey: FailureWindow] = [:]

    package init(limit: MerchantLimit, capacity: Int = Limits.watchedMerchants) {
        self.limit = limit
        self.capacity = capacity
    }

    package var count: Int { windows.count }

    /// Nil unless the merchant is stopped.
    package func failures(of merchant: MerchantKey, at now: Instant) -> MerchantFailures? {
        guard let counts = windows[merchant]?.stopping(limit, at: limit.slot(at: now)) else { return nil }
        return MerchantFailures(count: counts.failures, limit: limit.count)
    }

    /// This process's own, by slot; empty for a merchant that is not kept.
    package func own(of merchant: MerchantKey, at now: Instant) -> [Int64: MerchantCounts] {
        windows[merchant]?.own(at: limit.slot(at: now)) ?? [:]
    }

    /// - Returns: whether it is the failure that stops the merchant.
    package mutating func fail(_ merchant: MerchantKey, at now: Instant) -> Bool {
        let slot = limit.slot(at: now)
        if windows[merchant] == nil, windows.count >= capacity { forget(at: slot) }
        return windows[merchant, default: FailureWindow()].fail(limit, at: slot)
    }

    /// Counts from the first failure on: a merchant without one takes no place. So its first failures are a larger share
    /// than they were, which stops it too soon rather than too late.
    package mutating func approve(_ merchant: MerchantKey, at now: Instant) {
        guard let index = windows.index(forKey: merchant) else { return }
        windows.values[index].approve(limit, at: limit.slot(at: now))
    }

    /// - Parameter others: what the other processes have counted, by slot.
    /// - Returns: whether it stops the merchant.
    package mutating func learn(_ others: [Int64: MerchantCounts], of merchant: MerchantKey, at now: Instant) -> Bool {
        // One that was forgotten meanwhile had few failures.
        guard let index = windows.index(forKey: merchant) else { return false }
        return windows.values[index].learn(others, limit, at: limit.slot(at: now))
    }

    /// Whether all slots of a count are before the window.
    package func isPast(_ counts: [Int64: MerchantCounts], at now: Instant) -> Bool {
        let first = limit.slot(at: now) - Int64(FailureWindow.slotCount) + 1
        return counts.keys.allSatisfy { $0 < first }
    }

    /// Those that are stopped, with the most failures first.
    package func stopped(at now: Instant) -> [(merchant: MerchantKey, counts: MerchantCounts)] {
        let slot = limit.slot(at: now)
        return windows.compactMap { merchant, window in
            window.stopping(limit, at: slot).map { (merchant: merchant, counts: $0) }
        }.sorted { $0.counts.failures > $1.counts.failures }
    }

    /// Makes room: of those with failures that still count, the half with the fewest goes, which are the furthest from the
    /// limit. Requests wait meanwhile: the merchants are not sorted, only the few counts that they have.
    private mutating func forget(at slot: Int64) {
        windows = windows.filter { $0.value.counts(at: slot).failures > 0 }
        guard windows.count >= capacity else { return }
        var merchants: [UInt32: Int] = [:]
        for window in windows.values { merchants[window.counts(at: slot).failures, default: 0] += 1 }
        var room = capacity / 2
        for (count, number) in merchants.sorted(by: { $0.key > $1.key }) {
            merchants[count] = min(number, room)
            room -= min(number, room)
        }
        windows = windows.filter { _, window in
            let count = window.counts(at: slot).failures
            guard let left = merchants[count], left > 0 else { return false }
            merchants[count] = left - 1
            return true
        }
    }
}

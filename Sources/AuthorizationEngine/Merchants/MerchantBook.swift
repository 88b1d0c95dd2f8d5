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

    /// Nil below the limit.
    package func failures(of merchant: MerchantKey, at now: Instant) -> MerchantFailures? {
        guard let window = windows[merchant] else { return nil }
        let count = window.count(at: limit.slot(at: now))
        return count >= limit.count ? MerchantFailures(count: count, limit: limit.count) : nil
    }

    /// This process's own, by slot; empty for a merchant that is not kept.
    package func own(of merchant: MerchantKey, at now: Instant) -> [Int64: UInt32] {
        windows[merchant]?.own(at: limit.slot(at: now)) ?? [:]
    }

    /// - Returns: whether it is the failure with which the limit is reached.
    package mutating func add(_ merchant: MerchantKey, at now: Instant) -> Bool {
        let slot = limit.slot(at: now)
        if windows[merchant] == nil, windows.count >= capacity { forget(at: slot) }
        return change(merchant, at: now) { $0.add(at: slot) }
    }

    /// - Parameter others: what the other processes have counted, by slot.
    /// - Returns: whether the limit is reached with it.
    package mutating func learn(_ others: [Int64: UInt32], of merchant: MerchantKey, at now: Instant) -> Bool {
        // One that was forgotten meanwhile had few failures.
        guard windows[merchant] != nil else { return false }
        let slot = limit.slot(at: now)
        return change(merchant, at: now) { $0.learn(others, at: slot) }
    }

    /// Whether all slots of a count are before the window.
    package func isPast(_ counts: [Int64: UInt32], at now: Instant) -> Bool {
        let first = limit.slot(at: now) - Int64(FailureWindow.slotCount) + 1
        return counts.keys.allSatisfy { $0 < first }
    }

    /// Those with too many failures, the most first.
    package func stopped(at now: Instant) -> [(merchant: MerchantKey, failures: UInt32)] {
        let slot = limit.slot(at: now)
        return windows.map { (merchant: $0.key, failures: $0.value.count(at: slot)) }
            .filter { $0.failures >= limit.count }.sorted { $0.failures > $1.failures }
    }

    private mutating func change(_ merchant: MerchantKey, at now: Instant, _ body: (inout FailureWindow) -> Void)
        -> Bool
    {
        let wasStopped = failures(of: merchant, at: now) != nil
        body(&windows[merchant, default: FailureWindow()])
        return !wasStopped && failures(of: merchant, at: now) != nil
    }

    /// Makes room: of those with failures that still count, the half with the fewest goes, which are the furthest from the
    /// limit. Requests wait meanwhile: the merchants are not sorted, only the few counts that they have.
    private mutating func forget(at slot: Int64) {
        windows = windows.filter { $0.value.count(at: slot) > 0 }
        guard windows.count >= capacity else { return }
        var merchants: [UInt32: Int] = [:]
        for window in windows.values { merchants[window.count(at: slot), default: 0] += 1 }
        var room = capacity / 2
        for (count, number) in merchants.sorted(by: { $0.key > $1.key }) {
            merchants[count] = min(number, room)
            room -= min(number, room)
        }
        windows = windows.filter { _, window in
            let count = window.count(at: slot)
            guard let left = merchants[count], left > 0 else { return false }
            merchants[count] = left - 1
            return true
        }
    }
}

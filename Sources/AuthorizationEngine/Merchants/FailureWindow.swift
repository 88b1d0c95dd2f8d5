import AuthorizationCore

/// From how many failures on a merchant's requests are declined, and for how long each counts.
package struct MerchantLimit: Hashable, Sendable {
    /// 1 or more.
    package let count: UInt32
    /// What part of the requests they must be besides, in percent, 0 to 100.
    private let share: UInt32
    /// Of each part of the window, in microseconds.
    private let slot: Int64

    /// - Parameter seconds: ``FailureWindow/slotCount`` or more.
    package init(count: UInt32, share: UInt32, seconds: Int64) {
        precondition(count > 0 && seconds >= Int64(FailureWindow.slotCount), "a limit counts something for a while")
        precondition(share <= 100, "no more fail than there are")
        self.count = count
        self.share = share
        slot = seconds * 1_000_000 / Int64(FailureWindow.slotCount)
    }

    /// The part of time that an instant lies in, the same in all processes.
    package func slot(at now: Instant) -> Int64 { now.microseconds / slot }

    func isReached(by counts: MerchantCounts) -> Bool {
        counts.failures >= count && UInt64(counts.failures) * 100 >= UInt64(share) * UInt64(counts.requests)
    }
}

/// What was counted of one merchant in a window that slides in steps, and whether it is stopped.
///
/// It is stopped from a failure on, never by the time alone that makes approved requests too old. Nothing is counted while
/// it is stopped, but what was under way: so it stays so until the window slides, is stopped at most once in each step, and
/// is free again after the window at the latest.
package struct FailureWindow: Hashable, Sendable {
    package static let slotCount = 12

    private struct Slot: Hashable, Sendable {
        var number: Int64
        /// Of this process.
        var own = MerchantCounts()
        /// Of the other processes, as far as they are known.
        var others = MerchantCounts()
    }

    /// At most ``slotCount``.
    private var slots: [Slot] = []
    /// Whether the limit was reached by a failure, and nothing counted since was below it.
    private var isLimitReached = false

    package init() {}

    /// Of all processes.
    package func counts(at slot: Int64) -> MerchantCounts {
        var sum = MerchantCounts()
        for part in slots where Self.isStanding(part.number, at: slot) {
            sum.add(part.own)
            sum.add(part.others)
        }
        return sum
    }

    /// Nil unless the merchant is stopped.
    package func stopping(_ limit: MerchantLimit, at slot: Int64) -> MerchantCounts? {
        guard isLimitReached else { return nil }
        let counts = counts(at: slot)
        return limit.isReached(by: counts) ? counts : nil
    }

    /// What this process has counted itself, by slot.
    package func own(at slot: Int64) -> [Int64: MerchantCounts] {
        let standing = slots.filter { Self.isStanding($0.number, at: slot) && $0.own.requests > 0 }
        return Dictionary(standing.map { ($0.number, $0.own) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Returns: whether it stops the merchant.
    package mutating func fail(_ limit: MerchantLimit, at slot: Int64) -> Bool {
        let wasStopped = stopping(limit, at: slot) != nil
        change(slot, at: slot) { $0.own.add(.failed) }
        isLimitReached = limit.isReached(by: counts(at: slot))
        return isLimitReached && !wasStopped
    }

    package mutating func approve(_ limit: MerchantLimit, at slot: Int64) {
        change(slot, at: slot) { $0.own.add(.approved) }
        if isLimitReached { isLimitReached = limit.isReached(by: counts(at: slot)) }
    }

    /// Takes in what the other processes have counted, in place of what was known of them. What is of no slot that counts
    /// now is left out.
    ///
    /// - Returns: whether it stops the merchant.
    package mutating func learn(_ others: [Int64: MerchantCounts], _ limit: MerchantLimit, at slot: Int64) -> Bool {
        let wasStopped = stopping(limit, at: slot) != nil
        for index in slots.indices { slots[index].others = MerchantCounts() }
        for (number, counts) in others where Self.isStanding(number, at: slot) {
            change(number, at: slot) { $0.others = counts }
        }
        isLimitReached = limit.isReached(by: counts(at: slot))
        return isLimitReached && !wasStopped
    }

    private static func isStanding(_ number: Int64, at slot: Int64) -> Bool {
        number <= slot && number > slot - Int64(slotCount)
    }

    /// Payments wait meanwhile: what is past is removed only when a slot is new.
    private mutating func change(_ number: Int64, at slot: Int64, _ body: (inout Slot) -> Void) {
        if let index = slots.firstIndex(where: { $0.number == number }) { return body(&slots[index]) }
        slots.removeAll { !Self.isStanding($0.number, at: slot) }
        var new = Slot(number: number)
        body(&new)
        slots.append(new)
    }
}

import AuthorizationCore

/// From how many failures on a merchant's requests are declined, and for how long each counts.
package struct MerchantLimit: Hashable, Sendable {
    /// 1 or more.
    package let count: UInt32
    /// Of each part of the window, in microseconds.
    private let slot: Int64

    /// - Parameter seconds: ``FailureWindow/slotCount`` or more.
    package init(count: UInt32, seconds: Int64) {
        precondition(count > 0 && seconds >= Int64(FailureWindow.slotCount), "a limit counts something for a while")
        self.count = count
        slot = seconds * 1_000_000 / Int64(FailureWindow.slotCount)
    }

    /// The part of time that an instant lies in, the same in all processes.
    package func slot(at now: Instant) -> Int64 { now.microseconds / slot }
}

/// The failures of one merchant in a window that slides in steps.
package struct FailureWindow: Hashable, Sendable {
    package static let slotCount = 12

    private struct Slot: Hashable, Sendable {
        var number: Int64
        /// Of this process.
        var own: UInt32 = 0
        /// Of the other processes, as far as they are known.
        var others: UInt32 = 0
    }

    /// At most ``slotCount``.
    private var slots: [Slot] = []

    package init() {}

    /// Failures of all processes.
    package func count(at slot: Int64) -> UInt32 {
        standing(at: slot).reduce(0) { $0.addingClamped($1.own).addingClamped($1.others) }
    }

    /// Those that this process has counted itself, by slot.
    package func own(at slot: Int64) -> [Int64: UInt32] {
        Dictionary(standing(at: slot).filter { $0.own > 0 }.map { ($0.number, $0.own) }, uniquingKeysWith: max)
    }

    package mutating func add(at slot: Int64) { change(slot, at: slot) { $0.own = $0.own.addingClamped(1) } }

    /// Takes in what the other processes have counted, in place of what was known of them. What is of no slot that counts
    /// now is left out.
    package mutating func learn(_ others: [Int64: UInt32], at slot: Int64) {
        for index in slots.indices { slots[index].others = 0 }
        for (number, count) in others where Self.isStanding(number, at: slot) {
            change(number, at: slot) { $0.others = count }
        }
    }

    private static func isStanding(_ number: Int64, at slot: Int64) -> Bool {
        number <= slot && number > slot - Int64(slotCount)
    }

    private func standing(at slot: Int64) -> [Slot] { slots.filter { Self.isStanding($0.number, at: slot) } }

    private mutating func change(_ number: Int64, at slot: Int64, _ body: (inout Slot) -> Void) {
        slots = standing(at: slot)
        if let index = slots.firstIndex(where: { $0.number == number }) { return body(&slots[index]) }
        var new = Slot(number: number)
        body(&new)
        slots.append(new)
    }
}

extension UInt32 {
    fileprivate func addingClamped(_ other: UInt32) -> UInt32 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

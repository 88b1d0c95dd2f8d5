import Dispatch
import Synchronization

/// The door of a lane: any thread puts commands in, the lane's thread takes them out.
package final class LaneInbox: Sendable {
    fileprivate struct State {
        var queue = LaneQueue()
        /// What the lane took last, and may have answered or put back since.
        var taken: [LaneItem] = []
        var pace = LanePace()
        var isSleeping = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    package init() {}

    /// False when the lane takes nothing more of this kind now, or could not answer it in time.
    package func submit(_ item: LaneItem) -> Bool {
        let now = ContinuousClock.now
        let (isTaken, mustWake) = state.withLock { state in
            guard !state.isClosed, state.isInTime(item, now), state.queue.append(item) else { return (false, false) }
            defer { state.isSleeping = false }
            return (true, state.isSleeping)
        }
        if mustWake { wakeUp.signal() }
        return isTaken
    }

    /// Lets the lane finish what waits and then stop.
    package func close() {
        let mustWake = state.withLock { state in
            state.isClosed = true
            defer { state.isSleeping = false }
            return state.isSleeping
        }
        if mustWake { wakeUp.signal() }
    }

    /// Commands that were taken in and are not answered.
    var unanswered: [LaneItem] {
        state.withLock { state in
            let waiting = state.queue.items
            let ids = Set(waiting.map(\.id))
            return waiting + state.taken.filter { !$0.isAnswered && !ids.contains($0.id) }
        }
    }

    package var waitingCount: Int { state.withLock { $0.queue.count } }

    /// Waits until something is there. Nil when the lane is closed and empty.
    func take(_ limit: Int) -> [LaneItem]? {
        while true {
            let items: [LaneItem]?? = state.withLock { state in
                let items = state.queue.take(limit)
                state.taken = items
                state.pace.batchEnded(.now, next: !items.isEmpty)
                if !items.isEmpty { return .some(items) }
                if state.isClosed { return .some(nil) }
                state.isSleeping = true
                return nil
            }
            if let items { return items }
            wakeUp.wait()
        }
    }

    func putBack(_ items: [LaneItem]) { state.withLock { $0.queue.putBack(items) } }
}

extension LaneInbox.State {
    /// What must be accepted is never late.
    fileprivate func isInTime(_ item: LaneItem, _ now: ContinuousClock.Instant) -> Bool {
        item.mustBeAccepted || now + pace.wait(behind: queue.countBefore(item.account), now) < item.deadline
    }
}

/// How fast a lane works, as far as its last batches tell. Time is passed in.
struct LanePace {
    /// Of a batch, smoothed over about the last eight.
    private(set) var typical = Duration.zero
    /// Nil while the lane has nothing to do.
    private var began: ContinuousClock.Instant?

    /// - Parameter next: whether another batch begins at once.
    mutating func batchEnded(_ now: ContinuousClock.Instant, next: Bool) {
        if let began { typical += ((now - began) - typical) / 8 }
        began = next ? now : nil
    }

    /// How long a command waits until it is decided, with so many to be decided before it. An idle lane takes
    /// whatever comes: only so does it learn that it has become faster.
    func wait(behind count: Int, _ now: ContinuousClock.Instant) -> Duration {
        guard let began else { return .zero }
        // A batch that takes longer than usual may take as long again.
        let current = now - began
        let rest = current < typical ? typical - current : current
        return rest + typical * (count / Limits.batchSize + 1)
    }
}

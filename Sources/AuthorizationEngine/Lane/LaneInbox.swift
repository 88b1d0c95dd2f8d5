import Dispatch
import Synchronization

/// The door of a lane: any thread puts commands in, the lane's thread takes them out.
package final class LaneInbox: Sendable {
    private struct State {
        var queue = LaneQueue()
        var isSleeping = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    package init() {}

    /// False when the lane takes nothing more of this kind now.
    package func submit(_ item: LaneItem) -> Bool {
        let (isTaken, mustWake) = state.withLock { state in
            guard !state.isClosed, state.queue.append(item) else { return (false, false) }
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

    package var waitingCount: Int { state.withLock { $0.queue.count } }

    /// Waits until something is there. Nil when the lane is closed and empty.
    func take(_ limit: Int) -> [LaneItem]? {
        while true {
            let items: [LaneItem]?? = state.withLock { state in
                let items = state.queue.take(limit)
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

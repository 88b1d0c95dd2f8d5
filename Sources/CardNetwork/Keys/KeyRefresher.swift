import AuthorizationEngine
import Synchronization

/// Reads keys for whoever misses one: one reading at a time, and after each a pause, however many ask. What is read is
/// never put in the place of what was read later.
package final class KeyRefresher: KeySource {
    private struct State {
        /// Those whose reading has not begun.
        var waiting: [@Sendable (KeyRefresh) -> Void] = []
        /// Whether a reading runs, or waits for the pause to end.
        var isUnderWay = false
        var pauseEnd: ContinuousClock.Instant?
    }

    private let pause: Duration
    private let read: @Sendable () async -> Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - pause: a quarter of a second: a flood of wrong messages makes few readings, and a right one waits for its own
    ///     for a small part of the time that it has.
    ///   - read: whether it could.
    package init(pause: Duration = .milliseconds(250), read: @escaping @Sendable () async -> Bool) {
        self.pause = pause
        self.read = read
    }

    package func readAgain(completion: @escaping @Sendable (KeyRefresh) -> Void) {
        let mustBegin = state.withLock { state in
            state.waiting.append(completion)
            defer { state.isUnderWay = true }
            return !state.isUnderWay
        }
        if mustBegin { Task { await readWhileWanted() } }
    }

    private func readWhileWanted() async {
        repeat {
            if let end = state.withLock({ $0.pauseEnd }) { try? await Task.sleep(until: end, clock: .continuous) }
            let (began, waiting) = state.withLock { state in
                defer { state.waiting = [] }
                return (ContinuousClock.now, state.waiting)
            }
            let isRead = await read()
            state.withLock { $0.pauseEnd = .now + pause }
            for completion in waiting { completion(KeyRefresh(began: began, isRead: isRead)) }
        } while state.withLock { state in
            state.isUnderWay = !state.waiting.isEmpty
            return state.isUnderWay
        }
    }
}

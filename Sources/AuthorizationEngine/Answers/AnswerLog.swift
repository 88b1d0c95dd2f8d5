import AuthorizationCore
import DequeModule
import Synchronization

/// Which of a lane's transactions have answers that may not have left yet. Each batch stores it in the lane's row, so
/// that after a crash it is known whose holds are uncertain: one too many is right, one too few is wrong.
package final class AnswerLog: Sendable {
    private struct Entry {
        var began: Instant
        var isOpen = true
    }

    private struct State {
        /// Number of the first entry; all batches before it are answered.
        var first: Int64 = 1
        /// The first one is open.
        var entries: Deque<Entry> = []
        /// The lowest batch that will never be called answered.
        var leftOpen: (number: Int64, began: Instant)?
    }

    private let state = Mutex(State())

    package init() {}

    /// A batch that is about to be committed. It stays open as long as somebody holds it.
    func open(at now: Instant) -> OpenBatch {
        let number = state.withLock { state in
            state.entries.append(Entry(began: now))
            return state.first + Int64(state.entries.count) - 1
        }
        return OpenBatch(number, began: now, in: self)
    }

    fileprivate func leaveOpen(_ number: Int64, began: Instant) {
        state.withLock { state in
            if number < state.leftOpen?.number ?? .max { state.leftOpen = (number, began) }
        }
    }

    fileprivate func close(_ number: Int64) {
        state.withLock { state in
            state.entries[Int(number - state.first)].isOpen = false
            while state.entries.first?.isOpen == false {
                state.entries.removeFirst()
                state.first += 1
            }
        }
    }

    /// The last batch before which, it included, all answers have left; and when the first after it began.
    fileprivate func answered(before now: Instant) -> (batch: Int64, since: Instant) {
        state.withLock { state in
            if let leftOpen = state.leftOpen, leftOpen.number < state.first {
                return (leftOpen.number - 1, leftOpen.began)
            }
            return (state.first - 1, state.entries.first?.began ?? now)
        }
    }

    /// Whether every answer has left.
    package var isEmpty: Bool { state.withLock { $0.entries.isEmpty && $0.leftOpen == nil } }
}

/// A batch whose answers have not all left. Its end, when nobody holds it any more, says that they have.
package final class OpenBatch: Sendable {
    private let log: AnswerLog
    let number: Int64
    private let began: Instant

    fileprivate init(_ number: Int64, began: Instant, in log: AnswerLog) {
        self.log = log
        self.number = number
        self.began = began
    }

    deinit { log.close(number) }

    /// It will never be called answered: its holds are for the next start to mark.
    func leaveOpen() { log.leaveOpen(number, began: began) }

    /// What the batch stores about itself and those before it.
    var record: BatchRecord {
        let answered = log.answered(before: began)
        return BatchRecord(
            batch: number,
            began: began,
            answeredBatch: answered.batch,
            unansweredSince: answered.since
        )
    }
}

/// A batch's number, and which batches of its lane were wholly answered when it was committed.
package struct BatchRecord: Hashable, Sendable {
    package var batch: Int64
    package var began: Instant
    package var answeredBatch: Int64
    /// When the first batch after that one began.
    package var unansweredSince: Instant
}

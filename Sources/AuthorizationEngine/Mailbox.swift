import Dispatch
import Foundation
import Synchronization

/// What any number of threads leave for one that takes it, and sleeps while there is nothing. How much may wait is for
/// those who leave it to say.
package final class Mailbox<Content: Sendable>: Sendable {
    private struct State {
        var content: Content
        var isClosed = false
        var isSleeping = false
    }

    private let state: Mutex<State>
    private let wakeUp = DispatchSemaphore(value: 0)

    package init(_ content: Content) { state = Mutex(State(content: content)) }

    /// Leaves something, and wakes whoever takes it.
    ///
    /// - Parameter body: tells whether it has left something: false when too much waits.
    /// - Returns: whether something was left. It is not once the mailbox is closed.
    package func put(_ body: (inout Content) -> Bool) -> Bool {
        let (isPut, mustWake) = state.withLock { state in
            guard !state.isClosed, body(&state.content) else { return (false, false) }
            defer { state.isSleeping = false }
            return (true, state.isSleeping)
        }
        if mustWake { wakeUp.signal() }
        return isPut
    }

    /// By one thread alone: sleeps until `body` finds something. Nil when the mailbox is closed and it finds nothing more.
    package func take<Taken: Sendable>(_ body: (inout Content) -> Taken?) -> Taken? {
        while true {
            let taken: Taken?? = state.withLock { state in
                if let taken = body(&state.content) { return .some(taken) }
                if state.isClosed { return .some(nil) }
                state.isSleeping = true
                return nil
            }
            if let taken { return taken }
            wakeUp.wait()
        }
    }

    /// Nothing can be left any more. What waits can still be taken, but for what `body` removes.
    package func close(_ body: (inout Content) -> Void = { _ in }) {
        let mustWake = state.withLock { state in
            state.isClosed = true
            body(&state.content)
            defer { state.isSleeping = false }
            return state.isSleeping
        }
        if mustWake { wakeUp.signal() }
    }

    /// Looks at what waits, or changes it, and wakes nobody.
    package func withContent<Value: Sendable>(_ body: (inout Content) -> Value) -> Value {
        state.withLock { body(&$0.content) }
    }
}

extension Mailbox where Content: Collection & ExpressibleByArrayLiteral {
    /// Takes all that waits, as ``take(_:)`` does.
    package func takeAll() -> Content? {
        take { content in
            guard !content.isEmpty else { return nil }
            defer { content = [] }
            return content
        }
    }
}

extension Thread {
    /// Begins what blocks on a thread of its own: Swift's shared threads must not wait.
    ///
    /// - Parameter finished: signalled when it has returned.
    package static func begin(
        _ name: String,
        _ finished: DispatchSemaphore,
        _ body: @escaping @Sendable () -> Void
    ) {
        let thread = Thread {
            body()
            finished.signal()
        }
        thread.name = name
        thread.start()
    }
}

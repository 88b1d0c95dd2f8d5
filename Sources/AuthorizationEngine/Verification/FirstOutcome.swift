import Synchronization

/// Takes the outcome that comes first: an answer, or the end of the wait for it.
package final class FirstOutcome<Value: Sendable>: Sendable {
    private let completion: Mutex<(@Sendable (Value) -> Void)?>

    /// - Parameter completion: called once, on any thread.
    package init(_ completion: @escaping @Sendable (Value) -> Void) { self.completion = Mutex(completion) }

    package func give(_ outcome: Value) {
        completion.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }?(outcome)
    }
}

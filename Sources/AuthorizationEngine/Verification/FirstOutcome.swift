import Synchronization

/// Takes the outcome that comes first: an answer, or the end of the wait for it.
package final class FirstOutcome<Value: Sendable>: Sendable {
    private let completion: Mutex<(@Sendable (Value) -> Void)?>

    /// - Parameter completion: called once, on any thread.
    package init(_ completion: @escaping @Sendable (Value) -> Void) { self.completion = Mutex(completion) }

    package var isGiven: Bool { completion.withLock { $0 == nil } }

    package func give(_ outcome: Value) {
        completion.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }?(outcome)
    }

    /// What `work` finds, or `late` when that takes longer than `limit`. Nobody waits for it then, but it goes on: a module
    /// that hangs cannot be told to stop.
    package static func of(
        within limit: Duration,
        late: Value,
        _ work: @escaping @Sendable () async -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            let outcome = FirstOutcome { continuation.resume(returning: $0) }
            let timeout = Task {
                try await Task.sleep(for: limit)
                outcome.give(late)
            }
            Task {
                outcome.give(await work())
                timeout.cancel()
            }
        }
    }
}

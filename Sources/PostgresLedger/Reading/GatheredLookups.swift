import Synchronization

/// Look-ups of many callers on one connection: all that wait when their turn comes are found at once.
final class GatheredLookups<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    typealias Completion = @Sendable (Result<Value?, any Error>) -> Void
    /// What is there under keys. One that cannot be read spoils no other's.
    typealias Find = @Sendable (Set<Key>, PostgresConnection) throws -> [Key: Result<Value, any Error>]

    private struct Lookup: Sendable {
        var key: Key
        var completion: Completion
    }

    private struct State {
        var waiting: [Lookup] = []
        var isScheduled = false
    }

    private let thread: ConnectionThread
    private let findAll: Find
    private let state = Mutex(State())

    init(on thread: ConnectionThread, _ findAll: @escaping Find) {
        self.thread = thread
        self.findAll = findAll
    }

    func find(_ key: Key, completion: @escaping Completion) {
        let mustSchedule = state.withLock { state in
            state.waiting.append(Lookup(key: key, completion: completion))
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustSchedule { thread.submit { [self] connection in findWaiting(connection) } }
    }

    func close() { thread.close() }

    private func findWaiting(_ connection: Result<PostgresConnection, PostgresError>) {
        let lookups = state.withLock { state in
            defer { state.waiting.removeAll(keepingCapacity: true) }
            state.isScheduled = false
            return state.waiting
        }
        let found = Result { try findAll(Set(lookups.map(\.key)), try connection.get()) }
        for lookup in lookups {
            lookup.completion(found.flatMap { $0[lookup.key]?.map(Optional.some) ?? .success(nil) })
        }
    }
}

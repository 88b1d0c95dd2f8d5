import AuthorizationEngine
import Synchronization

/// Requests with an Idempotency-Key that this process is carrying out. A repeat that comes meanwhile waits for the
/// first one's end, and then finds its answer. Other processes are kept apart by the account's lock and the key's
/// uniqueness.
final class KeysInFlight: Sendable {
    /// Only repeats ever wait so.
    private static let step = Duration.milliseconds(10)

    private let keys = Mutex<Set<ClientKey>>([])

    /// Carries a request out once no other one with its key is being carried out.
    ///
    /// - Parameters:
    ///   - key: nil waits for nothing.
    ///   - limit: how long it may wait.
    /// - Throws: `Problem` 409 when that time is up.
    func run<Value>(
        _ key: ClientKey?,
        within limit: Duration,
        _ body: () async throws -> Value
    ) async throws -> Value {
        guard let key else { return try await body() }
        let deadline = ContinuousClock.now + limit
        while !begin(key) {
            guard .now < deadline else {
                throw Problem(
                    .requestInProgress,
                    "Send it again with the same Idempotency-Key: you get the first one's answer.",
                    retryAfter: 1
                )
            }
            try await Task.sleep(for: Self.step)
        }
        defer { keys.withLock { _ = $0.remove(key) } }
        return try await body()
    }

    private func begin(_ key: ClientKey) -> Bool { keys.withLock { $0.insert(key).inserted } }
}

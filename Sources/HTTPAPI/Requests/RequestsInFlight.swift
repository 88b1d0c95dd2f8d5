import Synchronization

/// Requests that were taken and are not answered yet, by their request ids: what a stop that takes too long leaves.
package final class RequestsInFlight: Sendable {
    private let operations = Mutex<[String: APIOperation]>([:])

    package init() {}

    func begin(_ operation: APIOperation, requestID: String) {
        operations.withLock { $0[requestID] = operation }
    }

    func end(requestID: String) {
        operations.withLock { $0[requestID] = nil }
    }

    /// Method, route and request id of each.
    package var descriptions: [String] {
        operations.withLock { $0 }.map { "\($0.value.method.rawValue) \($0.value.path) \($0.key)" }.sorted()
    }
}

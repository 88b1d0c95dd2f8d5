import Foundation

/// Runs what blocks for long, or computes, on a thread of its own: the few threads that tests share are for those that
/// only wait, whose time limits run on.
package func onOwnThread<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

import HTTPTypes
import NIOCore

/// Who gets an answer that goes on for long.
struct StreamingClient: Sendable {
    var headers: HTTPFields
    /// The connection that the answer goes to.
    var channel: any Channel
    /// Throws a problem when the key was revoked since, or lost its scope.
    var checkAccess: @Sendable () async throws -> Void
}

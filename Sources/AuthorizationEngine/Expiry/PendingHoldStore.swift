import AuthorizationCore

/// Where a walk through pending authorizations stands: they come by the time and then by identifier.
package struct PendingPosition: Hashable, Sendable {
    package var createdAt: Instant
    package var authorization: AuthorizationID

    package static let start = PendingPosition(
        createdAt: .distantPast,
        authorization: AuthorizationID(high: 0, low: 0)
    )

    package init(createdAt: Instant, authorization: AuthorizationID) {
        self.createdAt = createdAt
        self.authorization = authorization
    }
}

package protocol PendingHoldStore: Sendable {
    /// Programs whose clock was put ahead.
    func sandboxes() async throws -> [Program]
    /// So many of the pending authorizations that were made before then, from the position on. Fewer are the last.
    ///
    /// - Parameter program: whose they are; nil for all.
    func pending(
        of program: ProgramID?,
        before limit: Instant,
        after position: PendingPosition,
        limit: Int
    ) async throws -> [(account: AccountID, authorization: Authorization)]
}

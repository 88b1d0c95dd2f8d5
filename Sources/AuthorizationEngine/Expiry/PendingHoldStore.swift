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
    /// So many of the pending authorizations that were made before then, from the position on. Fewer are the last.
    func pending(
        before latest: Instant,
        after position: PendingPosition,
        limit: Int
    ) async throws -> [(account: AccountID, authorization: Authorization)]

    /// Programs whose clock was put ahead.
    func sandboxes() async throws -> [Program]

    /// So many of a program's accounts, in their order from the one behind the last on. Fewer are the last.
    func accounts(of program: ProgramID, after last: AccountID?, limit: Int) async throws -> [AccountID]

    /// So many of some accounts' pending authorizations that were made before then, in the order of their identifiers from
    /// the one behind the last on. Fewer are the last.
    func pending(
        of accounts: [AccountID],
        before latest: Instant,
        after last: AuthorizationID?,
        limit: Int
    ) async throws -> [(account: AccountID, authorization: Authorization)]
}

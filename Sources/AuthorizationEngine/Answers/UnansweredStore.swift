import AuthorizationCore

/// A hold whose answer may not have left.
package struct UnansweredHold: Hashable, Sendable {
    package var account: AccountID
    package var authorization: AuthorizationID

    package init(account: AccountID, authorization: AuthorizationID) {
        self.account = account
        self.authorization = authorization
    }
}

/// What processes leave behind about their answers. A process is named by its boot identifier and holds a lock on it
/// while it runs.
package protocol UnansweredStore: Sendable {
    /// Holds the lock on this process's identifier, again after a connection was lost.
    func announce(_ boot: EventID) async throws
    /// Processes that ended and left rows. They are locked until they are forgotten, so that one process cares.
    func ended(besides boot: EventID) async throws -> [EventID]
    /// Gives the holds of an ended process's unanswered batches, page by page, and then takes away the rows that say
    /// so. Rows that were written meanwhile, because it runs after all, stay for another time.
    func settle(_ ended: EventID, _ body: @Sendable ([UnansweredHold]) async throws -> Void) async throws
    /// Takes this process's rows away: every answer has left.
    func forget(_ boot: EventID) async throws
}

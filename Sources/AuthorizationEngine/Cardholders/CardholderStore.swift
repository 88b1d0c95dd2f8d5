import AuthorizationCore

/// What is done to a cardholder that is there.
package enum CardholderChange: Sendable {
    /// Puts these in the place of those that it has; what is nil stays.
    case content(reference: String?, name: SealedName?)
    case status(Cardholder.Status, reason: String)
    /// Forgets the name, once the cardholder and all of its cards and accounts are closed.
    case erasure(at: Instant)
}

/// Cardholders, away from the lanes. Each change and its record are one transaction.
package protocol CardholderStore: Sendable {
    /// Refused when another one of the tenant has the reference.
    func add(_ cardholder: Cardholder, _ keyed: KeyedAnswer) async throws -> WriteOutcome

    /// Refused when the cardholder's status by now, its cards, its accounts or another one's reference do not allow it.
    func write(
        _ change: CardholderChange,
        of cardholder: CardholderID,
        _ tenant: TenantID,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome

    func cardholder(_ id: CardholderID, of tenant: TenantID) async throws -> Cardholder?

    /// The newest first.
    ///
    /// - Parameter reference: nil for all.
    func cardholders(
        of tenant: TenantID,
        reference: String?,
        before last: CardholderID?,
        limit: Int
    ) async throws -> [Cardholder]

    /// Of those that are the tenant's.
    func statuses(
        of cardholders: [CardholderID],
        _ tenant: TenantID
    ) async throws -> [CardholderID: Cardholder.Status]
}

import AuthorizationCore

/// Where a card's account is.
package struct CardRoute: Hashable, Sendable {
    package var card: CardID
    package var account: AccountID
    package var tenant: TenantID
    /// Grows when the card moves; a copy gives way to a higher one.
    package var version: Int64

    package init(card: CardID, account: AccountID, tenant: TenantID, version: Int64 = 1) {
        self.card = card
        self.account = account
        self.tenant = tenant
        self.version = version
    }
}

/// Finds the account that a request is about. Says only where to ask: what counts is read again under the lock.
package protocol Directory: Sendable {
    /// - Parameters:
    ///   - fresh: ask the truth, because a copy led astray.
    ///   - completion: called once, on any thread; nil when there is no such card.
    func findCard(
        panIndex: [UInt8],
        fresh: Bool,
        completion: @escaping @Sendable (Result<CardRoute?, any Error>) -> Void
    )
}

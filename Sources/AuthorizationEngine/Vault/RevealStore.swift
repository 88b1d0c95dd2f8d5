import AuthorizationCore

package enum RevealKind: IdentifierKind { package static let prefix = "rvl" }

package typealias RevealID = Identifier<RevealKind>

/// The permission to see a card's number once.
package struct RevealPermission: Hashable, Sendable {
    /// Longest time from asking to seeing.
    package static let lifetime = Duration.seconds(60)

    package var id: RevealID
    package var card: CardID
    package var tenant: TenantID
    package var expiresAt: Instant

    package init(id: RevealID, card: CardID, tenant: TenantID, expiresAt: Instant) {
        self.id = id
        self.card = card
        self.tenant = tenant
        self.expiresAt = expiresAt
    }
}

/// What a permission opens.
package struct RevealedNumber: Hashable, Sendable {
    package var secret: CardSecret
    /// Of the instance in use, else of the last one.
    package var expiry: ExpiryMonth

    package init(secret: CardSecret, expiry: ExpiryMonth) {
        self.secret = secret
        self.expiry = expiry
    }
}

/// Keeps permissions and what became of them: who asked, when and from where the number was seen.
package protocol RevealStore: Sendable {
    func add(_ permission: RevealPermission, for actor: CommandActor) async throws
    /// Uses a permission up, durably before it returns. Nil when it was used before, has expired or never was.
    ///
    /// - Parameters:
    ///   - address: of whoever sees the number.
    ///   - origin: of the page that shows it, as the browser says.
    func use(_ permission: RevealPermission, from address: String, origin: String?) async throws -> RevealedNumber?
    /// Records a number that is given out without a token, durably before it returns: a permission that is asked for and
    /// used at once.
    func record(_ permission: RevealPermission, for actor: CommandActor, from address: String) async throws
}

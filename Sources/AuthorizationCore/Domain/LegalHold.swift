/// Money that a court or the issuer holds back until it is released. While it stands it lowers what may be spent, and
/// may lower it below nothing.
package struct LegalHold: Hashable, Sendable {
    package var id: LegalHoldID
    package var balance: BalanceKey
    /// Minor units of the balance's currency, above 0.
    package var amount: Int64
    package var reason: String
    package var placedAt: Instant
    /// Nil while it stands.
    package var releasedAt: Instant?
    /// Version of the stored row, 0 before it is first written.
    package var version: Int64 = 0

    package init(id: LegalHoldID, balance: BalanceKey, amount: Int64, reason: String, placedAt: Instant) {
        self.id = id
        self.balance = balance
        self.amount = amount
        self.reason = reason
        self.placedAt = placedAt
    }
}

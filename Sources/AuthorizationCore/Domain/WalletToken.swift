/// Of the token alone: it pays no more than its card, whose state and account's come on top.
package enum TokenStatus: UInt8, ClosedList {
    case active = 1
    case suspended = 2
    /// The end. Its number is never the token of another card.
    case deleted = 3
}

/// A payment token (EMV Payment Tokenisation Specification, Technical Framework) that a client has registered, such as
/// that of a wallet. Tokens that are not registered pay as their cards do: their network alone knows them.
package struct WalletToken: Hashable, Sendable {
    package var id: TokenID
    /// Keyed index of its number: `TokenFacts.indexLength` bytes.
    package var index: [UInt8]
    package var card: CardID
    package var status: TokenStatus
    /// What the network calls it, at most `TokenFacts.longestReference` characters; empty when nobody has told.
    package var reference: String
    /// Whose wallet it is in: eleven digits of the token service provider's list, or empty.
    package var requestor: String
    package var registeredAt: Instant
    /// Version of the stored row, 0 before it is first written.
    package var version: Int64 = 0

    package init(_ registration: RegisterToken, at now: Instant) {
        id = registration.token
        index = registration.index
        card = registration.card
        status = .active
        reference = registration.reference
        requestor = registration.requestor
        registeredAt = now
    }
}

/// The status that a change of status ended, for those who follow the account. The rows have the one that came.
package enum StatusBefore: Hashable, Sendable {
    case account(AccountStatus)
    case card(CardStatus)
    case token(TokenStatus)
}

extension [Change] {
    /// Nil of what changes no status, and of what was decided before it was told.
    package var statusBefore: StatusBefore? {
        for case .statusBefore(let status) in self { return status }
        return nil
    }
}

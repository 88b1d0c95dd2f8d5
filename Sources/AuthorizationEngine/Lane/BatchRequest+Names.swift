import AuthorizationCore

/// What commands name.
extension BatchRequest {
    mutating func add(_ request: AuthorizationRequest, of account: AccountID) {
        if let card = request.card { cards.append(AccountCard(account: account, card: card)) }
        // Another message may have taken this name, or be waited for under it.
        if let key = request.transactionKey { keys.append(AccountKey(account: account, key: key)) }
        if let increment = request.increment { add(increment.original, of: account) }
    }

    mutating func add(_ reversal: Reversal, of account: AccountID) {
        if let card = reversal.card { cards.append(AccountCard(account: account, card: card)) }
        add(reversal.target, of: account)
    }

    mutating func add(_ advice: Advice, of account: AccountID) {
        add(advice.request, of: account)
        if let key = advice.approvalKey { keys.append(AccountKey(account: account, key: key)) }
        if let original = advice.original { add(original, of: account) }
    }

    mutating func add(_ link: AuthorizationLink, of account: AccountID) {
        switch link {
        case .authorization(let id): authorizations.append(id)
        case .message: originals += link.keys.map { AccountKey(account: account, key: $0) }
        }
    }
}

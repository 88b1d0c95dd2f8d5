import AuthorizationCore

/// What commands name.
extension BatchRequest {
    mutating func add(_ request: AuthorizationRequest, of account: AccountID) {
        if let card = request.card {
            let named = AccountCard(account: account, card: card)
            cards.append(named)
            let facts = request.verification
            if facts?.chip?.counter != nil || facts?.trackCounter != nil { chips.append(named) }
        }
        // Another message may have taken this name, be waited for under it, or be what a merchant's payment follows from.
        if let key = request.transactionKey.map({ AccountKey(account: account, key: $0) }) {
            if request.isMerchants { originals.append(key) } else { keys.append(KeyToRead(key)) }
        }
        if let increment = request.increment { add(increment.original, of: account) }
    }

    mutating func add(_ reversal: Reversal, of account: AccountID) {
        if let card = reversal.card { cards.append(AccountCard(account: account, card: card)) }
        add(reversal.target, of: account)
    }

    mutating func add(_ advice: Advice, of account: AccountID) {
        add(advice.request, of: account)
        if let key = advice.approvalKey { keys.append(KeyToRead(AccountKey(account: account, key: key))) }
        if let original = advice.original { add(original, of: account) }
    }

    mutating func add(_ apply: ApplyException, of account: AccountID) {
        if let id = apply.authorization { authorizations.append(id) }
        if let card = apply.card { cards.append(AccountCard(account: account, card: card)) }
        var named = BatchRequest()
        if let message = apply.message.command.message { named.keys.append(KeyToRead(message, of: account)) }
        switch apply.message {
        case .advice(let advice): named.add(advice, of: account)
        case .reversal(let reversal): named.add(reversal.target, of: account)
        case .clearing(let clearing): authorizations.append(clearing.authorization)
        }
        cards += named.cards
        authorizations += named.authorizations
        // What the ledger's text cannot hold is nowhere to be found.
        keys += named.keys.filter { !$0.key.key.utf8.contains(0) }
        originals += named.originals.filter { !$0.key.utf8.contains(0) }
    }

    mutating func add(_ link: AuthorizationLink, of account: AccountID) {
        switch link {
        case .authorization(let id): authorizations.append(id)
        case .message, .references: originals += link.keys.map { AccountKey(account: account, key: $0) }
        }
    }
}

import AuthorizationCore

extension BatchRequest {
    /// The rows that deciding the items needs.
    init(_ items: [LaneItem], waitingForLocks: Bool) {
        waitsForLocks = waitingForLocks
        var accounts: Set<AccountID> = []
        for item in items {
            if let client = item.client { clientKeys.append(client.key) }
            guard let account = item.account else { continue }
            accounts.insert(account)
            add(item.command, on: account)
            if case .authorize(let request) = item.command, let key = request.approvalKey(seed: item.seed) {
                keys.append(KeyToRead(AccountKey(account: account, key: key)))
            }
        }
        keys += originals.map { KeyToRead($0) }
        self.accounts = accounts.sorted()
        // A day of any time zone that holds now started less than 26 hours ago, and one of the account's last
        // decision, which a slow clock may have put ahead, later.
        countersFrom = Instant(microseconds: Instant.wallClock.microseconds - 26 * 3_600_000_000)
    }

    private mutating func add(_ command: Command, on account: AccountID) {
        if let exception = command.settledException { exceptions.append(exception) }
        if let message = command.message { keys.append(KeyToRead(message, of: account)) }
        if let incoming = command.incomingTransfer { transfers.append(incoming.transfer) }
        if let hold = command.legalHold { legalHolds.append(hold) }
        if let token = command.tokenIndex { tokens.insert(token) }
        if let card = command.pinCard { pins.append(AccountCard(account: account, card: card)) }
        switch command {
        case .authorize(let request): add(request, of: account)
        case .changeCard(let change): cards.append(AccountCard(account: account, card: change.card))
        case .setPIN(let change): cards.append(AccountCard(account: account, card: change.card))
        case .unblockPIN(let command): cards.append(AccountCard(account: account, card: command.card))
        case .reverse(let reversal): add(reversal, of: account)
        case .advise(let advice): add(advice, of: account)
        case .clear(let clearing): authorizations.append(clearing.authorization)
        case .recordDelivery(let delivery): authorizations.append(delivery.authorization)
        case .expire(let command): authorizations.append(command.authorization)
        case .applyException(let apply): add(apply, of: account)
        case .cardCommand(let command):
            let named = AccountCard(account: account, card: command.card)
            cards.append(named)
            if case .replace = command { chips.append(named) }
        case .openAccount, .changeAccount, .fund, .issueCard, .writeOffException, .moneyCommand: break
        }
    }
}

import AuthorizationCore
import AuthorizationEngine
import CardCryptography

extension InMemoryLedger.Contents {
    func state(_ id: AccountID, of tenant: TenantID) -> AccountState? {
        guard let state = states[id], state.account?.tenant == tenant else { return nil }
        return state
    }

    func accountOf(_ id: AuthorizationID, of tenant: TenantID) -> AccountID? {
        guard let account = listed.first(where: { $0.position.id == id })?.account,
            state(account, of: tenant) != nil
        else { return nil }
        return account
    }

    func matches(_ id: AuthorizationID, _ account: AccountID, _ filter: AuthorizationFilter) -> Bool {
        guard let state = state(account, of: filter.tenant), let found = state.authorizations[id] else { return false }
        return (filter.account ?? account) == account
            && (filter.card ?? found.card) == found.card
            && (filter.status ?? found.status) == found.status
            && (filter.from ?? found.createdAt) <= found.createdAt
            && filter.to.map { found.createdAt < $0 } ?? true
    }

    private mutating func take(_ row: JournalRow) {
        if let incoming = row.command.incomingTransfer {
            transfers[incoming.transfer]?.receivedAt = row.moment.now
        }
        guard case .moneyCommand(.send(let outgoing)) = row.command, let id = row.decision.firstTransfer?.id else {
            return
        }
        let transfer = TransferInTransit(
            id: id,
            from: row.account,
            to: outgoing.receiver,
            outgoing.amount,
            reference: outgoing.reference
        )
        transfers[id] = TransferView(transfer, sentAt: row.moment.now, receivedAt: nil)
    }

    mutating func take(_ writes: BatchWrites) {
        for account in writes.openedAccounts {
            states[account.id] = AccountState()
            states[account.id]?.account = account
        }
        for changed in writes.changedAccounts { states[changed.account.id]?.account = changed.account }
        for row in writes.balances { states[row.account]?.balances[row.value.key] = row.value.balance }
        for row in writes.cards {
            states[row.account]?.cards[row.value.card.id] = row.value.card
            accountsOfCards[row.value.card.id] = row.account
            if let number = row.value.number { numbers[row.value.card.id] = number }
        }
        for row in writes.pins {
            states[row.account]?.pins[row.value.card] = row.value.state
            if let reference = row.value.reference { pinReferences[row.value.card] = reference }
        }
        for row in writes.legalHolds { states[row.account]?.legalHolds[row.value.id] = row.value }
        for row in writes.tokens { states[row.account]?.tokens[row.value.token.index] = row.value.token }
        for row in writes.journal { take(row) }
        for row in writes.counters { states[row.account]?.counters[row.value.key] = row.value.counter }
        for row in writes.keys { states[row.account]?.keys[row.value.key] = row.value.record }
        for row in writes.authorizations {
            let isNew = states[row.account]?.authorizations[row.value.id] == nil
            states[row.account]?.authorizations[row.value.id] = row.value
            if isNew {
                let position = ListPosition(epoch: 1, transaction: UInt64(listed.count + 1), id: row.value.id)
                listed.append((position, row.account))
            }
        }
        for row in writes.clientRows {
            guard let decision = writes.journal.first(where: { $0.event == row.event })?.decision else { continue }
            clientRecords[row.request.key] = ClientRecord(
                fingerprint: row.request.fingerprint,
                event: row.event,
                decidedAt: row.decidedAt,
                decision: decision
            )
        }
        journal += writes.journal
    }
}

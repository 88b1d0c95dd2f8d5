extension DecisionContext {
    func change(_ change: ChangeAccount) -> Decision {
        guard account.status != .closed, account.status != change.status else {
            return .refused(.transitionNotAllowed)
        }
        var changed = account
        changed.status = change.status
        return Decision(.done, changes: [.account(changed)])
    }

    mutating func fund(_ funding: Funding) -> Decision {
        guard account.status != .closed else { return .refused(.accountNotOpen) }
        let key = BalanceKey(funding.amount.currency)
        guard state.balances[key] != nil else { return .refused(.currencyNotHeld) }
        let transfer = Transfer(
            id: identifiers.next(),
            .credit,
            .posted,
            of: funding.amount.minorUnits,
            on: key,
            against: .funding
        )
        guard let movement = movement(of: key, by: [transfer]) else { return .refused(.balanceOutOfRange) }
        return Decision(.done, changes: [.transfer(transfer)], balance: movement)
    }

    func issue(_ issue: IssueCard) -> Decision {
        guard account.status == .open else { return .refused(.accountNotOpen) }
        let card = Card(
            id: issue.card,
            lastFour: issue.lastFour,
            instances: [issue.instance],
            issuedAt: moment.now
        )
        return Decision(.done, changes: [.card(card)])
    }

    func change(_ change: ChangeCard) -> Decision {
        guard var card = state.cards[change.card] else { return .refused(.cardNotFound) }
        guard card.status.allows(change.status) else { return .refused(.transitionNotAllowed) }
        card.status = change.status
        return Decision(.done, changes: [.card(card)])
    }
}

extension DecisionContext {
    func change(_ change: ChangeAccount) -> Decision {
        guard account.status.allows(change.status) else { return .refused(.transitionNotAllowed) }
        var changed = account
        changed.status = change.status
        let before = change.tellsBefore ? [Change.statusBefore(.account(account.status))] : []
        return Decision(.done, changes: [.account(changed)] + before)
    }

    mutating func fund(_ funding: Funding) -> Decision {
        if let refusal = AccountOperation.fund.refusal(on: account.status) { return .refused(refusal) }
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
}

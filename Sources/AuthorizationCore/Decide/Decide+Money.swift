extension DecisionContext {
    mutating func decide(_ command: MoneyCommand) -> Decision {
        switch command {
        case .move(let movement): move(movement)
        case .send(let outgoing): send(outgoing)
        case .receive(let incoming): receive(incoming)
        case .placeHold(let place): self.place(place)
        case .releaseHold(let release): self.release(release)
        case .setCreditLimit(let command): set(command)
        }
    }

    private mutating func move(_ command: MoneyMovement) -> Decision {
        switch command.kind {
        case .withdrawal: post(command.amount, .debit, against: .funding, as: .withdraw)
        case .creditAdjustment: post(command.amount, .credit, against: .adjustment, as: .adjust)
        case .debitAdjustment: post(command.amount, .debit, against: .adjustment, as: .adjust)
        }
    }

    private mutating func send(_ outgoing: OutgoingTransfer) -> Decision {
        guard outgoing.receiver != account.id else { return .refused(.transitionNotAllowed) }
        if let refusal = AccountOperation.fund.refusal(on: outgoing.receiverStatus) { return .refused(refusal) }
        return post(outgoing.amount, .debit, against: .inTransit, as: .sendTransfer)
    }

    /// Taken in every state of the account: the money has left the sender.
    private mutating func receive(_ incoming: IncomingTransfer) -> Decision {
        post(incoming.amount, .credit, against: .inTransit, as: .receiveTransfer)
    }

    /// Posts money at once. Credits that are still to come are never given out.
    private mutating func post(
        _ amount: Money,
        _ direction: Transfer.Direction,
        against counterparty: InternalAccount,
        as operation: AccountOperation
    ) -> Decision {
        if let refusal = operation.refusal(on: account.status) { return .refused(refusal) }
        let key = BalanceKey(amount.currency)
        guard let balance = state.balances[key] else { return .refused(.currencyNotHeld) }
        if direction == .debit {
            guard let available = balance.available(countingCredits: false) else { return .refused(.balanceOutOfRange) }
            guard amount.minorUnits <= available else { return .refused(.insufficientFunds) }
        }
        let transfer = Transfer(
            id: identifiers.next(),
            direction,
            .posted,
            of: amount.minorUnits,
            on: key,
            against: counterparty
        )
        guard let movement = movement(of: key, by: [transfer]) else { return .refused(.balanceOutOfRange) }
        return Decision(.done, changes: [.transfer(transfer)], balance: movement)
    }

    private mutating func place(_ command: PlaceLegalHold) -> Decision {
        if let refusal = AccountOperation.placeLegalHold.refusal(on: account.status) { return .refused(refusal) }
        guard state.legalHolds[command.hold] == nil else { return .refused(.transitionNotAllowed) }
        let hold = LegalHold(
            id: command.hold,
            balance: BalanceKey(command.amount.currency),
            amount: command.amount.minorUnits,
            reason: command.reason,
            placedAt: moment.now
        )
        guard state.balances[hold.balance] != nil else { return .refused(.currencyNotHeld) }
        return change(hold, .debit)
    }

    private mutating func release(_ command: ReleaseLegalHold) -> Decision {
        guard var hold = state.legalHolds[command.hold] else { return .refused(.legalHoldNotFound) }
        guard hold.releasedAt == nil else { return .refused(.transitionNotAllowed) }
        hold.releasedAt = moment.now
        return change(hold, .credit)
    }

    /// What is used already stays used: a limit below it leaves less than nothing to spend.
    private func set(_ command: SetCreditLimit) -> Decision {
        if let refusal = AccountOperation.setCreditLimit.refusal(on: account.status) { return .refused(refusal) }
        let key = BalanceKey(command.limit.currency)
        guard let before = state.balances[key] else { return .refused(.currencyNotHeld) }
        guard account.type?.allows(creditLimit: command.limit.minorUnits) ?? true else {
            return .refused(.creditNotAllowed)
        }
        var after = before
        after.creditLimit = command.limit.minorUnits
        guard after.available(countingCredits: false) != nil else { return .refused(.balanceOutOfRange) }
        return Decision(
            .done,
            changes: [.creditLimit(key, after.creditLimit)],
            balance: BalanceMovement(key: key, before: before, after: after)
        )
    }

    private mutating func change(_ hold: LegalHold, _ direction: Transfer.Direction) -> Decision {
        let transfer = Transfer(
            id: identifiers.next(),
            direction,
            .legalHold,
            of: hold.amount,
            on: hold.balance,
            against: .legalHolds
        )
        guard let movement = movement(of: hold.balance, by: [transfer]) else { return .refused(.balanceOutOfRange) }
        return Decision(.done, changes: [.transfer(transfer), .legalHold(hold)], balance: movement)
    }
}

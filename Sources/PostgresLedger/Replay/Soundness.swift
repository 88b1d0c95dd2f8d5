import AuthorizationCore

/// What the core takes for granted of its inputs and traps without. Stored bytes may be damaged, and damage is to be
/// named, not to end the process.
enum Soundness {
    /// Why a command cannot be handed to `decide`; nil when it can.
    static func problem(of command: Command) -> String? {
        switch command {
        case .authorize(let request): problem(of: request)
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .reverse, .clear, .advise, .recordDelivery,
            .applyException, .writeOffException, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            // Their amounts are checked where they are read, and advices may carry any.
            nil
        }
    }

    private static func problem(of request: AuthorizationRequest) -> String? {
        let amounts = [request.transaction] + (request.billing.map { [$0.money] } ?? [])
        let lowest: Int64 =
            switch request.kind.flow {
            case .debit, .credit: 1
            case .none: 0
            }
        let areInRange = amounts.allSatisfy { (lowest...largestAmount).contains($0.minorUnits) }
        return areInRange ? nil : "an amount out of range"
    }

    /// Why a decision cannot have been taken on a state; nil when it can be applied.
    static func problem(of decision: Decision, on state: AccountState, of account: AccountID) -> String? {
        if case .refused = decision.outcome { return "a refused command is not journaled" }
        var balances = state.balances
        var hasAccount = state.account != nil
        for change in decision.changes {
            switch change {
            case .account(let changed):
                guard changed.id == account else { return "it changes another account" }
                hasAccount = true
            case .openBalance(let key, let creditLimit):
                balances[key] = Balance(creditLimit: creditLimit)
            case .creditLimit(let key, let limit):
                guard balances[key] != nil else { return "it limits a balance that is not there" }
                balances[key]?.creditLimit = limit
            case .transfer(let transfer):
                guard let next = balances[transfer.balance]?.after(transfer) else {
                    return "it moves a balance that is not there, or out of range"
                }
                balances[transfer.balance] = next
            case .authorization(let authorization):
                guard isSound(authorization) else { return "an authorization's amounts contradict each other" }
            case .counter(_, let counter):
                guard counter.amount >= 0, (0..<Int64.max).contains(counter.count) else {
                    return "a counter out of range"
                }
            case .card, .chipCounter, .contactless, .failures, .key, .pin, .legalHold, .token, .statusBefore:
                break
            }
        }
        return hasAccount ? nil : "the account was not opened before"
    }

    private static func isSound(_ authorization: Authorization) -> Bool {
        let approved = authorization.approved.minorUnits
        guard approved >= 0, authorization.billed >= 0, authorization.cleared >= 0, authorization.posted >= 0 else {
            return false
        }
        guard (0...approved).contains(authorization.remaining), (0...authorization.billed).contains(authorization.held)
        else { return false }
        guard (0...authorization.billed).contains(authorization.fee),
            (0...authorization.held).contains(authorization.heldFee), authorization.countedPart ?? 0 >= 0
        else { return false }
        guard hasSoundCharges(authorization) else { return false }
        let instants = [authorization.createdAt, authorization.countedOn]
        guard instants.allSatisfy({ (.distantPast ... .distantFuture).contains($0) }) else { return false }
        return authorization.balance == nil || approved > 0
    }

    /// Whether the charges are parts of what they are parts of.
    private static func hasSoundCharges(_ authorization: Authorization) -> Bool {
        func sum(_ part: (Charge) -> Int64) -> Int128 { authorization.charges.reduce(0) { $0 + Int128(part($1)) } }
        guard authorization.charges.isEmpty || authorization.balance != nil else { return false }
        return sum { $0.isHeld ? $0.amount : 0 } <= Int128(authorization.billed - authorization.fee)
            && sum(\.held) <= Int128(authorization.held - authorization.heldFee)
            && sum(\.posted) <= Int128(authorization.posted)
    }
}

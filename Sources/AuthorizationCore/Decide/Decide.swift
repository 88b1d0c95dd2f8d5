/// When a command is decided, as instants: time zones are resolved before.
package struct Moment: Hashable, Sendable {
    /// Taken under the account's lock; never before the account's last decision.
    package var now: Instant
    /// Start of the day of `now` in the program's time zone.
    package var dayStart: Instant
    /// That day as the ledger's business date, in days since 1970-01-01.
    package var businessDate: Int32

    package init(now: Instant, dayStart: Instant, businessDate: Int32) {
        self.now = now
        self.dayStart = dayStart
        self.businessDate = businessDate
    }
}

/// Decides a command. The only place where Aval decides anything: HTTP, ISO 8583 and replay all call it.
///
/// Pure: the same arguments give the same decision, byte for byte, in every process.
///
/// - Parameters:
///   - state: what is known of the account; rows that the command names and that exist must be in it.
///   - program: the version in force; nil for a request that belongs to no account.
///   - seed: entropy for identifiers and the approval code.
package func decide(
    _ command: Command,
    _ state: AccountState,
    program: Program?,
    at moment: Moment,
    seed: UInt64
) -> Decision {
    if case .openAccount(let opening) = command {
        return decideOpening(opening, state, at: moment)
    }
    if case .writeOffException(let writeOff) = command {
        return decideWriteOff(writeOff, state, program, at: moment, seed: seed)
    }
    guard let account = state.account, let program else {
        return decideWithoutAccount(command)
    }
    var context = DecisionContext(
        state: state,
        account: account,
        program: program,
        moment: moment,
        identifiers: IdentifierSource(seed, moment, program, account.id.shard)
    )
    return context.decide(command)
}

extension IdentifierSource {
    /// Identifiers tell the time that it is also where a sandbox's clock is ahead: by it rows find their partitions.
    init(_ seed: UInt64, _ moment: Moment, _ program: Program?, _ shard: Shard) {
        self.init(seed: seed, instant: program?.time(by: moment.now) ?? moment.now, shard: shard)
    }
}

/// The values that a decision on an existing account works with.
struct DecisionContext {
    let state: AccountState
    let account: Account
    let program: Program
    let moment: Moment
    var identifiers: IdentifierSource

    fileprivate mutating func decide(_ command: Command) -> Decision {
        switch command {
        case .openAccount, .writeOffException: preconditionFailure("decided before")
        case .changeAccount(let change): return self.change(change)
        case .fund(let funding): return fund(funding)
        case .issueCard(let issue): return self.issue(issue)
        case .changeCard(let change): return self.change(change)
        case .clear(let clearing): return clear(clearing)
        case .recordDelivery(let delivery): return record(delivery)
        case .applyException(let apply):
            var decision = self.apply(apply)
            countUse(in: &decision)
            return decision
        case .setPIN(let command): return set(command)
        case .unblockPIN(let command): return unblock(command)
        case .moneyCommand(let command): return self.decide(command)
        case .cardCommand(let command): return self.decide(command)
        case .expire(let command): return expire(command)
        case .authorize(let request):
            var decision = authorize(request)
            useCounter(of: request, in: &decision)
            countPIN(of: request, in: &decision)
            countUse(in: &decision)
            followScript(of: request, in: &decision)
            setBackContactless(for: request, in: &decision)
            countFailure(of: request, in: &decision)
            remember(request, in: &decision)
            return decision
        case .reverse(let reversal):
            var decision = reverse(reversal)
            remember(reversal.message, in: &decision)
            return decision
        case .advise(let advice):
            var decision = advise(advice)
            useCounter(of: advice.request, in: &decision)
            countUse(in: &decision)
            followScript(of: advice.request, in: &decision)
            remember(advice, in: &decision)
            return decision
        }
    }
}

/// A request for a card that nobody has is declined; its reversal or advice is kept, because its number may have been
/// damaged.
private func decideWithoutAccount(_ command: Command) -> Decision {
    switch command {
    case .authorize(let request): .withoutCard(request)
    case .reverse, .advise: Decision(.acknowledged(.exception(.cardNotFound), nil))
    case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .clear, .recordDelivery, .applyException,
        .writeOffException, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
        .refused(.accountNotFound)
    }
}

extension Decision {
    /// The decline of a request whose card is not known; there is no authorization.
    static func withoutCard(_ request: AuthorizationRequest) -> Decision {
        let reason: DeclineReason = request.isOfUnknownIssuer ? .unknownIssuer : .cardNotFound
        let merchant = request.merchantCheck()
        let checks = Check.ofEveryRequest.map { check in
            CheckResult(check, check == .cardFound ? .failed(reason) : .notApplicable)
        }
        return Decision(
            .declined(merchant?.verdict.reason ?? reason, nil),
            checks: (merchant.map { [$0] } ?? []) + checks
        )
    }
}

private func decideOpening(_ opening: OpenAccount, _ state: AccountState, at moment: Moment) -> Decision {
    guard state.account == nil else { return .refused(.transitionNotAllowed) }
    if let type = opening.type, !opening.balances.allSatisfy({ type.allows(creditLimit: $0.creditLimit) }) {
        return .refused(.creditNotAllowed)
    }
    var account = Account(
        id: opening.account,
        tenant: opening.tenant,
        program: opening.program,
        openedAt: moment.now
    )
    account.type = opening.type
    account.isChargeExempt = opening.isChargeExempt
    account.cardholder = opening.cardholder
    let balances = opening.balances.map { Change.openBalance($0.balance, creditLimit: $0.creditLimit) }
    return Decision(.done, changes: [.account(account)] + balances)
}

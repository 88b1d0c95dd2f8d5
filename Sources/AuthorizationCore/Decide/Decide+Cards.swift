extension DecisionContext {
    func decide(_ command: CardCommand) -> Decision {
        switch command {
        case .reissue(let reissue): self.reissue(reissue)
        case .activateInstance(let activate): self.activate(activate)
        case .replace(let replace): self.replace(replace)
        case .registerToken(let command): register(command)
        case .changeToken(let command): change(command)
        }
    }

    func issue(_ issue: IssueCard) -> Decision {
        if let refusal = AccountOperation.issueCard.refusal(on: account.status) { return .refused(refusal) }
        guard program.issuing.allow(issue.terms) else { return .refused(.productNotFound) }
        return Decision(.done, changes: [.card(newCard(issue))])
    }

    func change(_ change: ChangeCard) -> Decision {
        guard var card = state.cards[change.card] else { return .refused(.cardNotFound) }
        guard card.status.allows(change.status), change.status.allows(change.statusReason) else {
            return .refused(.transitionNotAllowed)
        }
        let before = change.tellsBefore ? [Change.statusBefore(.card(card.status))] : []
        card.status = change.status
        card.details.statusReason = change.statusReason
        return Decision(.done, changes: [.card(card)] + before)
    }

    /// The newest alone can wait for its activation: one that was lost in the post makes way.
    private func reissue(_ command: ReissueCard) -> Decision {
        guard var card = state.cards[command.card] else { return .refused(.cardNotFound) }
        if let refusal = CardOperation.reissue.refusal(of: card.status, on: account.status) { return .refused(refusal) }
        let last = card.instances.map { Int($0.sequenceNumber) }.max() ?? 0
        let isNext = Int(command.instance.sequenceNumber) == last + 1 && !command.instance.active
        guard isNext else { return .refused(.transitionNotAllowed) }
        card.instances.append(command.instance)
        return Decision(.done, changes: [.card(card)])
    }

    private func activate(_ command: ActivateInstance) -> Decision {
        guard var card = state.cards[command.card] else { return .refused(.cardNotFound) }
        if let refusal = CardOperation.activateInstance.refusal(of: card.status, on: account.status) {
            return .refused(refusal)
        }
        guard let index = card.waitingInstance, card.instances[index].sequenceNumber == command.sequenceNumber else {
            return .refused(.transitionNotAllowed)
        }
        if card.instances[index].endsOthers {
            for other in card.instances.indices { card.instances[other].active = false }
        }
        card.instances[index].active = true
        card.instances[index].endsOthers = false
        return Decision(.done, changes: [.card(card)])
    }

    private func replace(_ command: ReplaceCard) -> Decision {
        guard var old = state.cards[command.card] else { return .refused(.cardNotFound) }
        if let refusal = CardOperation.replace.refusal(of: old.status, on: account.status) { return .refused(refusal) }
        guard old.details.replacedBy == nil, old.status == command.status || old.status.allows(command.status),
            command.status.isEnd, command.status.allows(command.statusReason)
        else { return .refused(.transitionNotAllowed) }
        guard program.issuing.allow(command.new.terms) else { return .refused(.productNotFound) }
        let before = command.tellsBefore ? [Change.statusBefore(.card(old.status))] : []
        old.status = command.status
        old.details.statusReason = command.statusReason
        old.details.replacedBy = command.new.card
        var new = newCard(command.new)
        new.details.replaces = old.id
        new.details.cardholder = old.details.cardholder
        if command.keepsUses {
            new.details.terms.useLimit = old.details.terms.useLimit
            new.details.uses = old.details.uses
        }
        let counters = todaysCounters(of: old.id, for: new.id) + chipsOfTokens(of: old.id, for: new.id)
        return Decision(.done, changes: [.card(new), .card(old)] + counters + before)
    }

    /// What the old card's tokens have used of their chips' counters: they go on paying for the new card, and no cryptogram
    /// counts twice.
    private func chipsOfTokens(of old: CardID, for new: CardID) -> [Change] {
        state.chipCounters.filter { $0.key.card == old && $0.key.token != nil }
            .sorted { $0.key < $1.key }
            .map { key, used in
                var (key, counter) = (key, used)
                key.card = new
                counter.version = 0
                return .chipCounter(key, counter)
            }
    }

    /// What the old card spent today, its tokens too: another number makes no second daily limit.
    private func todaysCounters(of old: CardID, for new: CardID) -> [Change] {
        state.counters.filter { $0.key.card == old && $0.key.dayStart == moment.dayStart }
            .sorted { $0.key < $1.key }
            .map { key, spent in
                var (key, counter) = (key, spent)
                key.card = new
                counter.version = 0
                return .counter(key, counter)
            }
    }

    private func newCard(_ issue: IssueCard) -> Card {
        var card = Card(id: issue.card, lastFour: issue.lastFour, instances: [issue.instance], issuedAt: moment.now)
        card.details.terms = issue.terms
        card.details.cardholder = issue.cardholder
        switch issue.terms.form {
        case .virtual: break
        case .physical: card.status = .inactive
        }
        return card
    }
}

extension Card {
    /// Index of the instance that waits for its activation: only the newest can.
    fileprivate var waitingInstance: Int? {
        let newest = instances.indices.max { instances[$0].sequenceNumber < instances[$1].sequenceNumber }
        return newest.flatMap { instances[$0].active ? nil : $0 }
    }
}

extension CardStatus {
    /// Whether a card may be left in it when another one takes its place.
    package var isEnd: Bool {
        switch self {
        case .lost, .stolen, .closed: true
        case .inactive, .active, .frozen, .blocked: false
        }
    }
}

// MARK: - Uses of a card for few payments

extension DecisionContext {
    /// Nil for a card without a limit, and for what uses none.
    func checkUses(of card: Card, _ request: AuthorizationRequest) -> CheckResult? {
        guard let limit = card.details.terms.useLimit, request.increment == nil, request.kind.flow == .debit else {
            return nil
        }
        let verdict: CheckResult.Verdict = card.details.isUsedUp ? .failed(.cardUsedUp) : .passed
        return CheckResult(.cardUses, verdict, observed: Int64(card.details.uses), limit: Int64(limit))
    }

    /// Counts an approval, whoever gave it.
    func countUse(in decision: inout Decision) {
        guard var card = decision.changes.lazy.compactMap(cardOfNewPayment).first,
            let limit = card.details.terms.useLimit
        else { return }
        card.details.uses = min(card.details.uses + 1, limit)
        decision.changes.append(.card(card))
    }

    /// Of a debit that comes to hold or post, and was not there or was declined.
    private func cardOfNewPayment(_ change: Change) -> Card? {
        guard case .authorization(let authorization) = change, authorization.status != .declined,
            authorization.kind.flow == .debit,
            state.authorizations[authorization.id].map({ $0.status == .declined }) ?? true
        else { return nil }
        return state.cards[authorization.card]
    }
}

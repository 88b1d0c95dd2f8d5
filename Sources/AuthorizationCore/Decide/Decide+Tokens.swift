extension DecisionContext {
    /// A number is the token of one card for ever: also of a deleted token.
    func register(_ command: RegisterToken) -> Decision {
        guard let card = state.cards[command.card] else { return .refused(.cardNotFound) }
        if let refusal = CardOperation.registerToken.refusal(of: card.status, on: account.status) {
            return .refused(refusal)
        }
        guard state.tokens[command.index] == nil else { return .refused(.transitionNotAllowed) }
        return Decision(.done, changes: [.token(WalletToken(command, at: moment.now))])
    }

    func change(_ command: ChangeToken) -> Decision {
        guard let card = state.cards[command.card] else { return .refused(.cardNotFound) }
        guard var token = state.tokens[command.index], token.card == card.id else { return .refused(.tokenNotFound) }
        if command.status == .active,
            let refusal = CardOperation.resumeToken.refusal(of: card.status, on: account.status)
        {
            return .refused(refusal)
        }
        guard token.status.allows(command.status) else { return .refused(.transitionNotAllowed) }
        let before = command.tellsBefore ? [Change.statusBefore(.token(token.status))] : []
        token.status = command.status
        return Decision(.done, changes: [.token(token)] + before)
    }

    /// Nil without a token, and for one that nobody has registered, or that was registered for another card and deleted.
    /// Those of a replaced card pay for the cards that came in its place: wallets learn of it later, or never. Money comes
    /// back whosever token it is.
    func checkToken(of request: AuthorizationRequest, _ card: Card) -> CheckResult? {
        let flow = request.kind.flow
        let ofOther = CheckResult(.tokenStatus, flow == .credit ? .passed : .failed(.tokenOfOtherCard))
        if request.isTokenOfOtherAccount { return ofOther }
        guard let token = request.credential?.token?.index.flatMap({ state.tokens[$0] }) else { return nil }
        guard isInPlace(card, of: token.card) else { return token.status == .deleted ? nil : ofOther }
        return CheckResult(.tokenStatus, token.status.declineReason(of: flow).map { .failed($0) } ?? .passed)
    }

    /// Whether the card is the owner, or came in its place, after however many others.
    private func isInPlace(_ card: Card, of owner: CardID) -> Bool {
        var next: CardID? = card.id
        while let id = next {
            if id == owner { return true }
            next = state.cards[id]?.details.replaces
        }
        return false
    }
}

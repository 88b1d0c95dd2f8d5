import AuthorizationCore

/// Commands with every part that they may have, each at its bounds.
extension `Journal form` {
    static var commandsOfEveryKind: [Command] {
        let world = World()
        let instance = CardInstance(
            sequenceNumber: 99,
            expiry: .of(2099, 12),
            validUntil: Instant(microseconds: .max),
            serviceCode: 999,
            active: false
        )
        let authorization = AuthorizationID(high: .max, low: .max)
        var longest = HoldLifetimes()
        longest.finalAmount = .max
        longest.instalment = 0
        var shortening = longest
        shortening.uncertainShortens = true
        let line = OpenAccount.Line(balance: BalanceKey(.yen, .cashAdvance), creditLimit: .min)
        return [
            .openAccount(
                OpenAccount(account: World.account, tenant: World.tenant, program: world.program.id, balances: [line])
            ),
            .openAccount(
                OpenAccount(
                    account: World.account,
                    tenant: World.tenant,
                    program: world.program.id,
                    balances: [line],
                    type: .credit
                )
            ),
            .openAccount(
                OpenAccount(
                    account: World.account,
                    tenant: World.tenant,
                    program: world.program.id,
                    balances: [line],
                    isChargeExempt: true,
                    cardholder: World.cardholder
                )
            ),
            .changeAccount(ChangeAccount(status: .closed, reason: "señor ñ 🂡")),
            .fund(Funding(amount: Money(.max, .dinar), reference: "")),
            .issueCard(IssueCard(card: World.card, lastFour: 9_999, instance: instance)),
            .issueCard(IssueCard(card: World.card, lastFour: 1, instance: instance, cardholder: World.cardholder)),
            .issueCard(
                IssueCard(
                    card: World.card,
                    lastFour: 1,
                    instance: instance,
                    terms: CardTerms(form: .physical, product: "gold"),
                    cardholder: World.cardholder
                )
            ),
            .changeCard(ChangeCard(card: World.card, status: .stolen, reason: "")),
            .changeCard(ChangeCard(card: World.card, status: .closed, reason: "ñ", statusReason: .programEnded)),
            .authorize(.of(.min, .yen, .pinChange, billing: Money(0, .euro), key: "k")),
            .reverse(Reversal(target: .authorization(authorization), newTotal: .max)),
            .reverse(Reversal(target: .message(""), message: MessageIdentity(key: "", fingerprint: []))),
            .clear(Clearing(authorization: authorization, amount: Money(1, .euro), isFinal: true)),
            .authorize(detailed),
            .authorize(divided),
            .authorize(channeled),
            .authorize(disputable(.of(1))),
            .authorize(disputable(detailed)),
            .reverse(Reversal(target: .message("k", aliases: ["n:nti:1", ""]), newTotal: 0)),
            .reverse(Reversal(target: .references([], awaited: nil), isUnclear: true)),
            .reverse(Reversal(target: .references(["n:rrn:1:2:3", "n:nti:1"], awaited: "n:nti:1"))),
            .authorize(hiding(.of(1))), .authorize(hiding(detailed)),
            .reverse(Reversal(target: .message("k"), isUnclear: true)),
            .reverse(Reversal(target: .message("k"), newTotal: 5, told: told)),
            .reverse(Reversal(target: .message("k"), card: World.card, currency: .euro, told: told)),
            .reverse(Reversal(target: .message("k"), newTotal: 1, card: World.card, currency: .yen)),
            .reverse(Reversal(target: .message("k"), isUnclear: true, currency: .yen)),
            .reverse(Reversal(target: .message("k"), card: World.card)),
            .advise(Advice(request: detailed, verdict: .approved(code: "A1B2C3"), reason: .partialDispense)),
            .advise(Advice(request: .of(1), verdict: .unclear, reason: .other)),
            .advise(Advice(request: .of(1), verdict: .declined, reason: .standIn, original: .message("k"))),
            .setPIN(SetPIN(card: World.card, reference: .max, current: .noMatch(reference: 1))),
            .setPIN(SetPIN(card: World.card, reference: 1, current: .notVerified(.unavailable))),
            .setPIN(newPIN),
            .expire(ExpireHold(authorization, longest)), .expire(ExpireHold(authorization, shortening)),
            .unblockPIN(UnblockPIN(card: World.card, reason: "señor ñ 🂡")),
        ] + settlements + issuing
    }

    private static var newPIN: SetPIN {
        var command = SetPIN(card: World.card, reference: 2, current: .match(reference: 1))
        (command.keys.pin, command.keys.newPIN) = (.known("pvk", 1), .known("pvk", .max))
        return command
    }

    private static var told: ReversalFacts {
        let references = NetworkReferences(transactionID: "T", systemTraceAuditNumber: "1", retrievalReference: "R")
        return ReversalFacts(amount: Money(7, .yen), reason: "17", references: references)
    }

    private static var issuing: [Command] {
        let amount = Money(.max, .dinar)
        var waiting = CardInstance(
            sequenceNumber: 255,
            expiry: .of(2099, 12),
            validUntil: .distantPast,
            serviceCode: 999,
            active: false
        )
        waiting.endsOthers = true
        let terms = [
            CardTerms(form: .physical), CardTerms(useLimit: 1),
            CardTerms(form: .physical, useLimit: CardTerms.useLimits.upperBound), CardTerms(product: "gold"),
            CardTerms(form: .physical, useLimit: 2, product: "0123456789-abcd"),
        ]
        let issues = terms.map { IssueCard(card: World.card, lastFour: 0, instance: waiting, terms: $0) }
        let plain = IssueCard(card: World.card, lastFour: 0, instance: waiting)
        var known = plain
        known.instance.keyVersions = ["acme-cvk.1", "acme-imk.2147483647"].compactMap { StoredKeyVersion($0) }
        var active = known
        (active.instance.active, active.instance.endsOthers) = (true, false)
        let money: [MoneyCommand] =
            MoneyMovement.Kind.allCases.map { .move(MoneyMovement($0, amount, text: "señor 🂡")) } + [
                .send(OutgoingTransfer(to: World.account, .frozen, amount, reference: "")),
                .receive(IncomingTransfer(TransferID(high: 1, low: 2), from: World.account, amount, reference: "ñ")),
                .placeHold(PlaceLegalHold(LegalHoldID(high: .max, low: 0), amount, reason: "ñ")),
                .releaseHold(ReleaseLegalHold(LegalHoldID(high: .max, low: 0), reason: "")),
                .setCreditLimit(SetCreditLimit(Money(-largestAmount, .dinar), reason: "ñ")),
            ]
        let cards: [CardCommand] =
            [
                .reissue(ReissueCard(card: World.card, instance: waiting)),
                .reissue(ReissueCard(card: World.card, instance: known.instance)),
                .activateInstance(ActivateInstance(card: World.card, sequenceNumber: .max)),
                .registerToken(RegisterToken(World.token(1), index: World.index(ofToken: 1), of: World.card)),
                .registerToken(
                    RegisterToken(
                        World.token(2),
                        index: World.index(ofToken: 2),
                        of: World.card,
                        reference: String(repeating: "é", count: TokenFacts.longestReference),
                        requestor: "40010030273"
                    )
                ),
                .changeToken(
                    ChangeToken(index: World.index(ofToken: 1), of: World.card, to: .deleted, reason: "señor 🂡")
                ),
            ]
            + (issues + [plain, active]).flatMap { new -> [CardCommand] in
                [false, true].map { keepsUses in
                    .replace(
                        ReplaceCard(card: new.card, status: .lost, reason: "ñ", new: new, keepsUses: keepsUses)
                    )
                }
            }
        let replaced = (issues + [plain]).map {
            ReplaceCard(card: $0.card, status: .closed, reason: "", new: $0, statusReason: .replaced)
        }
        return StatusBeforeTests.changes(tellBefore: true).map(\.command)
            + issues.map(Command.issueCard) + money.map(Command.moneyCommand) + cards.map(Command.cardCommand)
            + replaced.map { .cardCommand(.replace($0)) }
    }

    private static var settlements: [Command] {
        let exception = EventID(high: 1, low: .max)
        let authorization = AuthorizationID(high: 2, low: 3)
        let clearing = Clearing(authorization: authorization, amount: Money(1, .euro), isFinal: true)
        let advice = Advice(request: detailed, verdict: .unclear, reason: .other)
        let terms = WriteOffTerms(account: World.account, amount: Money(0, .yen), direction: .credit)
        return [
            .applyException(ApplyException(exception: exception, message: .clearing(clearing), reason: "señor 🂡")),
            .applyException(
                ApplyException(
                    exception: exception,
                    message: .advice(advice),
                    authorization: authorization,
                    card: World.card,
                    amount: Money(.min, .dinar)
                )
            ),
            .applyException(
                ApplyException(exception: exception, message: .reversal(Reversal(target: .message("k"))), reason: "")
            ),
            .writeOffException(
                WriteOffException(
                    exception: exception,
                    terms: terms,
                    program: World().program.id,
                    proposedBy: OperatorID(high: 1, low: 1),
                    confirmedBy: OperatorID(high: 1, low: 2),
                    reason: "lost"
                )
            ),
        ]
    }

    /// Of a network that does not tell purposes.
    private static func hiding(_ request: AuthorizationRequest) -> AuthorizationRequest {
        var request = request
        request.isNamedByApproval = true
        return request
    }

    /// With everything that only some requests have.
    private static var detailed: AuthorizationRequest {
        var request = AuthorizationRequest.of(1)
        request.isSingleMessage = true
        request.allowsPartialApproval = true
        request.wantsBalance = true
        request.cashback = largestAmount
        request.acquirerFee = AcquirerFee(amount: -largestAmount, isIncluded: true)
        request.increment = Increment(of: .authorization(AuthorizationID(high: 1, low: 2)), mode: .delta)
        return request
    }

    /// With what hardly any request has, and no other details.
    static var divided: AuthorizationRequest {
        var request = AuthorizationRequest.of(1)
        request.instalments = Instalments(funding: .issuer, count: 99, amount: largestAmount)
        request.isConvertedByAcceptor = true
        return request
    }

    /// With all that the second byte announces.
    static var channeled: AuthorizationRequest {
        var request = divided
        request.card = nil
        request.isOfUnknownIssuer = true
        request.isTokenOfOtherAccount = true
        request.channel = .tellerMachine
        return request
    }

    /// With facts for disputes, each at its bound.
    static func disputable(_ request: AuthorizationRequest) -> AuthorizationRequest {
        var request = request
        var facts = DisputeFacts()
        facts.terminal = "TERM0001"
        facts.acceptor = String(repeating: "é", count: DisputeFacts.longestText)
        facts.pointOfService = "051"
        facts.acquirerReference = "74537604000000000000001"
        facts.ecommerceIndicator = "05"
        facts.directoryServerTransaction = "f879ea1c-aa2c-4441-806d-e30406466d79"
        facts.accessControlServerTransaction = "d7c1ee99-9478-44a6-b1f2-391e29c6b340"
        facts.tokenRequestor = "40010030273"
        facts.paymentAccountReference = "50010000000000000000000000000"
        facts.chip.verificationMethod = 0xFF_FFFF
        facts.chip.terminalResults = 0xFF_FFFF_FFFF
        facts.chip.cryptogramInformation = .max
        facts.chip.transactionCounter = .max
        facts.chip.unpredictableNumber = 0
        request.disputeFacts = facts
        return request
    }
}

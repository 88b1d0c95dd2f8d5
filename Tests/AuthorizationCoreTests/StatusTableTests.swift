import AuthorizationCore
import Testing

@Suite struct `Operation by card state by account state` {
    private struct Row {
        var debit: DeclineReason?
        var credit: DeclineReason?
        var neutral: DeclineReason?

        func reason(_ flow: TransactionKind.Flow) -> DeclineReason? {
            switch flow {
            case .debit: debit
            case .credit: credit
            case .none: neutral
            }
        }
    }

    /// What the card's state says of a request; nil lets it pass. Credits reach a card that may not spend.
    private static let cards: [CardStatus: Row] = [
        .inactive: Row(debit: .cardInactive, credit: .cardInactive, neutral: .cardInactive),
        .active: Row(debit: nil, credit: nil, neutral: nil),
        .frozen: Row(debit: .cardFrozen, credit: nil, neutral: .cardFrozen),
        .blocked: Row(debit: .cardBlocked, credit: nil, neutral: .cardBlocked),
        .lost: Row(debit: .cardLost, credit: nil, neutral: .cardLost),
        .stolen: Row(debit: .cardStolen, credit: nil, neutral: .cardStolen),
        .closed: Row(debit: .cardClosed, credit: .cardClosed, neutral: .cardClosed),
    ]

    private static let accounts: [AccountStatus: Row] = [
        .open: Row(debit: nil, credit: nil, neutral: nil),
        .frozen: Row(debit: .accountFrozen, credit: nil, neutral: .accountFrozen),
        .closed: Row(debit: .accountClosed, credit: .accountClosed, neutral: .accountClosed),
    ]

    /// The statuses that a request may lead to from each; every other cell is no.
    private static let transitions: [CardStatus: Set<CardStatus>] = [
        .inactive: [.active, .lost, .stolen, .closed],
        .active: [.frozen, .blocked, .lost, .stolen, .closed],
        .frozen: [.active, .blocked, .lost, .stolen, .closed],
        .blocked: [.active, .frozen, .lost, .stolen, .closed],
        .lost: [.closed],
        .stolen: [.closed],
        .closed: [],
    ]

    @Test(arguments: CardStatus.allCases, AccountStatus.allCases)
    func `an authorization's outcome, for every kind`(_ card: CardStatus, _ account: AccountStatus) throws {
        let cardRow = try #require(Self.cards[card])
        let accountRow = try #require(Self.accounts[account])
        for kind in TransactionKind.allCases {
            var world = World()
            world.set(card)
            world.set(account)
            let amount: Int64 = kind.flow == .none ? 0 : 1_000
            var request = AuthorizationRequest.of(amount, .euro, kind)
            if kind == .pinChange {
                // Nobody changes a PIN who does not give the present one.
                world.verify(&request) { policy, facts in
                    policy.rules = Proof.allCases.map { ProofRule($0, .ignored) }
                    facts.pin = .match(reference: 1)
                    facts.newPIN = .made(reference: 2)
                }
                world.state.pins[World.card] = PINState(reference: 1)
            }
            let decision = world.decision(on: .authorize(request))
            let expected = cardRow.reason(kind.flow) ?? accountRow.reason(kind.flow)
            #expect(decision.declineReason == expected, "\(kind)")
            #expect(decision.isApproved == (expected == nil), "\(kind)")
        }
    }

    @Test(arguments: CardStatus.allCases, AccountStatus.allCases)
    func `reversals and clearings apply in every state`(_ card: CardStatus, _ account: AccountStatus) throws {
        for kind in [TransactionKind.purchase, .refund] {
            var world = World()
            let original = try world.authorized(.of(1_000, .euro, kind))
            world.set(card)
            world.set(account)
            let reversal = Reversal(target: .authorization(original.id))
            #expect(world.decision(on: .reverse(reversal)).acknowledgement == .applied)
            let clearing = Clearing(authorization: original.id, amount: Money(1_000, .euro), isFinal: true)
            #expect(world.decision(on: .clear(clearing)).acknowledgement == .applied)
        }
    }

    /// What each operation says of each state of the account: true where it is taken.
    private static let operations: [AccountOperation: [AccountStatus: Bool]] = [
        .fund: [.open: true, .frozen: true, .closed: false],
        .withdraw: [.open: true, .frozen: false, .closed: false],
        .sendTransfer: [.open: true, .frozen: false, .closed: false],
        .receiveTransfer: [.open: true, .frozen: true, .closed: true],
        .adjust: [.open: true, .frozen: true, .closed: true],
        .placeLegalHold: [.open: true, .frozen: true, .closed: false],
        .issueCard: [.open: true, .frozen: false, .closed: false],
        .setCreditLimit: [.open: true, .frozen: true, .closed: false],
    ]

    private static func command(_ operation: AccountOperation) -> Command {
        let (amount, id) = (Money(100, .euro), TransferID(high: 1, low: 1))
        return switch operation {
        case .fund: .fund(Funding(amount: amount, reference: ""))
        case .withdraw: .moneyCommand(.move(MoneyMovement(.withdrawal, amount, text: "")))
        case .sendTransfer:
            .moneyCommand(.send(OutgoingTransfer(to: AccountID(high: 1, low: 2), .open, amount, reference: "")))
        case .receiveTransfer:
            .moneyCommand(.receive(IncomingTransfer(id, from: AccountID(high: 1, low: 2), amount, reference: "")))
        case .adjust: .moneyCommand(.move(MoneyMovement(.debitAdjustment, amount, text: "")))
        case .placeLegalHold:
            .moneyCommand(.placeHold(PlaceLegalHold(LegalHoldID(high: 1, low: 1), amount, reason: "")))
        case .issueCard: .issueCard(newCard)
        case .setCreditLimit: .moneyCommand(.setCreditLimit(SetCreditLimit(amount, reason: "")))
        }
    }

    @Test(arguments: AccountOperation.allCases, AccountStatus.allCases)
    func `an operation on an account, in each of its states`(
        _ operation: AccountOperation,
        _ status: AccountStatus
    ) throws {
        var world = World()
        world.set(status)
        let isTaken = try #require(Self.operations[operation])[status] == true
        #expect(world.decision(on: Self.command(operation)).outcome == (isTaken ? .done : .refused(.accountNotOpen)))
    }

    private static let newCard = IssueCard(
        card: CardID(at: World.dayStart, shard: World.shard, entropy: 50),
        lastFour: 1,
        instance: instance(0, active: true)
    )

    private static func instance(_ number: UInt8, active: Bool) -> CardInstance {
        CardInstance(
            sequenceNumber: number,
            expiry: .of(2031, 2),
            validUntil: World.dayStart + 2_000 * 24 * Instant.hour,
            serviceCode: 201,
            active: active
        )
    }

    /// In which states a card takes each operation, as long as its account is open.
    private static let cardOperations: [CardOperation: Set<CardStatus>] = [
        .reissue: [.active, .frozen, .blocked],
        .activateInstance: [.active, .frozen, .blocked],
        .replace: [.inactive, .active, .frozen, .blocked, .lost, .stolen],
        .registerToken: [.inactive, .active, .frozen, .blocked],
        .resumeToken: [.inactive, .active, .frozen, .blocked],
    ]

    private static func command(_ operation: CardOperation) -> Command {
        switch operation {
        case .reissue: .cardCommand(.reissue(ReissueCard(card: World.card, instance: instance(2, active: false))))
        case .activateInstance: .cardCommand(.activateInstance(ActivateInstance(card: World.card, sequenceNumber: 1)))
        case .replace:
            .cardCommand(.replace(ReplaceCard(card: World.card, status: .closed, reason: "", new: newCard)))
        case .registerToken:
            .cardCommand(
                .registerToken(RegisterToken(World.token(1), index: World.index(ofToken: 1), of: World.card))
            )
        case .resumeToken:
            .cardCommand(
                .changeToken(
                    ChangeToken(index: World.index(ofToken: 2), of: World.card, to: .active, reason: "found")
                )
            )
        }
    }

    @Test(arguments: CardStatus.allCases, AccountStatus.allCases)
    func `an operation on a card, in each state of card and account`(
        _ card: CardStatus,
        _ account: AccountStatus
    ) throws {
        for operation in CardOperation.allCases {
            var world = World()
            world.state.cards[World.card]?.instances.append(Self.instance(1, active: operation == .reissue))
            world.register(token: 2, .suspended)
            world.set(card)
            world.set(account)
            let takes = try #require(Self.cardOperations[operation]).contains(card)
            let expected: Outcome =
                account != .open ? .refused(.accountNotOpen) : takes ? .done : .refused(.transitionNotAllowed)
            #expect(world.decision(on: Self.command(operation)).outcome == expected, "\(operation)")
        }
    }

    @Test(arguments: CardStatus.allCases, CardStatus.allCases)
    func `a card's state changes where the table says so, whatever the account's`(
        _ from: CardStatus,
        _ to: CardStatus
    ) throws {
        let isAllowed = try #require(Self.transitions[from]).contains(to)
        #expect(from.allows(to) == isAllowed)
        for account in AccountStatus.allCases {
            var world = World()
            world.set(from)
            world.set(account)
            let decision = world.perform(.changeCard(ChangeCard(card: World.card, status: to, reason: "test")))
            #expect(decision.outcome == (isAllowed ? .done : .refused(.transitionNotAllowed)))
            #expect(world.state.cards[World.card]?.status == (isAllowed ? to : from))
        }
    }

    /// The reasons that a request may give for leading to each status; every other cell is no.
    private static let reasons: [CardStatus: Set<CardStatusReason>] = [
        .inactive: [], .active: [], .lost: [], .stolen: [],
        .frozen: [.suspectedFraud, .cardholderRequest, .issuerDecision],
        .blocked: [
            .suspectedFraud, .confirmedFraud, .compromisedData, .accountDelinquent, .legalOrder, .cardholderDeceased,
            .cardholderRequest, .issuerDecision,
        ],
        .closed: [
            .confirmedFraud, .compromisedData, .accountDelinquent, .legalOrder, .cardholderDeceased,
            .cardholderRequest, .issuerDecision, .replaced, .programEnded,
        ],
    ]

    @Test(arguments: CardStatus.allCases, CardStatusReason.allCases)
    func `a card's state has the reasons of the table, until it is another`(
        _ to: CardStatus,
        _ reason: CardStatusReason
    ) throws {
        let isAllowed = try #require(Self.reasons[to]).contains(reason)
        #expect(to.allows(reason) == isAllowed)
        var world = World()
        world.set(to == .active ? .frozen : .active)
        let change = ChangeCard(card: World.card, status: to, reason: "test", statusReason: reason)
        let decision = world.perform(.changeCard(change))
        #expect(decision.outcome == (isAllowed ? .done : .refused(.transitionNotAllowed)))
        #expect(world.state.cards[World.card]?.details.statusReason == (isAllowed ? reason : nil))
        world.perform(.changeCard(ChangeCard(card: World.card, status: .lost, reason: "test")))
        let isEnd = isAllowed && to == .closed
        #expect(world.state.cards[World.card]?.details.statusReason == (isEnd ? reason : nil))
    }

    @Test(arguments: AccountStatus.allCases, AccountStatus.allCases)
    func `an account's state changes to any other until it is closed`(_ from: AccountStatus, _ to: AccountStatus) {
        var world = World()
        world.set(from)
        let isAllowed = from != .closed && from != to
        let decision = world.perform(.changeAccount(ChangeAccount(status: to, reason: "test")))
        #expect(decision.outcome == (isAllowed ? .done : .refused(.transitionNotAllowed)))
        #expect(world.state.account?.status == (isAllowed ? to : from))
    }

    @Test func `a change of a card that is not there is refused`() {
        let other = CardID(at: World.dayStart, shard: World.shard, entropy: 99)
        let decision = World().decision(on: .changeCard(ChangeCard(card: other, status: .frozen, reason: "")))
        #expect(decision == .refused(.cardNotFound))
    }

    @Test func `an account opens once, with its balances`() {
        let world = World()
        let opening = OpenAccount(
            account: World.account,
            tenant: World.tenant,
            program: world.program.id,
            balances: [OpenAccount.Line(balance: World.euros, creditLimit: -500)]
        )
        #expect(world.decision(on: .openAccount(opening)) == .refused(.transitionNotAllowed))
        var fresh = AccountState()
        let decision = decide(.openAccount(opening), fresh, program: nil, at: world.moment, seed: 1)
        fresh.apply(decision.changes)
        #expect(decision.outcome == .done)
        #expect(fresh.account?.status == .open)
        #expect(fresh.balances == [World.euros: Balance(creditLimit: -500)])
    }
}

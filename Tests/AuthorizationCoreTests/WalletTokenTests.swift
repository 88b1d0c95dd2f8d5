import AuthorizationCore
import Testing

@Suite struct `Wallets' tokens` {
    private static let otherCard = CardID(at: World.dayStart, shard: World.shard, entropy: 95)

    private static func register(_ number: UInt8, of card: CardID = World.card) -> Command {
        let registration = RegisterToken(
            World.token(number),
            index: World.index(ofToken: number),
            of: card,
            reference: "DTR-\(number)",
            requestor: "40010030273"
        )
        return .cardCommand(.registerToken(registration))
    }

    private static func change(_ number: UInt8, of card: CardID = World.card, to status: TokenStatus) -> Command {
        .cardCommand(
            .changeToken(ChangeToken(index: World.index(ofToken: number), of: card, to: status, reason: "phone lost"))
        )
    }

    private static func payment(_ token: UInt8, _ kind: TransactionKind = .purchase, with card: CardID = World.card)
        -> Command
    {
        var request = AuthorizationRequest.of(kind.flow == .none ? 0 : 100, .euro, kind)
        request.card = card
        request.use(token: token)
        return .authorize(request)
    }

    /// A second card with the first's instances.
    private static func world() -> World {
        var world = World()
        let instances = world.state.cards[World.card]?.instances ?? []
        world.state.cards[otherCard] = Card(id: otherCard, lastFour: 9, instances: instances, issuedAt: World.dayStart)
        return world
    }

    /// What the token's state says of a debit, a credit, and a request that moves nothing.
    private static let payments: [(status: TokenStatus?, debit: DeclineReason?, credit: DeclineReason?)] = [
        (nil, nil, nil), (.active, nil, nil), (.suspended, .tokenSuspended, nil), (.deleted, .tokenDeleted, nil),
    ]

    @Test(arguments: CardStatus.allCases, AccountStatus.allCases)
    func `pay no more than card and account do, for every kind and in each of their states`(
        _ card: CardStatus,
        _ account: AccountStatus
    ) {
        for row in Self.payments {
            for kind in TransactionKind.allCases where kind != .pinChange {
                var world = Self.world()
                if let status = row.status { world.register(token: 1, status) }
                world.set(card)
                world.set(account)
                var plain = AuthorizationRequest.of(kind.flow == .none ? 0 : 100, .euro, kind)
                plain.credential = nil
                let byCard = world.decision(on: .authorize(plain)).declineReason
                let byToken = kind.flow == .credit ? row.credit : row.debit
                let expected = [byCard, byToken].compactMap(\.self).min { $0.precedence < $1.precedence }
                let decision = world.decision(on: Self.payment(1, kind))
                #expect(decision.declineReason == expected, "\(row.status as Any) \(kind)")
                #expect((decision.verdict(of: .tokenStatus) == nil) == (row.status == nil))
            }
        }
    }

    /// The statuses that follow each; every other cell is no.
    private static let transitions: [TokenStatus: Set<TokenStatus>] = [
        .active: [.suspended, .deleted], .suspended: [.active, .deleted], .deleted: [],
    ]

    @Test(arguments: TokenStatus.allCases, TokenStatus.allCases)
    func `change their state where the table says so`(_ from: TokenStatus, _ to: TokenStatus) throws {
        var world = Self.world()
        world.register(token: 1, from)
        let isAllowed = try #require(Self.transitions[from]).contains(to)
        let decision = world.perform(Self.change(1, to: to))
        #expect(decision.outcome == (isAllowed ? .done : .refused(.transitionNotAllowed)))
        #expect(world.state.tokens[World.index(ofToken: 1)]?.status == (isAllowed ? to : from))
    }

    @Test(arguments: CardStatus.allCases, AccountStatus.allCases)
    func `are suspended and deleted in every state of card and account`(_ card: CardStatus, _ account: AccountStatus) {
        for status in [TokenStatus.suspended, .deleted] {
            var world = Self.world()
            world.register(token: 1)
            world.set(card)
            world.set(account)
            #expect(world.decision(on: Self.change(1, to: status)).outcome == .done)
        }
    }

    @Test func `are one card's for ever`() {
        var world = Self.world()
        #expect(world.perform(Self.register(1)).outcome == .done)
        let token = world.state.tokens[World.index(ofToken: 1)]
        #expect(token?.status == .active && token?.reference == "DTR-1" && token?.registeredAt == world.moment.now)
        world.perform(Self.change(1, to: .deleted))
        for card in [World.card, Self.otherCard] {
            #expect(world.decision(on: Self.register(1, of: card)) == .refused(.transitionNotAllowed))
        }
        #expect(world.decision(on: Self.register(2, of: Self.otherCard)).outcome == .done)
    }

    @Test func `of another card pay nothing, take money back, and are not this card's to change`() {
        var world = Self.world()
        world.register(token: 1, of: Self.otherCard)
        for kind in [TransactionKind.purchase, .balanceInquiry] {
            #expect(world.decision(on: Self.payment(1, kind)).declineReason == .tokenOfOtherCard)
        }
        #expect(world.decision(on: Self.payment(1, .refund)).isApproved)
        var request = AuthorizationRequest.of(100, .euro, .refund)
        request.isTokenOfOtherAccount = true
        #expect(world.decision(on: .authorize(request)).isApproved)
        #expect(world.decision(on: Self.change(1, to: .suspended)) == .refused(.tokenNotFound))
        #expect(world.decision(on: Self.change(2, to: .suspended)) == .refused(.tokenNotFound))
        #expect(world.decision(on: Self.change(1, of: Self.otherCard, to: .suspended)).outcome == .done)
    }

    @Test(arguments: payments.compactMap(\.status))
    func `of a replaced card pay for the card that came in its place, for no other`(_ status: TokenStatus) {
        var world = Self.world()
        world.register(token: 1, status)
        let asTheirState = Self.payments.first { $0.status == status }?.debit
        // What was registered for another card and deleted is as good as never registered.
        let ofOther: DeclineReason? = status == .deleted ? nil : .tokenOfOtherCard
        #expect(world.decision(on: Self.payment(1, with: Self.otherCard)).declineReason == ofOther)
        world.set(CardStatus.lost)
        world.state.cards[World.card]?.details.replacedBy = Self.otherCard
        world.state.cards[Self.otherCard]?.details.replaces = World.card
        #expect(world.decision(on: Self.payment(1, with: Self.otherCard)).declineReason == asTheirState)
        #expect(world.decision(on: Self.payment(1)).declineReason == .cardLost)
        world.register(token: 1, of: Self.otherCard, status)
        #expect(world.decision(on: Self.payment(1)).verdict(of: .tokenStatus) == ofOther.map { .failed($0) })
    }

    /// Replaces a card that was lost.
    private static func replace(_ card: CardID, by new: CardID) -> Command {
        let instance = CardInstance(
            sequenceNumber: 0,
            expiry: .of(2031, 1),
            validUntil: World.dayStart + 2_000 * 24 * Instant.hour,
            serviceCode: 201,
            active: true
        )
        let issue = IssueCard(card: new, lastFour: 9, instance: instance)
        return .cardCommand(.replace(ReplaceCard(card: card, status: .lost, reason: "test", new: issue)))
    }

    private static let line =
        [World.card] + (1...3).map { CardID(at: World.dayStart, shard: World.shard, entropy: 200 + $0) }

    @Test(arguments: payments.compactMap(\.status))
    func `pay for the newest card of a line, whichever of it they were registered for`(_ status: TokenStatus) {
        let expected = Self.payments.first { $0.status == status }?.debit
        var world = World()
        for (card, next) in zip(Self.line, Self.line.dropFirst()) {
            #expect(world.perform(Self.replace(card, by: next)).outcome == .done)
        }
        for (place, owner) in Self.line.enumerated() {
            world.register(token: 1, of: owner, status)
            for (other, card) in Self.line.enumerated() {
                let verdict = world.decision(on: Self.payment(1, with: card)).verdict(of: .tokenStatus)
                // A token of a newer card is not the older one's.
                let ofOther = status == .deleted ? nil : CheckResult.Verdict.failed(.tokenOfOtherCard)
                #expect(verdict == (other < place ? ofOther : expected.map { .failed($0) } ?? .passed))
            }
        }
    }

    @Test func `go on counting their cryptograms on the card that replaces theirs`() {
        var world = World()
        var proven = AuthorizationRequest.of(100)
        proven.use(token: 1)
        proven.credential?.token?.cryptogram = .match
        world.verify(&proven)
        func payment(_ counter: UInt16, with card: CardID) -> Command {
            var request = proven
            request.verification?.chip = .proven(CryptogramFacts(.notVerified), counter: counter)
            request.card = card
            return .authorize(request)
        }
        #expect(world.perform(payment(7, with: World.card)).isApproved)
        world.state.chipCounters[ChipCounterKey(card: World.card, sequenceNumber: 0)] = ChipCounter(highest: 3)
        for (card, next) in zip(Self.line, Self.line.dropFirst()) {
            let replaced = world.perform(Self.replace(card, by: next))
            #expect((try? Decision(journalBytes: replaced.journalBytes)) == replaced)
        }
        #expect(world.decision(on: payment(7, with: Self.line[3])).declineReason == .counterReplayed)
        #expect(world.perform(payment(8, with: Self.line[3])).isApproved)
        // The new card's own chip is another one.
        #expect(world.state.chipCounters[ChipCounterKey(card: Self.line[3], sequenceNumber: 0)] == nil)
    }

    @Test func `that are suspended leave the card and its other tokens, reversals and advices as they are`() throws {
        var world = Self.world()
        world.register(token: 1)
        let payment = world.perform(Self.payment(1))
        world.perform(Self.change(1, to: .suspended))
        #expect(world.decision(on: Self.payment(1)).declineReason == .tokenSuspended)
        #expect(world.decision(on: Self.payment(2)).isApproved && world.decision(on: .authorize(.of(100))).isApproved)
        var told = AuthorizationRequest.of(100, key: "120:1")
        told.use(token: 1)
        let advice = Advice(request: told, verdict: .approved(code: "A1"), reason: .standIn)
        #expect(world.decision(on: .advise(advice)).acknowledgement == .recorded)
        let original = try #require(payment.authorization)
        let reversal = Reversal(target: .authorization(original))
        #expect(world.decision(on: .reverse(reversal)).acknowledgement == .applied)
        world.perform(Self.change(1, to: .active))
        #expect(world.decision(on: Self.payment(1)).isApproved)
    }

    @Test func `are part of an account's state, and only in their one form`() throws {
        var world = Self.world()
        world.perform(Self.register(2))
        world.perform(Self.register(1))
        world.perform(Self.change(2, to: .suspended))
        let bytes = world.state.journalBytes
        #expect(try AccountState(journalBytes: bytes) == world.state)
        let token = try #require(world.state.tokens[World.index(ofToken: 2)])
        var short = token
        short.index.removeLast()
        var digits = token
        digits.requestor = "4001003027"
        var long = token
        long.reference = String(repeating: "x", count: TokenFacts.longestReference + 1)
        for wrong in [short, digits, long] {
            #expect(throws: JournalError.self) { try WalletToken(journalBytes: wrong.journalBytes) }
        }
    }
}

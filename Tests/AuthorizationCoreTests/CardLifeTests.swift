import AuthorizationCore
import Testing

@Suite struct `Life of a card` {
    private static let later = ExpiryMonth.of(2032, 6)
    private static let new = CardID(at: World.dayStart, shard: World.shard, entropy: 60)

    private static func instance(_ number: UInt8, endsOthers: Bool = false) -> CardInstance {
        var instance = CardInstance(
            sequenceNumber: number,
            expiry: later,
            validUntil: World.dayStart + 2_000 * 24 * Instant.hour,
            serviceCode: 201,
            active: false
        )
        instance.endsOthers = endsOthers
        return instance
    }

    private static func reissue(_ instance: CardInstance) -> Command {
        .cardCommand(.reissue(ReissueCard(card: World.card, instance: instance)))
    }

    private static func activate(_ number: UInt8) -> Command {
        .cardCommand(.activateInstance(ActivateInstance(card: World.card, sequenceNumber: number)))
    }

    private static func replace(
        _ status: CardStatus,
        _ terms: CardTerms = CardTerms(),
        because reason: CardStatusReason? = nil,
        keepsUses: Bool = false
    ) -> Command {
        var instance = instance(0)
        instance.active = true
        let issue = IssueCard(card: new, lastFour: 9, instance: instance, terms: terms)
        let replace = ReplaceCard(
            card: World.card,
            status: status,
            reason: "test",
            new: issue,
            statusReason: reason,
            keepsUses: keepsUses
        )
        return .cardCommand(.replace(replace))
    }

    private static func payment(_ expiry: ExpiryMonth) -> Command {
        var request = AuthorizationRequest.of(100)
        request.expiry = expiry
        return .authorize(request)
    }

    /// Whether a payment with the old instance, and one with the new one, is approved.
    private func pays(_ world: World) -> [Bool] {
        [ExpiryMonth.of(2029, 11), Self.later].map { world.decision(on: Self.payment($0)).isApproved }
    }

    @Test func `a renewed card pays with both instances from the activation on`() {
        var world = World()
        #expect(world.perform(Self.reissue(Self.instance(1))).outcome == .done)
        #expect(pays(world) == [true, false])
        #expect(world.perform(Self.activate(1)).outcome == .done)
        #expect(pays(world) == [true, true])
        world.moment.now = World.dayStart + 1_500 * 24 * Instant.hour
        #expect(pays(world) == [false, true])
    }

    @Test func `a replacement ends the old instance when it is activated, and not before`() {
        var world = World()
        world.perform(Self.reissue(Self.instance(1, endsOthers: true)))
        #expect(pays(world) == [true, false])
        world.perform(Self.activate(1))
        #expect(pays(world) == [false, true])
        #expect(world.state.cards[World.card]?.instances.map(\.endsOthers) == [false, false])
    }

    /// With a reason, a cardholder, both and none: and what the card then is, from its decision's bytes and its state's.
    @Test(arguments: [nil, World.cardholder], [nil, CardStatusReason.issuerDecision])
    func `a card keeps its cardholder for good, and gives it to the one in its place`(
        _ cardholder: CardholderID?,
        _ reason: CardStatusReason?
    ) throws {
        var world = World()
        let held = CardID(at: World.dayStart, shard: World.shard, entropy: 61)
        var instance = Self.instance(0)
        instance.active = true
        let issue = IssueCard(card: held, lastFour: 3, instance: instance, cardholder: cardholder)
        world.perform(.issueCard(issue))
        let change = ChangeCard(card: held, status: .blocked, reason: "test", statusReason: reason)
        let blocked = world.perform(.changeCard(change))
        #expect(try Decision(journalBytes: blocked.journalBytes) == blocked)
        let card = try #require(world.state.cards[held])
        #expect(card.details.cardholder == cardholder && card.details.statusReason == reason)
        let new = IssueCard(card: Self.new, lastFour: 9, instance: instance)
        let replace = ReplaceCard(card: held, status: .closed, reason: "test", new: new, statusReason: reason)
        let replaced = world.perform(.cardCommand(.replace(replace)))
        #expect(try Decision(journalBytes: replaced.journalBytes) == replaced)
        #expect(try AccountState(journalBytes: world.state.journalBytes) == world.state)
        #expect(world.state.cards[Self.new]?.details.cardholder == cardholder)
    }

    @Test func `a card that was replaced keeps why, where its end has such a reason`() {
        var world = World()
        #expect(world.decision(on: Self.replace(.lost, because: .replaced)) == .refused(.transitionNotAllowed))
        #expect(world.perform(Self.replace(.closed, because: .replaced)).outcome == .done)
        #expect(world.state.cards[World.card]?.details.statusReason == .replaced)
        #expect(world.state.cards[Self.new]?.details.statusReason == nil)
    }

    @Test func `each step of an instance is taken once, and one that is lost makes way for the next`() {
        var world = World()
        let refused = Decision.refused(.transitionNotAllowed)
        #expect(world.decision(on: Self.activate(0)) == refused)
        #expect(world.decision(on: Self.reissue(Self.instance(2))) == refused)
        var active = Self.instance(1)
        active.active = true
        #expect(world.decision(on: Self.reissue(active)) == refused)
        world.perform(Self.reissue(Self.instance(1)))
        #expect(world.decision(on: Self.activate(0)) == refused)
        #expect(world.perform(Self.reissue(Self.instance(2))).outcome == .done)
        #expect(world.decision(on: Self.activate(1)) == refused)
        world.perform(Self.activate(2))
        #expect(world.decision(on: Self.activate(2)) == refused)
        world.state.cards[World.card]?.instances[1].sequenceNumber = 255
        #expect(world.decision(on: Self.reissue(Self.instance(0))) == refused)
    }

    @Test func `what a card is verified with has another version after each step`() throws {
        var world = World()
        var versions: [Int64] = []
        for command in [Self.reissue(Self.instance(1)), Self.activate(1), Self.reissue(Self.instance(2))] {
            versions.append(try #require(world.state.cards[World.card]).profileVersion)
            world.perform(command)
        }
        versions.append(try #require(world.state.cards[World.card]).profileVersion)
        #expect(versions == [0, 100, 101, 201])
    }

    @Test(arguments: CardStatus.allCases, CardStatus.allCases)
    func `a card with another number leaves the old one at an end, with links between them`(
        _ from: CardStatus,
        _ to: CardStatus
    ) throws {
        var world = World()
        world.set(from)
        let isEnd = [CardStatus.lost, .stolen, .closed].contains(to)
        let isAllowed = isEnd && from != .closed && (from == to || from.allows(to))
        let decision = world.perform(Self.replace(to))
        #expect(decision.outcome == (isAllowed ? .done : .refused(.transitionNotAllowed)))
        let old = try #require(world.state.cards[World.card])
        guard isAllowed else { return #expect(old.status == from && world.state.cards[Self.new] == nil) }
        #expect(old.status == to && old.details.replacedBy == Self.new)
        let new = try #require(world.state.cards[Self.new])
        #expect(new.status == .active && new.details.replaces == World.card)
        #expect(world.decision(on: Self.replace(to)) == .refused(.transitionNotAllowed))
    }

    private static let productRows: [(products: [String], product: String, isIssued: Bool)] = [
        ([], "", true), ([], "gold", false), (["gold"], "gold", true), (["gold"], "silver", false),
        (["gold"], "", false),
    ]

    @Test(arguments: productRows)
    func `a card is of a product that the program in force has, and of none where it has none`(
        _ products: [String],
        _ product: String,
        _ isIssued: Bool
    ) {
        var world = World()
        world.program.issuing.products = products.map { CardProduct(name: $0, form: .virtual) }
        let terms = CardTerms(product: product)
        let expected: Outcome = isIssued ? .done : .refused(.productNotFound)
        let issue = IssueCard(card: Self.new, lastFour: 9, instance: Self.instance(0), terms: terms)
        #expect(world.decision(on: .issueCard(issue)).outcome == expected)
        #expect(world.decision(on: Self.replace(.lost, terms)).outcome == expected)
    }

    @Test func `a physical card pays nothing until it is activated`() {
        var world = World()
        world.perform(Self.replace(.stolen, CardTerms(form: .physical)))
        var request = AuthorizationRequest.of(100)
        request.card = Self.new
        #expect(world.decision(on: .authorize(request)).declineReason == .cardInactive)
        world.perform(.changeCard(ChangeCard(card: Self.new, status: .active, reason: "it came")))
        #expect(world.decision(on: .authorize(request)).isApproved)
    }

    @Test(arguments: [Int32(1), 3])
    func `a card for few payments pays as often, and is given nothing back`(_ limit: Int32) throws {
        var world = World()
        world.state.cards[World.card]?.details.terms.useLimit = limit
        for _ in 0..<limit {
            #expect(world.decision(on: .authorize(.of(900_000))).declineReason == .transactionLimitExceeded)
            let payment = try world.authorized(.of(100))
            world.perform(.reverse(Reversal(target: .authorization(payment.id))))
        }
        #expect(world.perform(.authorize(.of(100))).declineReason == .cardUsedUp)
        #expect(world.state.cards[World.card]?.details.uses == limit)
        #expect(world.decision(on: .authorize(.of(100, .euro, .refund))).isApproved)
        #expect(world.decision(on: .authorize(.of(0, .euro, .balanceInquiry))).isApproved)
    }

    /// The old card's limit and what it has paid, the new one's own limit or nil where the old one's goes on, and how often
    /// the new one pays.
    private static let replacedUses: [(limit: Int32, uses: Int32, own: Int32?, left: Int)] = [
        (1, 1, nil, 0), (1, 0, nil, 1), (3, 1, nil, 2), (1, 1, 1, 1), (3, 1, 3, 3),
    ]

    @Test(arguments: replacedUses)
    func `a card in another's place pays as often as that still might, unless it has a limit of its own`(
        _ limit: Int32,
        _ uses: Int32,
        _ own: Int32?,
        _ left: Int
    ) throws {
        var world = World()
        world.state.cards[World.card]?.details.terms.useLimit = limit
        world.state.cards[World.card]?.details.uses = uses
        world.perform(Self.replace(.stolen, CardTerms(useLimit: own), keepsUses: own == nil))
        var request = AuthorizationRequest.of(100)
        request.card = Self.new
        for _ in 0..<left { #expect(world.perform(.authorize(request)).isApproved) }
        #expect(world.perform(.authorize(request)).declineReason == .cardUsedUp)
        #expect(try AccountState(journalBytes: world.state.journalBytes) == world.state)
    }

    @Test func `what a card and its token have spent today is spent for the card in its place`() throws {
        var world = World()
        world.program.currencies[0].tokenDailyLimit = 70_000
        world.register(token: 1)
        var yesterday = world.counterKey
        yesterday.dayStart = World.dayStart + -24 * Instant.hour
        world.state.counters[yesterday] = Counter()
        var request = AuthorizationRequest.of(50_000)
        request.use(token: 1)
        #expect(world.perform(.authorize(request)).isApproved)
        let decision = world.perform(Self.replace(.lost))
        #expect(try Decision(journalBytes: decision.journalBytes) == decision)
        #expect(decision.changes.count == 4)
        request.card = Self.new
        request.transaction.minorUnits = 20_001
        #expect(world.decision(on: .authorize(request)).declineReason == .dailyLimitExceeded)
        request.credential = nil
        request.transaction.minorUnits = 30_001
        #expect(world.decision(on: .authorize(request)).declineReason == .dailyLimitExceeded)
        request.transaction.minorUnits = 30_000
        #expect(world.perform(.authorize(request)).isApproved)
        #expect(world.counter.amount == 50_000)
    }

    @Test func `an increment uses nothing, and what others approved counts though it is never refused`() {
        var world = World()
        world.state.cards[World.card]?.details.terms.useLimit = 2
        var held = AuthorizationRequest.of(100, key: "held")
        held.purpose = .preAuthorization
        #expect(world.perform(.authorize(held)).isApproved)
        var more = AuthorizationRequest.of(100, key: "more")
        more.purpose = .increment
        more.increment = Increment(of: .message("held"), mode: .delta)
        #expect(world.perform(.authorize(more)).isApproved)
        #expect(world.state.cards[World.card]?.details.uses == 1)
        for key in ["a", "b"] {
            let advised = AuthorizationRequest.of(100, key: key)
            let advice = Advice(request: advised, verdict: .approved(code: "A1B2C3"), reason: .standIn)
            #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
        }
        #expect(world.state.cards[World.card]?.details.uses == 2)
        #expect(world.decision(on: .authorize(.of(100))).declineReason == .cardUsedUp)
    }
}

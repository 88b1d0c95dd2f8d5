import AuthorizationCore
import Testing

/// A purchase of 1,000 with a tax of 10 %, a fee of 50 and a levy of 1 % that is only posted, and what comes after it.
struct ChargedLife: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var steps: [@Sendable (Authorization) -> Command]
    /// Principal, tax, fee and levy.
    var held: [Int64] = [0, 0, 0, 0]
    var posted: [Int64] = [0, 0, 0, 0]

    init(
        _ description: String,
        held: [Int64] = [0, 0, 0, 0],
        posted: [Int64] = [0, 0, 0, 0],
        _ steps: (@Sendable (Authorization) -> Command)...
    ) {
        testDescription = description
        self.steps = steps
        self.held = held
        self.posted = posted
    }

    static func clear(_ amount: Int64, isFinal: Bool = true) -> @Sendable (Authorization) -> Command {
        { .clear(Clearing(authorization: $0.id, amount: Money(amount, .euro), isFinal: isFinal)) }
    }

    static func reverse(to newTotal: Int64? = nil) -> @Sendable (Authorization) -> Command {
        { .reverse(Reversal(target: .authorization($0.id), newTotal: newTotal)) }
    }

    static func increase(_ amount: Int64, _ mode: Increment.Mode) -> @Sendable (Authorization) -> Command {
        { original in
            var request = AuthorizationRequest.of(amount)
            request.purpose = .increment
            request.increment = Increment(of: .authorization(original.id), mode: mode)
            return .authorize(request)
        }
    }

    static func advise(_ amount: Int64, posts: Bool) -> @Sendable (Authorization) -> Command {
        { original in
            var request = AuthorizationRequest.of(amount, key: "220:1")
            request.isSingleMessage = posts
            let verdict = Advice.Verdict.approved(code: "A1")
            return .advise(
                Advice(request: request, verdict: verdict, reason: .completion, original: .authorization(original.id))
            )
        }
    }

    @Sendable static func expire(_ original: Authorization) -> Command {
        var lifetimes = HoldLifetimes()
        lifetimes.finalAmount = 0
        lifetimes.preAuthorization = 0
        lifetimes.uncertain = 0
        return .expire(ExpireHold(original.id, lifetimes))
    }

    @Sendable static func takeHalfBack(_ original: Authorization) -> Command {
        .applyException(
            ApplyException(
                exception: EventID(high: 1, low: 1),
                message: .reversal(Reversal(target: .authorization(original.id))),
                authorization: original.id,
                card: nil,
                amount: Money(500, .euro),
                reason: "any"
            )
        )
    }

    static let rows = [
        ChargedLife("is held", held: [1_000, 100, 50, 0]),
        ChargedLife("is reversed in part", held: [400, 40, 20, 0], reverse(to: 400)),
        ChargedLife("is reversed in part twice", held: [200, 20, 10, 0], reverse(to: 400), reverse(to: 200)),
        ChargedLife("is reversed", reverse()),
        ChargedLife("is reversed in odd parts", reverse(to: 333), reverse(to: 1), reverse()),
        ChargedLife("is increased: the fee is charged once", held: [1_500, 150, 50, 0], increase(500, .delta)),
        ChargedLife("is increased to a total", held: [1_500, 150, 50, 0], increase(1_500, .cumulative)),
        ChargedLife("is increased and reversed", increase(500, .delta), reverse()),
        ChargedLife("is cleared", posted: [1_000, 100, 50, 10], clear(1_000)),
        ChargedLife("is cleared below", posted: [400, 40, 20, 4], clear(400)),
        ChargedLife("is cleared above: the fee is charged once", posted: [1_200, 120, 50, 12], clear(1_200)),
        ChargedLife("is cleared far above", posted: [80_000, 8_000, 50, 800], clear(80_000)),
        ChargedLife(
            "is cleared in parts that go above",
            posted: [1_500, 150, 50, 15],
            clear(900, isFinal: false),
            clear(300, isFinal: false),
            clear(300)
        ),
        ChargedLife(
            "is increased and cleared above",
            posted: [2_000, 200, 50, 20],
            increase(500, .delta),
            clear(2_000)
        ),
        ChargedLife(
            "is cleared in a part",
            held: [600, 60, 30, 0],
            posted: [400, 40, 20, 4],
            clear(400, isFinal: false)
        ),
        ChargedLife(
            "is cleared in odd parts",
            posted: [1_000, 100, 50, 10],
            clear(333, isFinal: false),
            clear(333, isFinal: false),
            clear(333, isFinal: false),
            clear(1)
        ),
        ChargedLife(
            "is cleared in a part and the rest reversed",
            posted: [400, 40, 20, 4],
            clear(400, isFinal: false),
            reverse(to: 400)
        ),
        ChargedLife(
            "is increased after a part was cleared",
            posted: [1_500, 150, 50, 15],
            clear(400, isFinal: false),
            increase(500, .delta),
            clear(1_100)
        ),
        ChargedLife("expires", expire),
        ChargedLife("expires and is cleared late", posted: [1_000, 100, 50, 10], expire, clear(1_000)),
        ChargedLife("is reversed and cleared late", posted: [1_000, 100, 50, 10], reverse(), clear(1_000)),
        ChargedLife("is completed", posted: [600, 60, 30, 6], advise(600, posts: true)),
        ChargedLife("is held by advice for less", held: [600, 60, 30, 0], advise(600, posts: false)),
        ChargedLife("is completed above", posted: [1_200, 120, 50, 12], advise(1_200, posts: true)),
        ChargedLife("is held by advice for more", held: [1_200, 120, 50, 0], advise(1_200, posts: false)),
        ChargedLife(
            "is held by advice for more, and cleared above that",
            posted: [1_500, 150, 50, 15],
            advise(1_200, posts: false),
            clear(1_500)
        ),
        ChargedLife("is advised as nothing", advise(0, posts: false)),
        ChargedLife(
            "is cleared, and an operator takes half back",
            posted: [500, 50, 25, 5],
            clear(1_000),
            takeHalfBack
        ),
    ]
}

@Suite struct `Charges` {
    static let every = ChargeConditions(kinds: Set(TransactionKind.allCases))

    static var schedules: [ChargeSchedule] {
        var tax = ChargeSchedule("TAX", to: .taxPayable, in: .euro, of: ChargeConditions(kinds: [.purchase]))
        tax.terms.rate = 100_000
        var fee = ChargeSchedule("FEE", to: .feeIncome, in: .euro, of: ChargeConditions(kinds: [.purchase]))
        fee.terms.fixed = 50
        var levy = ChargeSchedule("LEVY", to: .taxPayable, in: .euro, of: ChargeConditions(kinds: [.purchase]))
        levy.terms.rate = 10_000
        levy.moment = .posting
        return [tax, fee, levy]
    }

    static func world(posted: Int64 = 100_000, _ schedules: [ChargeSchedule] = schedules) -> World {
        var world = World(posted: posted)
        world.program.charges = schedules
        return world
    }

    private static func held(_ authorization: Authorization) -> [Int64] {
        let charges = authorization.charges.map(\.held)
        return [authorization.held - authorization.heldFee - charges.reduce(0, +)] + charges
    }

    private static func posted(_ authorization: Authorization) -> [Int64] {
        let charges = authorization.charges.map(\.posted)
        return [authorization.posted - charges.reduce(0, +)] + charges
    }

    @Test(arguments: ChargedLife.rows)
    func `follow their payment when it`(_ life: ChargedLife) throws {
        var world = Self.world()
        var request = AuthorizationRequest.of(1_000, key: "100:1")
        request.purpose = .preAuthorization
        let original = try world.authorized(request)
        var lines = LineHistory()
        for step in life.steps {
            let decision = world.perform(step(original))
            #expect(decision.isApproved || [.applied, .recorded].contains(decision.acknowledgement))
            lines.take(decision.transfers)
        }
        let last = try #require(world.state.authorizations[original.id])
        #expect(Self.held(last) == life.held)
        #expect(Self.posted(last) == life.posted)
        #expect(world.euros.pendingDebits == life.held.reduce(0, +))
        #expect(world.euros.posted == 100_000 - life.posted.reduce(0, +))
        for index in 0..<3 {
            #expect(lines.posted(of: last, line: UInt8(2 + index)) == Int128(life.posted[1 + index]))
        }
        #expect(try AccountState(journalBytes: world.state.journalBytes) == world.state)
    }

    @Test func `are transfers of their own against fees and taxes`() {
        let decision = Self.world().decision(on: .authorize(.of(1_000)))
        #expect(decision.transfers.map(\.amount) == [1_000, 100, 50])
        #expect(decision.transfers.map(\.line) == [0, 2, 3])
        #expect(decision.transfers.map(\.counterparty) == [.networkSettlement, .taxPayable, .feeIncome])
        #expect(decision.checks.first { $0.check == .charges }?.observed == 160)
        let available = decision.checks.first { $0.check == .availableBalance }
        #expect(available?.observed == 1_150)
    }

    @Test(arguments: [(1_150, nil), (1_149, .insufficientFunds)] as [(Int64, DeclineReason?)])
    func `are part of what must be available`(_ posted: Int64, _ reason: DeclineReason?) {
        let decision = Self.world(posted: posted).decision(on: .authorize(.of(1_000)))
        #expect(decision.declineReason == reason)
        guard reason != nil else { return }
        let declined = decision.changes.compactMap { if case .authorization(let row) = $0 { row } else { nil } }
        #expect(declined.map(\.charges) == [[]])
    }

    /// What there is, and what of 1,000 is approved: nil for nothing.
    @Test(arguments: [(575, 477), (1_149, 999), (52, 2), (51, 1), (50, nil), (1, nil)] as [(Int64, Int64?)])
    func `fit with the part that is approved into what is available`(_ posted: Int64, _ approved: Int64?) throws {
        var world = Self.world(posted: posted)
        var request = AuthorizationRequest.of(1_000)
        request.allowsPartialApproval = true
        let decision = world.perform(.authorize(request))
        guard case .approved(let approval) = decision.outcome else {
            #expect(approved == nil)
            return
        }
        let amount = try #require(approved)
        #expect(approval.extent == .partial(.init(transaction: Money(amount, .euro), billing: Money(amount, .euro))))
        #expect(world.euros.pendingDebits <= posted)
        let more = AuthorizationRequest.of(amount + 1)
        #expect(Self.world(posted: posted).decision(on: .authorize(more)).declineReason == .insufficientFunds)
    }

    @Test func `are posted at once with a single message, and come back with its reversal`() throws {
        var world = Self.world()
        var request = AuthorizationRequest.of(1_000)
        request.isSingleMessage = true
        let single = try world.authorized(request)
        #expect(Self.posted(single) == [1_000, 100, 50, 10] && world.euros.posted == 98_840)
        world.perform(.reverse(Reversal(target: .authorization(single.id), newTotal: 500)))
        #expect(world.euros.posted == 99_420)
        world.perform(.reverse(Reversal(target: .authorization(single.id))))
        #expect(world.euros.posted == 100_000 && world.counter == Counter())
    }

    @Test func `are made on what is posted by force`() {
        var world = Self.world(posted: 0)
        var request = AuthorizationRequest.of(1_000, key: "220:1")
        request.isSingleMessage = true
        let advice = Advice(request: request, verdict: .approved(code: "A1"), reason: .standIn, original: nil)
        #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
        #expect(world.euros.posted == -1_160)
    }

    @Test func `of the amount with the acquirer's fee, and of the charges before them`() throws {
        let conditions = ChargeConditions(kinds: [.atmWithdrawal])
        var tax = ChargeSchedule("TAX", to: .taxPayable, in: .euro, of: conditions)
        tax.terms.base = .amountWithFee
        tax.terms.rate = 100_000
        var onTax = ChargeSchedule("VAT", to: .taxPayable, in: .euro, of: conditions)
        onTax.terms.base = .earlierCharges
        onTax.terms.rate = 210_000
        var world = Self.world([tax, onTax])
        var request = AuthorizationRequest.of(1_000, .euro, .atmWithdrawal)
        request.acquirerFee = AcquirerFee(amount: 150, isIncluded: false)
        let authorization = try world.authorized(request)
        #expect(authorization.charges.map(\.amount) == [115, 24] && authorization.held == 1_289)
        #expect(authorization.fee == 150)
    }

    @Test func `on a refund are paid back, where a schedule says so`() throws {
        var schedules = Self.schedules
        schedules[0].conditions.kinds.insert(.refund)
        var world = Self.world(schedules)
        let refund = try world.authorized(.of(1_000, .euro, .refund))
        #expect(world.euros.pendingCredits == 1_100)
        world.perform(ChargedLife.clear(1_000)(refund))
        #expect(world.euros.posted == 101_100 && world.euros.pendingCredits == 0)
    }

    @Test func `of instalments are posted with each, as much as of the whole`() throws {
        var world = Self.world()
        var request = AuthorizationRequest.of(1_000)
        request.instalments = Instalments(funding: .merchant, count: 3)
        let original = try world.authorized(request)
        for part in [333, 333, 334] as [Int64] { world.perform(ChargedLife.clear(part)(original)) }
        #expect(world.euros.posted == 98_840 && world.euros.pendingDebits == 0)
    }

    @Test func `stay as they were decided when the program changes`() throws {
        var world = Self.world()
        var request = AuthorizationRequest.of(1_000, key: "100:1")
        request.purpose = .preAuthorization
        let original = try world.authorized(request)
        world.program.charges = []
        world.perform(ChargedLife.clear(500, isFinal: false)(original))
        #expect(world.euros.posted == 100_000 - 500 - 50 - 25 - 5)
        world.program.charges = Self.schedules
        world.program.charges[0].terms.rate = 200_000
        world.perform(ChargedLife.increase(100, .delta)(original))
        let increased = try #require(world.state.authorizations[original.id])
        #expect(increased.charges.map(\.amount) == [120, 50, 11])
    }

    @Test func `of an exempt account spare it where they say so`() throws {
        for isExempt in [false, true] {
            var world = Self.world()
            world.program.charges[0].conditions.sparesExemptAccounts = true
            world.state.account?.isChargeExempt = isExempt
            let authorization = try world.authorized(.of(1_000))
            #expect(authorization.charges.map(\.code) == (isExempt ? ["FEE", "LEVY"] : ["TAX", "FEE", "LEVY"]))
            #expect(try AccountState(journalBytes: world.state.journalBytes) == world.state)
        }
    }

    @Test func `beyond their range decline a request, and make an advice an exception`() {
        var world = Self.world()
        world.program.charges[0].terms.fixed = largestAmount
        #expect(world.decision(on: .authorize(.of(1_000))).declineReason == .chargesOutOfRange)
        let request = AuthorizationRequest.of(1_000, key: "120:1")
        let advice = Advice(request: request, verdict: .approved(code: "A1"), reason: .standIn, original: nil)
        #expect(world.perform(.advise(advice)).acknowledgement == .exception(.amountOutOfRange))
        #expect(world.euros == World().euros)
    }

    @Test func `are not made where no money moves`() {
        let decision = Self.world(
            Self.schedules.map { schedule in
                var schedule = schedule
                schedule.conditions = Self.every
                return schedule
            }
        ).decision(on: .authorize(.of(0, .euro, .balanceInquiry)))
        #expect(decision.isApproved && decision.transfers.isEmpty)
    }
}

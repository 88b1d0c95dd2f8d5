import AuthorizationCore
import Testing

@Suite struct `Increments` {
    private static func preAuthorization(_ amount: Int64) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, key: "100:1")
        request.purpose = .preAuthorization
        return request
    }

    private static func increment(
        _ amount: Int64,
        _ mode: Increment.Mode = .delta,
        of original: AuthorizationLink = .message("100:1"),
        key: RequestKey = "100:2"
    ) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, key: key)
        request.purpose = .increment
        request.increment = Increment(of: original, mode: mode)
        return request
    }

    private static func reversal(of key: RequestKey, to newTotal: Int64? = nil, as own: RequestKey = "420:1") -> Command
    {
        let message = MessageIdentity(key: own, fingerprint: [2])
        return .reverse(Reversal(target: .message(key), message: message, newTotal: newTotal))
    }

    @Test(arguments: [(Increment.Mode.delta, Int64(200)), (.cumulative, 1_200)])
    func `add to what is held`(_ row: (mode: Increment.Mode, amount: Int64)) throws {
        var world = World()
        let first = try world.authorized(Self.preAuthorization(1_000))
        let decision = world.perform(.authorize(Self.increment(row.amount, row.mode)))
        guard case .approved(let approval) = decision.outcome else {
            Issue.record("declined: \(decision)")
            return
        }
        #expect(approval.authorization == first.id)
        let added = ApprovedAmounts(transaction: Money(200, .euro), billing: Money(200, .euro))
        #expect(approval.extent == .added(added))
        let grown = try #require(world.state.authorizations[first.id])
        #expect(grown.approved.minorUnits == 1_200 && grown.billed == 1_200)
        #expect(grown.remaining == 1_200 && grown.held == 1_200)
        #expect(world.euros.pendingDebits == 1_200)
        #expect(decision.transfers.map(\.amount) == [200])
        // One payment still.
        #expect(world.counter.amount == 1_200 && world.counter.count == 1)
        #expect(world.state.authorizations.count == 1)
    }

    @Test func `are checked by what they add, by the limit of one payment with what they add to`() throws {
        var world = World(posted: 1_200)
        _ = try world.authorized(Self.preAuthorization(1_000))
        world.program.currencies[0].transactionLimit = 1_200
        for request in [Self.increment(1_200, .cumulative), Self.increment(200)] {
            let decision = world.decision(on: .authorize(request))
            #expect(decision.isApproved)
            let checks = decision.checks.filter {
                [.transactionLimit, .dailyLimit, .availableBalance].contains($0.check)
            }
            #expect(checks.map(\.observed) == [1_200, 1_200, 200])
        }
        world.program.currencies[0].transactionLimit = 1_201
        #expect(world.decision(on: .authorize(Self.increment(1_201, .cumulative))).declineReason == .insufficientFunds)
        world.program.currencies[0].transactionLimit = 1_199
        for request in [Self.increment(1_200, .cumulative), Self.increment(200)] {
            #expect(world.decision(on: .authorize(request)).declineReason == .transactionLimitExceeded)
        }
    }

    @Test func `what was cleared of the payment counts for its limit, what was taken back does not`() throws {
        var world = World()
        let first = try world.authorized(Self.preAuthorization(1_000))
        world.perform(Self.reversal(of: "100:1", to: 600))
        world.perform(.clear(Clearing(authorization: first.id, amount: Money(200, .euro), isFinal: false)))
        world.program.currencies[0].transactionLimit = 800
        #expect(world.decision(on: .authorize(Self.increment(200))).isApproved)
        #expect(world.decision(on: .authorize(Self.increment(201))).declineReason == .transactionLimitExceeded)
    }

    @Test func `a declined one leaves the hold as it was`() throws {
        var world = World(posted: 1_100)
        let first = try world.authorized(Self.preAuthorization(1_000))
        let decision = world.perform(.authorize(Self.increment(200)))
        #expect(decision.declineReason == .insufficientFunds)
        #expect(world.state.authorizations[first.id] == first)
        #expect(world.euros.pendingDebits == 1_000)
        // Its reversal has nothing to give back.
        #expect(world.perform(Self.reversal(of: "100:2")).acknowledgement == .nothingLeft)
        #expect(world.euros.pendingDebits == 1_000)
    }

    @Test(arguments: [Int64(1_000), 999, 0])
    func `a total that adds nothing is declined`(_ total: Int64) throws {
        var world = World()
        _ = try world.authorized(Self.preAuthorization(1_000))
        let decision = world.decision(on: .authorize(Self.increment(total, .cumulative)))
        #expect(decision.declineReason == .originalDiffers)
    }

    @Test func `a total counts from what stands, with the network's billing amount in proportion`() throws {
        var world = World()
        _ = try world.authorized(Self.preAuthorization(1_000))
        world.perform(Self.reversal(of: "100:1", to: 600))
        var request = Self.increment(1_000, .cumulative)
        request.billing = ConvertedAmount(Money(2_000, .euro))
        #expect(world.perform(.authorize(request)).transfers.map(\.amount) == [800])
        #expect(world.euros.pendingDebits == 600 + 800)
    }

    /// Which message a reversal names, its new total, and what is then left of 1,000 and two increments of 200 and 300.
    static let reversals: [(key: RequestKey, total: Int64?, acknowledgement: Acknowledgement, left: Int64)] = [
        ("100:1", nil, .applied, 0), ("100:1", 1_400, .applied, 1_400), ("100:1", 1_500, .nothingLeft, 1_500),
        ("100:1", 1_501, .exception(.reversalAboveApproved), 1_500), ("100:2", nil, .applied, 1_300),
        ("100:2", 50, .applied, 1_350), ("100:2", 200, .nothingLeft, 1_500),
        ("100:2", 201, .exception(.reversalAboveApproved), 1_500), ("100:3", nil, .applied, 1_200),
    ]

    @Test(arguments: reversals)
    func `naming one gives back what it added, naming the first everything`(
        _ row: (key: RequestKey, total: Int64?, acknowledgement: Acknowledgement, left: Int64)
    ) throws {
        var world = World()
        _ = try world.authorized(Self.preAuthorization(1_000))
        world.perform(.authorize(Self.increment(200)))
        // An increment may name another.
        world.perform(.authorize(Self.increment(300, of: .message("100:2"), key: "100:3")))
        #expect(world.euros.pendingDebits == 1_500)
        #expect(world.perform(Self.reversal(of: row.key, to: row.total)).acknowledgement == row.acknowledgement)
        #expect(world.euros.pendingDebits == row.left && world.counter.amount == row.left)
        #expect(world.counter.count == (row.left == 0 ? 0 : 1))
        // Once more changes nothing.
        world.perform(Self.reversal(of: row.key, to: row.total, as: "420:2"))
        #expect(world.euros.pendingDebits == row.left)
    }

    @Test func `one that is taken back twice, after all or after clearing gives back no more than remains`() throws {
        var world = World()
        let payment = try world.authorized(Self.preAuthorization(1_000))
        world.perform(.authorize(Self.increment(200)))
        let clearing = Clearing(authorization: payment.id, amount: Money(1_150, .euro), isFinal: false)
        world.perform(.clear(clearing))
        // 50 of 200 are given back; the wish for the rest is kept.
        let first = world.perform(Self.reversal(of: "100:2"))
        #expect(first.acknowledgement == .exception(.reversalAfterClearing))
        #expect(world.euros.pendingDebits == 0)
        let again = world.perform(Self.reversal(of: "100:2", as: "420:2"))
        #expect(again.acknowledgement == .exception(.reversalAfterClearing))
        #expect(world.euros.posted == 100_000 - 1_150)
    }

    @Test(arguments: [(Int64(200), Acknowledgement.nothingLeft), (0, .exception(.reversalAfterClearing))])
    func `a reversal that takes nothing of one back still settles what was uncertain`(
        _ row: (total: Int64, acknowledgement: Acknowledgement)
    ) throws {
        var world = World()
        let first = try world.authorized(Self.preAuthorization(1_000))
        world.perform(.authorize(Self.increment(200)))
        if row.total == 0 {
            world.perform(.clear(Clearing(authorization: first.id, amount: Money(1_200, .euro), isFinal: false)))
        }
        world.state.authorizations[first.id]?.uncertain = true
        let decision = world.perform(Self.reversal(of: "100:2", to: row.total))
        #expect(decision.acknowledgement == row.acknowledgement && decision.transfers.isEmpty)
        #expect(world.state.authorizations[first.id]?.uncertain == false)
    }

    @Test func `one whose reversal came first is declined`() throws {
        var world = World()
        _ = try world.authorized(Self.preAuthorization(1_000))
        #expect(world.perform(Self.reversal(of: "100:2")).acknowledgement == .waitsForOriginal)
        #expect(world.perform(.authorize(Self.increment(200))).declineReason == .reversedBeforeArrival)
        #expect(world.euros.pendingDebits == 1_000)
    }

    @Test func `with a fee of its own, it follows the whole`() throws {
        var world = World()
        _ = try world.authorized(Self.preAuthorization(1_000))
        var request = Self.increment(200)
        request.acquirerFee = AcquirerFee(amount: 30, isIncluded: false)
        #expect(world.perform(.authorize(request)).transfers.map(\.line) == [0, 1])
        #expect(world.euros.pendingDebits == 1_230)
        let reversal = world.perform(Self.reversal(of: "100:1"))
        #expect(reversal.transfers.map(\.amount) == [1_200, 30])
        #expect(world.euros.pendingDebits == 0)
    }

    /// The fee of a pre-authorization of 1,000 and of its increment to 1,200, how the increment tells its amount, and
    /// the lines that it adds.
    static let fees: [(first: Int64, then: Int64, mode: Increment.Mode, lines: [Int64])] = [
        (150, 150, .cumulative, [200]), (150, 180, .cumulative, [200, 30]), (150, 0, .cumulative, [200]),
        (150, 100, .cumulative, [200]), (0, 30, .cumulative, [200, 30]), (150, 30, .delta, [200, 30]),
        (150, 0, .delta, [200]),
    ]

    @Test(arguments: fees)
    func `a total's fee is a total too`(
        _ row: (first: Int64, then: Int64, mode: Increment.Mode, lines: [Int64])
    ) throws {
        func fee(_ amount: Int64) -> AcquirerFee? { amount == 0 ? nil : AcquirerFee(amount: amount, isIncluded: false) }
        var world = World()
        var first = Self.preAuthorization(1_000)
        first.acquirerFee = fee(row.first)
        _ = try world.authorized(first)
        var request = Self.increment(row.mode == .delta ? 200 : 1_200, row.mode)
        request.acquirerFee = fee(row.then)
        #expect(world.perform(.authorize(request)).transfers.map(\.amount) == row.lines)
        #expect(world.euros.pendingDebits == 1_000 + row.first + row.lines.reduce(0, +))
    }

    @Test func `a total's fee is compared with what of the fee is held and cleared, in the balance's currency`() throws
    {
        var world = World()
        world.program.rates = [ExchangeRate(from: .yen, to: .euro, billionths: 6_500_000)]
        var first = Self.preAuthorization(1_000)
        first.transaction.currency = .yen
        first.acquirerFee = AcquirerFee(amount: 7, isIncluded: false)
        let original = try world.authorized(first)
        #expect(original.held == 654)
        world.perform(.clear(Clearing(authorization: original.id, amount: Money(500, .yen), isFinal: false)))
        var request = Self.increment(1_200, .cumulative)
        request.transaction.currency = .yen
        request.acquirerFee = AcquirerFee(amount: 7, isIncluded: false)
        #expect(world.perform(.authorize(request)).transfers.map(\.amount) == [130])
    }

    /// The cash of an increment to 1,200 or by 200, the program's limit for it, and whether it passes.
    static let cash: [(cash: Int64, limit: Int64?, mode: Increment.Mode, passes: Bool)] = [
        (500, 500, .cumulative, true), (501, 500, .cumulative, false), (1_200, nil, .cumulative, true),
        (1_201, nil, .cumulative, false), (100, 500, .delta, false), (100, nil, .delta, false),
    ]

    @Test(arguments: cash)
    func `a total's cash is all there is; on top there is none`(
        _ row: (cash: Int64, limit: Int64?, mode: Increment.Mode, passes: Bool)
    ) throws {
        var world = World()
        world.program.currencies[0].cashbackLimit = row.limit
        var first = Self.preAuthorization(1_000)
        first.kind = .purchaseWithCashback
        first.cashback = 500
        _ = try world.authorized(first)
        var request = Self.increment(row.mode == .delta ? 200 : 1_200, row.mode)
        request.kind = .purchaseWithCashback
        request.cashback = row.cash
        #expect(world.decision(on: .authorize(request)).declineReason == (row.passes ? nil : .cashbackLimitExceeded))
    }
}

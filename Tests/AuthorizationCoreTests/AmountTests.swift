import AuthorizationCore
import Testing

@Suite struct `Partial approval` {
    private static func request(_ amount: Int64, _ currency: Currency = .euro) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, currency, key: "100:1")
        request.allowsPartialApproval = true
        return request
    }

    @Test func `approves what is available, to the last unit`() throws {
        var world = World(posted: 700)
        let decision = world.perform(.authorize(Self.request(1_000)))
        guard case .approved(let approval) = decision.outcome else {
            Issue.record("declined: \(decision)")
            return
        }
        let amounts = ApprovedAmounts(transaction: Money(700, .euro), billing: Money(700, .euro))
        #expect(approval.extent == .partial(amounts))
        #expect(world.euros.pendingDebits == 700 && world.counter.amount == 700)
        #expect(world.state.authorizations[approval.authorization]?.approved.minorUnits == 700)
        #expect(decision.verdict(of: .availableBalance) == .failed(.insufficientFunds))
        // Nothing is available any more.
        var next = Self.request(1_000)
        next.message = nil
        #expect(world.decision(on: .authorize(next)).declineReason == .insufficientFunds)
    }

    @Test func `in another currency holds no more than is available, in proportion`() throws {
        var world = World(posted: 450)
        let authorization = try world.authorized(Self.request(1_000, .dollar))
        #expect(authorization.approved == Money(500, .dollar) && authorization.held == 450)
        var cents = World(posted: 5)
        var request = Self.request(3, .dollar)
        request.billing = ConvertedAmount(Money(10, .euro))
        let rounded = try cents.authorized(request)
        #expect(rounded.approved.minorUnits == 1 && rounded.held == 3)
    }

    /// What keeps a request from being approved in part.
    static let refusals: [@Sendable (inout World, inout AuthorizationRequest) -> Void] = [
        { _, request in request.allowsPartialApproval = false },
        { _, request in request.kind = .purchaseWithCashback },
        { _, request in request.kind = .atmWithdrawal },
        { _, request in request.cashback = 100 },
        { _, request in request.acquirerFee = AcquirerFee(amount: 10, isIncluded: false) },
        { world, _ in world.state.balances[World.euros]?.posted = 0 },
        { world, _ in world.state.balances[World.euros]?.posted = -5 },
        { world, _ in world.program.currencies[0].transactionLimit = 999 },
        { world, _ in world.set(CardStatus.frozen) },
    ]

    @Test(arguments: refusals.indices)
    func `is not for others, nor where anything but funds is short`(_ index: Int) {
        var world = World(posted: 700)
        var request = Self.request(1_000)
        Self.refusals[index](&world, &request)
        let decision = world.decision(on: .authorize(request))
        #expect(decision.declineReason != nil)
        #expect(decision.verdict(of: .availableBalance) == .failed(.insufficientFunds))
    }

    @Test func `of a single message posts what is available`() throws {
        var world = World(posted: 700)
        var request = Self.request(1_000)
        request.isSingleMessage = true
        _ = try world.authorized(request)
        #expect(world.euros.posted == 0)
    }
}

@Suite struct `Acquirer's fee` {
    private static func withdrawal(_ amount: Int64, fee: Int64, isIncluded: Bool = false) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, .euro, .atmWithdrawal, key: "100:1")
        request.acquirerFee = AcquirerFee(amount: fee, isIncluded: isIncluded)
        return request
    }

    private static func reversal(to newTotal: Int64?) -> Command {
        let message = MessageIdentity(key: "420:1", fingerprint: [2])
        return .reverse(Reversal(target: .message("100:1"), message: message, newTotal: newTotal))
    }

    /// Fee, whether the amount contains it, and the lines that are held for 1,000.
    static let rows: [(fee: Int64, isIncluded: Bool, lines: [Int64])] = [
        (150, false, [1_000, 150]), (150, true, [1_000]), (0, false, [1_000]), (-150, false, [1_000]),
    ]

    @Test(arguments: rows)
    func `is a line of its own unless the amount contains it`(_ row: (fee: Int64, isIncluded: Bool, lines: [Int64])) {
        var world = World()
        let request = Self.withdrawal(1_000, fee: row.fee, isIncluded: row.isIncluded)
        let decision = world.perform(.authorize(request))
        #expect(decision.transfers.map(\.amount) == row.lines)
        #expect(decision.transfers.map(\.line) == Array(0..<UInt8(row.lines.count)))
        #expect(world.euros.pendingDebits == row.lines.reduce(0, +))
    }

    @Test func `is checked with the amount`() {
        let world = World(posted: 1_149)
        #expect(world.decision(on: .authorize(Self.withdrawal(1_000, fee: 150))).declineReason == .insufficientFunds)
        #expect(world.decision(on: .authorize(Self.withdrawal(1_000, fee: 149))).isApproved)
    }

    @Test func `is converted at the rate of the amount, and never to nothing`() {
        var world = World()
        var request = Self.withdrawal(1_000, fee: 150)
        request.transaction.currency = .dollar
        #expect(world.perform(.authorize(request)).transfers.map(\.amount) == [900, 135])
        request.acquirerFee?.amount = 1
        request.message = nil
        #expect(world.perform(.authorize(request)).transfers.map(\.amount) == [900, 1])
    }

    @Test func `follows a partial dispense, its completion and a reversal in proportion`() throws {
        var world = World()
        let original = try world.authorized(Self.withdrawal(1_000, fee: 150))
        #expect(world.perform(Self.reversal(to: 600)).transfers.map(\.amount) == [400, 60])
        #expect(world.euros.pendingDebits == 690 && world.counter.amount == 690)
        let clearing = Clearing(authorization: original.id, amount: Money(200, .euro), isFinal: false)
        let cleared = world.perform(.clear(clearing))
        #expect(cleared.transfers.map(\.amount) == [200, 30, 200, 30])
        #expect(cleared.transfers.map(\.line) == [0, 1, 0, 1])
        let last = Clearing(
            authorization: original.id,
            amount: Money(400, .euro),
            billing: Money(404, .euro),
            isFinal: true
        )
        #expect(world.perform(.clear(last)).transfers.map(\.amount) == [400, 60, 404, 60])
        #expect(world.euros.pendingDebits == 0 && world.euros.posted == 100_000 - 200 - 404 - 90)
    }

    @Test func `of a single message is posted and paid back in proportion`() throws {
        var world = World()
        var request = Self.withdrawal(1_000, fee: 150)
        request.isSingleMessage = true
        #expect(world.perform(.authorize(request)).transfers.map(\.amount) == [1_000, 150])
        #expect(world.perform(Self.reversal(to: 600)).transfers.map(\.amount) == [400, 60])
        #expect(world.euros.posted == 100_000 - 690)
    }
}

@Suite struct `Cashback` {
    /// The cash in a purchase of 1,000, the program's limit, and whether it passes.
    static let rows: [(cash: Int64, limit: Int64?, passes: Bool)] = [
        (500, 500, true), (501, 500, false), (1, 0, false), (0, 0, true), (1_000, nil, true), (1_001, nil, false),
        (-1, nil, false),
    ]

    @Test(arguments: rows)
    func `has a limit of its own`(_ row: (cash: Int64, limit: Int64?, passes: Bool)) {
        var world = World()
        world.program.currencies[0].cashbackLimit = row.limit
        var request = AuthorizationRequest.of(1_000, .euro, .purchaseWithCashback)
        request.cashback = row.cash
        let decision = world.decision(on: .authorize(request))
        #expect(decision.declineReason == (row.passes ? nil : .cashbackLimitExceeded))
        #expect((decision.verdict(of: .cashbackLimit) != nil) == (row.cash != 0))
    }

    @Test func `is compared in the balance's currency`() {
        var world = World()
        world.program.currencies[0].cashbackLimit = 450
        var request = AuthorizationRequest.of(1_000, .dollar, .purchaseWithCashback)
        request.cashback = 500
        #expect(world.decision(on: .authorize(request)).isApproved)
        request.cashback = 503
        let check = world.decision(on: .authorize(request)).checks.first { $0.check == .cashbackLimit }
        #expect(check?.observed == 452 && check?.limit == 450)
    }
}

@Suite struct `Fuel` {
    private static func world() -> World {
        var world = World()
        world.program.currencies[0].statusCheckAmount = 12_500
        return world
    }

    private static func statusCheck(_ amount: Int64 = 100, _ currency: Currency = .euro) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, currency, key: "100:1")
        request.purpose = .statusCheck
        return request
    }

    @Test func `a status check holds the program's amount, which is what limits and funds see`() throws {
        var world = Self.world()
        let authorization = try world.authorized(Self.statusCheck())
        #expect(authorization.held == 12_500 && authorization.approved.minorUnits == 12_500)
        #expect(world.euros.pendingDebits == 12_500)
        world.state.balances[World.euros]?.posted = 24_999
        var again = Self.statusCheck()
        again.message = nil
        #expect(world.decision(on: .authorize(again)).declineReason == .insufficientFunds)
    }

    @Test func `in another currency approves as much more`() throws {
        var world = Self.world()
        let authorization = try world.authorized(Self.statusCheck(100, .dollar))
        #expect(authorization.held == 12_500)
        #expect(authorization.approved == Money(100 * 12_500 / 90, .dollar))
    }

    @Test func `in another currency is worth what the program's rate says, not what it says of one unit`() throws {
        for (markUp, approved) in [(Int64(0), Int64(19_230)), (20_000, 18_853)] {
            var world = Self.world()
            world.program.rates = [ExchangeRate(from: .yen, to: .euro, billionths: 6_500_000)]
            world.program.markUp = markUp
            let authorization = try world.authorized(Self.statusCheck(1, .yen))
            #expect(authorization.held == 12_500 && authorization.approved == Money(approved, .yen))
            let completion = Clearing(authorization: authorization.id, amount: Money(5_000, .yen), isFinal: true)
            world.perform(.clear(completion))
            #expect(world.euros.posted == 100_000 - 5_000 * 12_500 / approved)
        }
    }

    /// What the network converts one yen to, at which rate (DE 10), and what is then approved. A rate that does not
    /// explain the amount is none.
    static let networkRates: [(rate: UInt32, billed: Int64, approved: Int64)] = [
        (70_065_000, 1, 19_230), (60_006_500, 1, 19_230), (0, 1, 12_500), (10_650_000, 1, 12_500), (0, 2, 6_250),
    ]

    @Test(arguments: networkRates)
    func `in another currency is worth what the network's rate says, as long as it explains the amount`(
        _ row: (rate: UInt32, billed: Int64, approved: Int64)
    ) throws {
        var world = Self.world()
        var request = Self.statusCheck(1, .yen)
        request.billing = ConvertedAmount(Money(row.billed, .euro), rate: row.rate)
        let authorization = try world.authorized(request)
        #expect(authorization.held == 12_500 && authorization.approved == Money(row.approved, .yen))
    }

    @Test func `one whose amount no message could carry is declined`() {
        var world = Self.world()
        world.program.rates = [ExchangeRate(from: .peso, to: .euro, billionths: 1)]
        #expect(world.decision(on: .authorize(Self.statusCheck(1, .peso))).declineReason == .kindNotAllowed)
    }

    @Test(arguments: [Int64(4_210), 12_500, 15_000, 0], [false, true])
    func `the completion takes its place`(_ amount: Int64, _ posts: Bool) throws {
        var world = Self.world()
        _ = try world.authorized(Self.statusCheck())
        var request = AuthorizationRequest.of(amount, key: "120:1")
        request.isSingleMessage = posts
        let verdict = Advice.Verdict.approved(code: "000001")
        let advice = Advice(request: request, verdict: verdict, reason: .fuelCompletion, original: .message("100:1"))
        #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
        #expect(world.euros.pendingDebits == (posts ? 0 : amount))
        #expect(world.euros.posted == 100_000 - (posts ? amount : 0))
    }
}

@Suite struct `Balances in answers` {
    @Test(arguments: [TransactionKind.balanceInquiry, .accountVerification], [true, false])
    func `are told when they are asked for, and nothing moves`(_ kind: TransactionKind, _ isWanted: Bool) {
        var world = World()
        var request = AuthorizationRequest.of(0, .euro, kind, key: "100:1")
        request.wantsBalance = isWanted
        let decision = world.perform(.authorize(request))
        #expect(decision.isApproved && decision.transfers.isEmpty)
        #expect(decision.balance?.before == (isWanted ? world.euros : nil))
        #expect(decision.balance?.after == (isWanted ? world.euros : nil))
        #expect(world.state.counters.isEmpty)
        let told = ToldBalance(available: Money(100_000, .euro), ledger: Money(100_000, .euro))
        guard case .approved(let approval)? = world.state.keys["100:1"]?.answer else {
            Issue.record("a repeat would not be told the same")
            return
        }
        #expect(approval.balance == (isWanted ? told : nil))
    }

    @Test func `are not told of a payment that is approved in full: no answer says them`() {
        var request = AuthorizationRequest.of(300)
        request.wantsBalance = true
        guard case .approved(let approval) = World().decision(on: .authorize(request)).outcome else {
            Issue.record("declined")
            return
        }
        #expect(approval.balance == nil)
    }

    @Test(arguments: [(0, true, true), (1, true, false), (0, false, false)] as [(Int64, Bool, Bool)])
    func `are told after a partial approval only when they are wanted and have no credit`(
        _ limit: Int64,
        _ isWanted: Bool,
        _ isTold: Bool
    ) {
        var world = World(posted: 500)
        world.state.balances[World.euros]?.creditLimit = limit
        var request = AuthorizationRequest.of(1_000)
        request.allowsPartialApproval = true
        request.wantsBalance = isWanted
        guard case .approved(let approval) = world.decision(on: .authorize(request)).outcome else {
            Issue.record("declined")
            return
        }
        #expect(approval.extent != .asRequested)
        let told = ToldBalance(available: Money(0, .euro), ledger: Money(500, .euro))
        #expect(approval.balance == (isTold ? told : nil))
    }
}

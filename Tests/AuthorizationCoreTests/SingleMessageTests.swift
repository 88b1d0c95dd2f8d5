import AuthorizationCore
import Testing

@Suite struct `Single messages` {
    private static func request(_ amount: Int64, _ kind: TransactionKind = .purchase) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, .euro, kind, key: "200:1")
        request.isSingleMessage = true
        return request
    }

    private static func reversal(to newTotal: Int64? = nil, _ own: RequestKey = "420:1") -> Command {
        let message = MessageIdentity(key: own, fingerprint: [2])
        return .reverse(Reversal(target: .message("200:1"), message: message, newTotal: newTotal))
    }

    @Test(arguments: [TransactionKind.purchase, .atmWithdrawal, .refund, .originalCredit])
    func `are posted at once and hold nothing`(_ kind: TransactionKind) throws {
        var world = World()
        let authorization = try world.authorized(Self.request(1_000, kind))
        #expect(world.euros.posted == 100_000 + (kind.flow == .debit ? -1_000 : 1_000))
        #expect(world.euros.pendingDebits == 0 && world.euros.pendingCredits == 0)
        #expect(authorization.status == .cleared && authorization.isSingleMessage)
        #expect(authorization.cleared == 1_000 && authorization.posted == 1_000 && authorization.held == 0)
        #expect(world.counter.amount == (kind.flow == .debit ? 1_000 : 0))
    }

    @Test func `are declined like any other`() {
        var world = World(posted: 999)
        #expect(world.perform(.authorize(Self.request(1_000))).declineReason == .insufficientFunds)
        #expect(world.euros.posted == 999)
    }

    /// New totals of reversals one after the other, and what each answers and leaves of 1,000.
    static let rows: [(total: Int64?, acknowledgement: Acknowledgement, left: Int64)] = [
        (nil, .applied, 0), (0, .applied, 0), (300, .applied, 300), (1_000, .nothingLeft, 1_000),
        (1_001, .exception(.reversalAboveApproved), 1_000),
    ]

    @Test(arguments: rows)
    func `are taken back by a contra transfer`(
        _ row: (total: Int64?, acknowledgement: Acknowledgement, left: Int64)
    ) throws {
        var world = World()
        let authorization = try world.authorized(Self.request(1_000))
        let decision = world.perform(Self.reversal(to: row.total))
        #expect(decision.acknowledgement == row.acknowledgement)
        #expect(world.euros.posted == 100_000 - row.left)
        #expect(world.counter.amount == row.left && world.counter.count == (row.left == 0 ? 0 : 1))
        let after = try #require(world.state.authorizations[authorization.id])
        #expect(after.cleared == row.left && after.posted == row.left)
        #expect(after.status == (row.left == 0 ? .reversed : .cleared))
        let returned = 1_000 - row.left
        #expect(decision.transfers.map(\.amount) == (returned == 0 ? [] : [returned]))
        #expect(decision.transfers.allSatisfy { $0.layer == .posted && $0.direction == .credit })
        #expect(
            world.perform(Self.reversal(to: row.total, "420:2")).acknowledgement
                == (row.acknowledgement == .applied ? .nothingLeft : row.acknowledgement)
        )
        #expect(world.euros.posted == 100_000 - row.left)
    }

    @Test func `a reversal of a later day gives money back, not velocity`() throws {
        var world = World()
        _ = try world.authorized(Self.request(1_000))
        world.nextDay()
        #expect(world.perform(Self.reversal()).acknowledgement == .applied)
        #expect(world.euros.posted == 100_000)
        #expect(world.counter == Counter())
    }

    @Test func `parts of a converted one add up to all of it`() throws {
        var world = World()
        var request = Self.request(1_000)
        request.transaction = Money(1_000, .yen)
        request.billing = ConvertedAmount(Money(7, .euro))
        _ = try world.authorized(request)
        for (number, total) in [999, 500, 143, 1, 0].enumerated() {
            world.perform(Self.reversal(to: Int64(total), "420:\(number)"))
            #expect(world.euros.posted == 100_000 - Int64(7 * total / 1_000))
        }
    }

    @Test func `have no clearing to come`() throws {
        var world = World()
        let authorization = try world.authorized(Self.request(1_000))
        let clearing = Clearing(authorization: authorization.id, amount: Money(1_000, .euro), isFinal: true)
        #expect(world.decision(on: .clear(clearing)) == .refused(.transitionNotAllowed))
    }

    @Test func `a status check is none: it would post an amount that nobody asked for`() {
        var world = World()
        world.program.currencies[0].statusCheckAmount = 10_000
        var request = AuthorizationRequest.of(100, key: "200:1")
        request.isSingleMessage = true
        request.purpose = .statusCheck
        #expect(world.perform(.authorize(request)).declineReason == .kindNotAllowed)
        #expect(world.euros.posted == 100_000)
    }
}

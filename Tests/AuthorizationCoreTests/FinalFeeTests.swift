import AuthorizationCore
import Testing

/// What a final amount of 600 tells of the fee, of a withdrawal of 1,000 with a fee of 150, and what is then charged.
struct FinalFeeRow: Sendable {
    var fee: AcquirerFee?
    var reason = AdviceReason.completion
    var charged: Int64
}

@Suite struct `Fees of final amounts` {
    static let rows = [
        FinalFeeRow(fee: nil, charged: 90), FinalFeeRow(fee: AcquirerFee(amount: 150, isIncluded: false), charged: 150),
        FinalFeeRow(fee: AcquirerFee(amount: 20, isIncluded: false), charged: 20),
        FinalFeeRow(fee: AcquirerFee(amount: 150, isIncluded: true), charged: 0),
        FinalFeeRow(fee: AcquirerFee(amount: -20, isIncluded: false), charged: 0),
        FinalFeeRow(fee: nil, reason: .partialDispense, charged: 90),
        FinalFeeRow(fee: AcquirerFee(amount: 20, isIncluded: false), reason: .partialDispense, charged: 20),
    ]

    private static func advice(_ row: FinalFeeRow, posts: Bool) -> Command {
        var request = AuthorizationRequest.of(600, .euro, .atmWithdrawal, key: "220:1")
        request.isSingleMessage = posts
        request.acquirerFee = row.fee
        let verdict = Advice.Verdict.approved(code: "A1")
        return .advise(Advice(request: request, verdict: verdict, reason: row.reason, original: .message("100:1")))
    }

    private static func world(isSingle: Bool) -> World {
        var world = World()
        var request = AuthorizationRequest.of(1_000, .euro, .atmWithdrawal, key: "100:1")
        request.isSingleMessage = isSingle
        request.acquirerFee = AcquirerFee(amount: 150, isIncluded: false)
        world.perform(.authorize(request))
        return world
    }

    @Test(arguments: rows, [false, true])
    func `are charged as they are told, else in proportion`(_ row: FinalFeeRow, _ isSingle: Bool) {
        var world = Self.world(isSingle: isSingle)
        #expect(world.perform(Self.advice(row, posts: true)).acknowledgement == .recorded)
        #expect(world.euros.posted == 100_000 - 600 - row.charged)
        #expect(world.euros.pendingDebits == 0)
    }

    @Test(arguments: rows)
    func `are held as they are told, else in proportion`(_ row: FinalFeeRow) {
        var world = Self.world(isSingle: false)
        world.perform(Self.advice(row, posts: false))
        #expect(world.euros.pendingDebits == 600 + row.charged && world.euros.posted == 100_000)
    }

    @Test func `are of a completion alone where nothing was charged before, at its own rate`() {
        var world = World()
        world.perform(.authorize(.of(1_000, .dollar, .atmWithdrawal, key: "100:1")))
        var request = AuthorizationRequest.of(500, .dollar, .atmWithdrawal, key: "220:1")
        request.isSingleMessage = true
        request.acquirerFee = AcquirerFee(amount: 100, isIncluded: false)
        request.billing = ConvertedAmount(Money(460, .euro))
        let verdict = Advice.Verdict.approved(code: "A1")
        let advice = Advice(request: request, verdict: verdict, reason: .completion, original: .message("100:1"))
        #expect(world.perform(.advise(advice)).transfers.map(\.amount) == [900, 460, 92])
        #expect(world.euros.posted == 100_000 - 552)
    }
}

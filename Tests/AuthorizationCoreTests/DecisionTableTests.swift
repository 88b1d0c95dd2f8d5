import AuthorizationCore
import Testing

@Suite struct `Decision table` {
    private static let plain = AuthorizationRequest.of(1_000)

    @Test func `a request without any fault is approved, and every check has passed`() {
        let decision = World().decision(on: .authorize(Self.plain))
        #expect(decision.isApproved)
        #expect(decision.checks.map(\.check) == Check.ofEveryRequest)
        #expect(decision.checks.allSatisfy { $0.verdict == .passed })
    }

    @Test(arguments: DecisionTable.rows)
    func `each fault alone declines with its reason and holds nothing`(_ fault: Fault) {
        var world = World()
        var request = Self.plain
        fault.arrange(&world, &request)
        let decision = world.decision(on: .authorize(request))
        #expect(decision.declineReason == fault.reason)
        #expect(decision.verdict(of: fault.check) == .failed(fault.reason))
        let checks = decision.checks.map(\.check)
        #expect(Set(checks).isSuperset(of: Check.ofEveryRequest))
        #expect(checks == Check.allCases.filter(checks.contains))
        #expect(decision.transfers.isEmpty && decision.balance?.before == decision.balance?.after)
        let countsSomething = decision.changes.contains { if case .counter = $0 { true } else { false } }
        #expect(!countsSomething)
    }

    @Test(arguments: DecisionTable.ofProofs)
    func `with which keys proofs were compared decides nothing`(_ fault: Fault) {
        var world = World()
        var request = Self.plain
        world.verify(&request) { _, facts in facts.cardCode = .match }
        for _ in 1...2 {
            let decision = world.decision(on: .authorize(request))
            request.verification?.keys = .all
            #expect(world.decision(on: .authorize(request)) == decision)
            fault.arrange(&world, &request)
            request.verification?.keys = ProofKeys()
        }
    }

    @Test(arguments: DecisionTable.pairs)
    func `of two faults the one with precedence is the answer, and both are recorded`(_ pair: FaultPair) {
        var world = World()
        var request = Self.plain
        // The later one last, so that nothing it arranges can lean on the first.
        pair.first.arrange(&world, &request)
        pair.second.arrange(&world, &request)
        let decision = world.decision(on: .authorize(request))
        #expect(decision.declineReason == pair.first.reason)
        guard ![.unknownIssuer, .cardNotFound].contains(pair.first.reason) else { return }
        guard case .failed? = decision.verdict(of: pair.second.check) else {
            Issue.record("\(pair.second.testDescription) is not recorded: \(decision.checks)")
            return
        }
    }

    @Test(arguments: DeclineReason.allCases.filter { !DecisionTable.withoutRow.contains($0) })
    func `every reason has a row`(_ reason: DeclineReason) {
        #expect(DecisionTable.rows.contains { $0.reason == reason })
    }

    @Test func `the rows, the reasons and the checks have one order`() {
        let rows = DecisionTable.rows
        #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.reason.precedence <= $1.reason.precedence })
        #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.check.place <= $1.check.place })
        #expect(DeclineReason.allCases.map(\.precedence) == Array(0..<DeclineReason.allCases.count))
    }

    @Test func `numbers of reasons and checks are as they were given`() {
        #expect(DeclineReason.allCases.map(\.rawValue).sorted() == Array(1...44) + Array(47...54))
        #expect(Check.allCases.map(\.rawValue).sorted() == Array(1...26) + [28, 29, 31, 33, 34, 36])
    }

    @Test func `every pair of reasons of different checks is proved, but those that exclude each other`() {
        var proved: Set<[DeclineReason]> = []
        for pair in DecisionTable.pairs { proved.insert([pair.first.reason, pair.second.reason]) }
        // 50 reasons make 1,225 pairs. Six states of a card exclude each other (15 pairs), three of a token (3), two of an
        // expiry, of an account, of a message that was named before and of an original (4), and without a conversion no
        // amount is compared (7). The limits of a day for a card and for a token have one reason (1 more). What can be wrong with
        // an entry mode and with an authentication excludes each other (3 each), as does what can be with a PIN (6) and
        // with the other three proofs (1 each); what adds to an earlier payment has its link (2) and is the merchant's,
        // and a card is read in one way (1). What can be wrong with a chip excludes each other (5 more).
        // An increment uses no card up (2), a number that no card has is of a program or not (1), and a right cryptogram is
        // taken after any number of wrong proofs, also of other cards at its merchant (2 each).
        #expect(proved.count == 1_225 - 15 - 3 - 4 - 7 + 1 - 3 * 2 - 6 - 3 - 2 - 1 - 5 - 2 - 1 - 2 * 2)
    }

    @Test func `a request for an account that is not there is declined as one for an unknown card`() {
        let decision = decide(
            .authorize(Self.plain),
            AccountState(),
            program: nil,
            at: World().moment,
            seed: 1
        )
        #expect(decision.outcome == .declined(.cardNotFound, nil))
        #expect(decision.changes.isEmpty)
    }

    @Test(arguments: [Int64.min, -1, 0])
    func `an amount that is not above zero never becomes a hold`(_ amount: Int64) {
        for kind in TransactionKind.allCases {
            let decision = World().decision(on: .authorize(.of(amount, .euro, kind)))
            #expect(decision.transfers.isEmpty)
            if kind.flow != .none { #expect(decision.declineReason == .currencyNotConvertible) }
        }
    }

    @Test func `amounts compared by a check are recorded with what they were compared with`() {
        var world = World(posted: 30_000)
        world.perform(.authorize(.of(20_000)))
        let checks = world.decision(on: .authorize(.of(15_000))).checks
        func amounts(_ check: Check) -> [Int64] {
            checks.filter { $0.check == check }.flatMap { [$0.observed, $0.limit] }
        }
        #expect(amounts(.transactionLimit) == [15_000, 50_000])
        #expect(amounts(.dailyLimit) == [35_000, 80_000])
        #expect(amounts(.availableBalance) == [15_000, 10_000])
    }
}

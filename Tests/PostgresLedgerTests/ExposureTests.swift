import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// What networks approved in the issuer's stead, as a fold of the ledger.
@Suite struct ExposureTests {
    private let ledger: TestLedger
    private let card: TestLedger.IssuedCard

    init() async throws {
        ledger = try TestLedger(try TestDatabase.make())
        card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 1_000))
    }

    private func message(_ key: String) -> MessageIdentity { MessageIdentity(key: "test:\(key)", fingerprint: [1]) }

    private func exposure() throws -> StandInExposure.Sums {
        let end = Instant(microseconds: Instant.wallClock.microseconds + 60_000_000)
        let connection = try TestDatabase.connect(ledger.database.servingURL)
        let lines = try StandInExposure(from: .distantPast, to: end, connection).lines
        #expect(lines.count == 1)
        return try #require(lines.values.first)
    }

    @Test func `what an operator applied counts as what came: held, and missing`() async throws {
        defer { ledger.close() }
        let request = try TestLedger.payment(1_700, with: card.id, message: message("0120:1"))
        let advice = Advice(request: request, verdict: .unclear, reason: .offlineApproval)
        try await ledger.decide(.advise(advice), on: card.account)
        let before = try exposure()
        #expect(before.count == 1 && before.amount == 1_700 && before.waiting == 1 && before.openHolds == 0)
        let exception = try #require(try ledger.exceptions().first)
        let person = try #require(try ledger.addOperators(1).first)
        let reply = try await ledger.apply(exception, amount: Money(1_500, try TestLedger.currency("EUR")), by: person)
        guard case .decided(let answer) = reply, case .acknowledged(.recorded, _) = answer.decision.outcome else {
            throw TestLedger.UnexpectedReply(description: "\(reply)")
        }
        let after = try exposure()
        #expect(after.count == 1 && after.amount == 1_500 && after.waiting == 0 && after.waitingAmount == 0)
        #expect(after.openHolds == 1 && after.held == 1_500 && after.overLimit == 500)
    }

    @Test func `each advice counts what it moved, not what stands after it`() async throws {
        defer { ledger.close() }
        var request = try TestLedger.payment(900, with: card.id, message: message("0100:1"))
        request.instalments = Instalments(funding: .merchant, count: 3)
        try await ledger.decide(.authorize(request), on: card.account)
        for number in 1...3 {
            var part = try TestLedger.payment(300, with: card.id, message: message("0220:\(number)"))
            part.isSingleMessage = true
            let verdict = Advice.Verdict.approved(code: "A1B2C3")
            let original = AuthorizationLink.message("test:0100:1")
            let advice = Advice(request: part, verdict: verdict, reason: .completion, original: original)
            try await ledger.decide(.advise(advice), on: card.account)
        }
        let sums = try exposure()
        #expect(sums.count == 3 && sums.amount == 900 && sums.openHolds == 0)
    }

    @Test func `the issuer's own charges are no part of what a network approved`() async throws {
        defer { ledger.close() }
        let euro = try TestLedger.currency("EUR")
        var program = ledger.program
        program.version = 2
        var fee = ChargeSchedule("FEE", to: .feeIncome, in: euro, of: ChargeConditions(kinds: [.purchase]))
        fee.terms.fixed = 50
        program.charges = [fee]
        try Administration(try TestDatabase.connect(ledger.database.ownerURL))
            .add(program, name: "Test program", author: "test")
        let other = try await ledger.issueCard(on: try await ledger.openAccount(funds: 1_000))
        let request = try TestLedger.payment(700, with: other.id, message: message("0120:1"))
        let advice = Advice(request: request, verdict: .approved(code: "A1B2C3"), reason: .standIn)
        try await ledger.decide(.advise(advice), on: other.account)
        let sums = try exposure()
        #expect(sums.count == 1 && sums.amount == 700 && sums.openHolds == 1 && sums.held == 700)
    }

    /// A renewed card is another card of the account.
    @Test(arguments: [true, false])
    func `an advice of another card counts on for the card that paid`(_ isNamedByKey: Bool) async throws {
        defer { ledger.close() }
        let first = try TestLedger.payment(100, with: card.id, message: message("0100:1"))
        let decision = try await ledger.decide(.authorize(first), on: card.account)
        guard case .approved(let approval) = decision.outcome else {
            throw TestLedger.UnexpectedReply(description: "\(decision.outcome)")
        }
        try await ledger.decide(
            .authorize(try TestLedger.payment(50, with: card.id, message: message("0100:2"))),
            on: card.account
        )
        // As if it had been approved the day before.
        try ledger.database.damage(
            "UPDATE authorizations SET counted_on = counted_on - interval '1 day' WHERE account_id = \(card.account.sql)"
        )
        let renewed = try await ledger.issueCard(on: card.account)
        let request = try TestLedger.payment(180, with: renewed.id, message: message("0120:1"))
        let link: AuthorizationLink =
            isNamedByKey ? .message("test:0100:1") : .authorization(approval.authorization)
        let advice = Advice(request: request, verdict: .approved(code: "A1B2C3"), reason: .other, original: link)
        let told = try await ledger.decide(.advise(advice), on: card.account)
        guard case .acknowledged(.recorded, approval.authorization) = told.outcome else {
            throw TestLedger.UnexpectedReply(description: "\(told.outcome)")
        }
        let counted = "SELECT concat_ws(' ', amount, count) FROM counters WHERE card_id = \(card.id.sql)"
        #expect(try ledger.database.texts(counted) == ["230 2"])
    }
}

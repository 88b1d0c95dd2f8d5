import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

extension TestLedger {
    /// Puts a version in force that takes contactless payments without a PIN up to these limits together.
    func limitContactless(
        version: Int32,
        amount: Int64?,
        count: Int64?,
        failures: FailureLimit? = nil
    ) throws {
        var program = program
        program.version = version
        var policy = VerificationPolicy()
        policy.keys.pin = StoredKeyName("pvk").map { PINVerification(.visaPVV(keyIndex: 1), key: $0) }
        policy.limits = [UnprovedLimit(currency: try Self.currency("EUR"))]
        policy.limits[0].cumulativeAmount = amount
        policy.limits[0].cumulativeCount = count
        policy.failures = failures
        if failures != nil { policy.keys.cardVerification = StoredKeyName("cvk") }
        program.verification = policy
        let administration = Administration(try TestDatabase.connect(database.ownerURL))
        try administration.add(program, name: "Test program", author: "test")
    }

    static func contactless(_ amount: Int64, _ message: String, with card: IssuedCard) throws -> AuthorizationRequest {
        let identity = MessageIdentity(key: "0100|contactless|\(message)", fingerprint: [1])
        var request = try payment(amount, with: card.id, message: identity)
        request.entryMode = .contactlessChip
        return request
    }
}

@Suite struct FailureCounterTests {
    private static func guess(
        _ result: ProofVerification.Result,
        _ message: Int,
        _ card: TestLedger.IssuedCard
    ) throws -> Command {
        let identity = MessageIdentity(key: "0100|guess|\(message)", fingerprint: [1])
        var request = try TestLedger.payment(100, with: card.id, message: identity)
        request.verification = VerificationFacts(profileVersion: 0)
        request.verification?.cardCode = result
        return .authorize(request)
    }

    @Test func `of forty wrong codes at once as many are compared as the limit says, and then no right one`()
        async throws
    {
        let ledger = try TestLedger(try TestDatabase.make(), lanes: 2)
        defer { ledger.close() }
        let limit = FailureLimit(count: 5, window: 86_400)
        try ledger.limitContactless(version: 2, amount: nil, count: nil, failures: limit)
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 100_000))
        let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
            for message in 0..<40 {
                let command = try Self.guess(.noMatch, message, card)
                group.addTask { try await ledger.decide(command, on: card.account).outcome }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let compared = outcomes.count { if case .declined(.cardCodeIncorrect, _) = $0 { true } else { false } }
        let refused = outcomes.count { if case .declined(.tooManyFailures, _) = $0 { true } else { false } }
        #expect(compared == 5 && refused == 35)
        guard
            case .declined(.tooManyFailures, _) = try await ledger.decide(
                try Self.guess(.match, 40, card),
                on: card.account
            ).outcome
        else {
            Issue.record("a right guess was taken")
            return
        }
        #expect(try ledger.database.texts("SELECT get_byte(times, 0)::text FROM failure_counters") == ["5"])
        let report = try LedgerVerifier(try TestDatabase.connect(ledger.database.servingURL)).verify()
        #expect(report.isClean, "\(report.offences.prefix(5))")
    }
}

@Suite struct ContactlessTests {
    @Test func `of fifty payments at once as many are approved as the limit says`() async throws {
        let ledger = try TestLedger(try TestDatabase.make(), lanes: 2)
        defer { ledger.close() }
        try ledger.limitContactless(version: 2, amount: nil, count: 7)
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 100_000))
        let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
            for message in 0..<50 {
                let request = try TestLedger.contactless(100, "\(message)", with: card)
                group.addTask { try await ledger.decide(.authorize(request), on: card.account).outcome }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let approvals = outcomes.count { if case .approved = $0 { true } else { false } }
        let declines = outcomes.count { if case .declined(.pinNeededContactless, _) = $0 { true } else { false } }
        #expect(approvals == 7 && declines == 43)
        let stored = "SELECT amount || '/' || count || '/' || round FROM contactless_counters"
        #expect(try ledger.database.texts(stored) == ["700/7/0"])
    }

    /// Over HTTP a reversal names the authorization alone, and from a network its message.
    @Test func `a reversal finds the counter of its payment, and a PIN sets it back`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        try ledger.limitContactless(version: 2, amount: 1_000, count: nil)
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 100_000))
        let stored = "SELECT amount || '/' || count || '/' || round FROM contactless_counters"
        func pay(_ amount: Int64, _ message: String) async throws -> Outcome {
            let request = try TestLedger.contactless(amount, message, with: card)
            return try await ledger.decide(.authorize(request), on: card.account).outcome
        }
        let first = try #require(try await pay(400, "1").authorization)
        _ = try await pay(500, "2")
        guard case .declined(.pinNeededContactless, _) = try await pay(101, "3") else {
            Issue.record("it was approved")
            return
        }
        try await ledger.decide(.reverse(Reversal(target: .authorization(first))), on: card.account)
        #expect(try ledger.database.texts(stored) == ["500/1/0"])
        let named = Reversal(
            target: .message("0100|contactless|2"),
            message: MessageIdentity(key: "0400|2", fingerprint: [2])
        )
        try await ledger.decide(.reverse(named), on: card.account)
        #expect(try ledger.database.texts(stored) == ["0/0/0"])
        _ = try await pay(700, "4")
        try await ledger.setSamplePIN(of: card)
        var proved = try TestLedger.contactless(900, "5", with: card)
        proved.verification = VerificationFacts(profileVersion: 0)
        proved.verification?.pin = .match(reference: 1)
        try await ledger.decide(.authorize(proved), on: card.account)
        #expect(try ledger.database.texts(stored) == ["0/0/1"])
        let report = try LedgerVerifier(try TestDatabase.connect(ledger.database.servingURL)).verify()
        #expect(report.isClean, "\(report.offences.prefix(5))")
    }
}

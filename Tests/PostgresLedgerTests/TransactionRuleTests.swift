import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// The transaction rules of the lanes, each with the hole that it closes.
@Suite struct TransactionRuleTests {
    private func outcome(_ reply: Reply) throws -> Outcome {
        guard case .decided(let answer) = reply else {
            throw TestLedger.UnexpectedReply(description: "\(reply) instead of a decision")
        }
        return answer.decision.outcome
    }

    // MARK: - Rows change while the lane waits for the lock

    @Test func `a card that is blocked while its account is locked is declined`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let request = try TestLedger.payment(100, with: card.id)
        let session = try SecondSession(locking: card.account, in: ledger.database)
        async let reply = ledger.perform(
            .authorize(request),
            on: card.account,
            panIndex: card.panIndex
        )
        try await session.waitForWaitingLane()
        try session.run("UPDATE cards SET status = 4, version = version + 1 WHERE id = \(card.id.sql)")
        try session.commit()
        guard case .declined(.cardBlocked, _) = try outcome(await reply) else {
            Issue.record("a blocked card may not spend")
            return
        }
    }

    @Test func `a counter that grows while its account is locked counts`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 100_000))
        let request = Command.authorize(try TestLedger.payment(100, with: card.id))
        try await ledger.decide(request, on: card.account)
        let session = try SecondSession(locking: card.account, in: ledger.database)
        async let reply = ledger.perform(request, on: card.account)
        try await session.waitForWaitingLane()
        try session.run("UPDATE counters SET amount = 1999950, version = version + 1 WHERE card_id = \(card.id.sql)")
        try session.commit()
        guard case .declined(.dailyLimitExceeded, _) = try outcome(await reply) else {
            Issue.record("the day's limit is used up")
            return
        }
    }

    @Test func `a message that another session answered while its account is locked is a repeat`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        let replica = TestLedger(replicaOf: ledger)
        defer {
            replica.close()
            ledger.close()
        }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let message = MessageIdentity(key: "0100|once", fingerprint: [1])
        let request = Command.authorize(try TestLedger.payment(100, with: card.id, message: message))
        let session = try SecondSession(locking: card.account, in: ledger.database)
        async let first = ledger.perform(request, on: card.account)
        async let second = replica.perform(request, on: card.account)
        try await session.waitForWaitingLane()
        try session.commit()
        let outcomes = [try outcome(await first), try outcome(await second)]
        #expect(outcomes[0] == outcomes[1])
        #expect(try ledger.database.texts("SELECT count(*)::text FROM transfers WHERE layer = 1") == ["1"])
    }

    @Test func `while another session holds one account its lane serves the others, and then that one`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let held = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let free = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let request = Command.authorize(try TestLedger.payment(100, with: held.id))
        let session = try SecondSession(locking: held.account, in: ledger.database)
        async let waiting = ledger.perform(request, on: held.account, within: .seconds(60))
        async let impatient = ledger.perform(request, on: held.account, within: .milliseconds(300))
        try await session.waitForWaitingLane()
        for _ in 0..<5 {
            try await ledger.decide(.authorize(try TestLedger.payment(100, with: free.id)), on: free.account)
        }
        // Its time is up while the account is still held.
        guard case .late = await impatient else {
            Issue.record("nobody waits for it any more")
            return
        }
        try session.commit()
        guard case .approved = try outcome(await waiting) else {
            Issue.record("the payment fits")
            return
        }
        #expect(try ledger.database.texts("SELECT count(*)::text FROM transfers WHERE layer = 1") == ["6"])
    }

    // MARK: - Concurrency

    @Test func `a hundred concurrent authorizations on one account approve exactly as many as fit`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        let replica = TestLedger(replicaOf: ledger)
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let request = Command.authorize(try TestLedger.payment(300, with: card.id))
        let replies = await withTaskGroup(of: Reply.self) { group in
            for index in 0..<100 {
                group.addTask { await (index % 2 == 0 ? ledger : replica).perform(request, on: card.account) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        replica.close()
        ledger.close()
        let outcomes = try replies.map { try outcome($0) }
        let approved = outcomes.filter { if case .approved = $0 { true } else { false } }
        let declined = outcomes.filter { if case .declined(.insufficientFunds, _) = $0 { true } else { false } }
        #expect([approved.count, declined.count] == [33, 67])
        #expect(try ledger.database.texts("SELECT pending_debits::text FROM balances WHERE currency = 978") == ["9900"])
        let report = try LedgerVerifier(try TestDatabase.connect(ledger.database.servingURL)).verify()
        #expect(report.isClean, "\(report.offences.prefix(3))")
    }

    @Test func `three commands for one account in one batch see one another and write each row once`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 1_000))
        let request = Command.authorize(try TestLedger.payment(400, with: card.id))
        let replies = await ledger.performInOneBatch([request, request, request], on: card.account)
        let outcomes = try replies.map { try outcome($0) }
        #expect(outcomes.filter { if case .approved = $0 { true } else { false } }.count == 2)
        let rows = try ledger.database.texts(
            "SELECT count(DISTINCT batch) || ' ' || string_agg(seq::text, ',' ORDER BY seq) FROM journal WHERE kind = 6"
        )
        #expect(rows == ["1 4,5,6"])
        #expect(try ledger.database.texts("SELECT version::text FROM balances WHERE currency = 978") == ["3"])
    }

    @Test func `crossed client keys on two accounts from two lanes end with one decision a key`() async throws {
        let ledger = try TestLedger(try TestDatabase.make(), lanes: 2)
        defer { ledger.close() }
        let even = try await ledger.openAccount(shard: Shard(truncating: 2))
        let odd = try await ledger.openAccount(shard: Shard(truncating: 3))
        let funding = Command.fund(Funding(amount: Money(1, try TestLedger.currency("EUR")), reference: ""))
        for round in 0..<30 {
            let keys = ["\(round) a", "\(round) b"].map { ClientKey(tenant: ledger.tenant, text: $0) }
            let orders = [(even, keys[0]), (even, keys[1]), (odd, keys[1]), (odd, keys[0])]
            let answers = try await withThrowingTaskGroup(of: (ClientKey, Answer).self) { group in
                for (account, key) in orders {
                    group.addTask {
                        let client = ClientRequest(key: key, fingerprint: [UInt8](repeating: 1, count: 32))
                        let reply = await ledger.perform(funding, on: account, client: client)
                        guard case .decided(let answer) = reply else {
                            throw TestLedger.UnexpectedReply(description: "\(reply)")
                        }
                        return (key, answer)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for key in keys {
                let both = answers.filter { $0.0 == key }.map(\.1)
                #expect(both.count == 2)
                #expect(Set(both.map(\.event)).count == 1)
                #expect(both.filter { !$0.isRepeated }.count == 1)
            }
        }
        #expect(try ledger.database.texts("SELECT count(*)::text FROM journal WHERE kind = 3") == ["60"])
    }
}

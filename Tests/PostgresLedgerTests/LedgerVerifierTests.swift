import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger
import TestSupport
import Testing

@Suite struct LedgerVerifierTests {
    private func verify(_ database: TestDatabase) throws -> VerificationReport {
        try LedgerVerifier(try TestDatabase.connect(database.servingURL)).verify()
    }

    @Test func `a ledger that the lanes wrote verifies clean, with every row looked at`() async throws {
        let database = try await SampleLedger.shared.database()
        let copy = try database.copy()
        let report = try verify(copy)
        #expect(report.isClean, "\(report.offences.prefix(5))")
        let counts = try copy.texts(
            """
            SELECT concat_ws(' ', (SELECT count(*) FROM accounts), (SELECT count(*) FROM journal),
                (SELECT count(*) FROM transfers), (SELECT count(*) FROM client_keys),
                (SELECT count(*) FROM internal_checkpoints))
            """
        )
        let seen = [report.accounts, report.journalRows, report.transfers, report.clientKeys, report.checkpoints]
        #expect(counts == [seen.map(String.init).joined(separator: " ")])
        #expect(seen.allSatisfy { $0 > 0 })
    }

    @Test(arguments: Damage.all)
    func `damage is caught and names the offender`(_ damage: Damage) async throws {
        let copy = try await SampleLedger.shared.database().copy()
        let name = try #require(try copy.texts(damage.target.query).first)
        try copy.damage(damage.sql(for: name))
        let report = try verify(copy)
        let named = report.offences.filter { $0.kind == damage.offence && $0.subject.contains(name) }
        #expect(!named.isEmpty, "\(name): \(report.offences.prefix(6))")
        #expect(report.offenceCount <= 40, "one damaged row makes few offences: \(report.offences.prefix(40))")
    }

    @Test func `one damaged state hash does not make the rows after the next differ`() async throws {
        let copy = try await SampleLedger.shared.database().copy()
        try copy.damage(
            "UPDATE journal SET state_hash = sha256(state_hash) WHERE id = (SELECT min(id::text)::uuid FROM journal)"
        )
        #expect(try verify(copy).offenceCount <= 2)
    }

    @Test func `a verification beside writing lanes finds nothing`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database, lanes: 2)
        async let writing = ledger.performRandomCommands(300, seed: 11, accounts: 5, atOnce: 16)
        let owner = try TestDatabase.connect(database.ownerURL)
        for _ in 0..<6 {
            try InternalCheckpoints(owner).fold()
            let report = try verify(database)
            #expect(report.isClean, "\(report.offences.prefix(3))")
        }
        _ = try await writing
        ledger.close()
        let last = try verify(database)
        #expect(last.isClean, "\(last.offences.prefix(3))")
    }

    @Test func `what commits in the middle of a chunk does not look like damage`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database)
        let account = try await ledger.openAccount(funds: 500)
        // The verification has read balances when it comes to counters, and not yet the journal.
        let session = try TestDatabase.connect(database.superuserURL)
        try session.run(script: "BEGIN; LOCK TABLE counters")
        let url = database.servingURL
        async let report = onThread {
            let connection = try PostgresConnection(url: url, timeout: .seconds(60), application: "aval verify")
            return try LedgerVerifier(connection).verify()
        }
        try await database.waitForWaiting("aval verify")
        let funding = Funding(amount: Money(70, try TestLedger.currency("EUR")), reference: "")
        try await ledger.decide(.fund(funding), on: account)
        try session.run(script: "COMMIT")
        let found = try await report
        #expect(found.isClean, "\(found.offences)")
        #expect(found.journalRows == 2)
        ledger.close()
        #expect(try verify(database).journalRows == 3)
    }

    /// Runs what blocks away from the threads that tests share.
    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }

    @Test func `internal checkpoints take each transfer once, and never one that others may still precede`()
        async throws
    {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database)
        let owner = try TestDatabase.connect(database.ownerURL)
        let account = try await ledger.openAccount(funds: 500)
        try await database.foldAll()
        // A transaction with an older number than the next payment's stays open.
        let slow = try TestDatabase.connect(database.superuserURL)
        try slow.run(script: "BEGIN; SELECT pg_current_xact_id()")
        let funding = Funding(amount: Money(70, try TestLedger.currency("EUR")), reference: "")
        try await ledger.decide(.fund(funding), on: account)
        let debits = "SELECT sum(debits)::text FROM internal_checkpoints WHERE layer = 3"
        for _ in 0..<3 { try InternalCheckpoints(owner).fold() }
        #expect(try database.texts(debits) == ["500"])
        try slow.run(script: "COMMIT")
        try await database.foldAll()
        #expect(try database.texts(debits) == ["570"])
        ledger.close()
    }
}

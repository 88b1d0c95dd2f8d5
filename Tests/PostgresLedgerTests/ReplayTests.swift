import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger
import TestSupport
import Testing

@Suite struct ReplayTests {
    private static let always = Instant(microseconds: 0)...Instant(microseconds: 4_000_000_000_000_000)

    private func replay(
        _ database: TestDatabase,
        _ range: ClosedRange<Instant> = always,
        account: AccountID? = nil
    ) throws -> ReplayReport {
        try Replayer(try TestDatabase.connect(database.servingURL))
            .replay(from: range.lowerBound, to: range.upperBound, account: account)
    }

    @Test func `every decision of a random run comes out again, byte for byte, in another process`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database, lanes: 2)
        try await ledger.performRandomCommands(400, seed: TestEnvironment.seed(for: "decide again"))
        try await ledger.settleExceptions()
        ledger.close()
        let counts = try database.texts(
            "SELECT concat_ws(' ', (SELECT count(*) FROM journal), (SELECT count(*) FROM unrouted_journal))"
        )
        let settlements = try database.texts(
            "SELECT DISTINCT kind::text FROM journal WHERE kind IN (11, 12) ORDER BY 1"
        )
        #expect(settlements == ["11", "12"])
        let expected = try #require(counts.first)
        let url = database.servingURL
        // Another process has another hash seed; another time zone and locale must not matter either.
        await #expect(processExitsWith: .success) { [url = url as String, expected = expected as String] in
            setenv("TZ", "Asia/Kathmandu", 1)
            setenv("LC_ALL", "tr_TR.UTF-8", 1)
            let report = try Replayer(try TestDatabase.connect(url)).replay(
                from: Instant(microseconds: 0),
                to: Instant(microseconds: 4_000_000_000_000_000)
            )
            if let difference = report.firstDifference { print(difference) }
            guard report.isIdentical, expected == "\(report.rowsCompared) \(report.unroutedCompared)" else { exit(1) }
        }
        let report = try replay(database)
        #expect(report.isIdentical, "\(report.firstDifference.map { "\($0)" } ?? "")")
        #expect(try database.texts("SELECT count(*)::text FROM accounts") == ["\(report.accounts)"])
        #expect("\(report.rowsCompared) \(report.unroutedCompared)" == expected)
        #expect(report.unroutedCompared > 0)
    }

    /// What is altered, and what the first difference must be about.
    private static let alterations = [
        ("seed = seed # 1", "the decision differs"),
        ("decided_at = decided_at + interval '1 microsecond'", "the decision differs"),
        ("day_start = day_start - interval '1 day'", "the decision differs"),
        ("business_date = business_date + 1", "the state hash differs"),
        ("program_version = 99", "version 99 of the program cannot be used"),
        // The first byte of the amount, which follows kind, purpose, initiator, entry mode and an absent message.
        ("command = set_byte(command, 24, get_byte(command, 24) # 4)", "the decision differs"),
        ("decision = set_byte(decision, 17, get_byte(decision, 17) # 2)", "the decision differs"),
        ("state_hash = sha256(state_hash)", "the state hash differs"),
    ]

    @Test(arguments: alterations)
    func `one altered input makes the replay fail and name the row`(_ alteration: (sql: String, problem: String))
        async throws
    {
        let copy = try await SampleLedger.shared.database().copy()
        // The last approval over HTTP of its account: nothing follows that could be named instead.
        let victim = try #require(
            try copy.texts(
                """
                SELECT 'evt_' || replace(id::text, '-', '') FROM journal
                WHERE kind = 6 AND get_byte(decision, 0) = 1 AND get_byte(command, 18) = 0 AND get_byte(command, 19) = 0
                ORDER BY id LIMIT 1
                """
            ).first
        )
        try copy.damage("UPDATE journal SET \(alteration.sql) WHERE 'evt_' || replace(id::text, '-', '') = '\(victim)'")
        let report = try replay(copy)
        let difference = try #require(report.firstDifference)
        #expect(difference.event.description == victim)
        #expect(difference.problem == alteration.problem)
        #expect(difference.journaled != difference.decidedAgain)
    }

    @Test func `the first difference shows both sides by what differs between them`() async throws {
        let copy = try await SampleLedger.shared.database().copy()
        try copy.damage(
            """
            UPDATE journal SET decision = set_byte(decision, 17, get_byte(decision, 17) # 2)
            WHERE kind = 6 AND get_byte(decision, 0) = 1
            """
        )
        let difference = try #require(try replay(copy).firstDifference)
        for side in [difference.journaled, difference.decidedAgain] {
            #expect(side.wholeMatch(of: /outcome\.approved\.code: \d{1,7}/) != nil, "\(side)")
        }
        #expect(difference.description.split(separator: "\n").count == 3)
    }

    @Test func `an altered request without an account is named`() async throws {
        let copy = try await SampleLedger.shared.database().copy()
        try copy.damage("UPDATE unrouted_journal SET decision = set_byte(decision, 1, 17)")
        let report = try replay(copy)
        #expect(report.differenceCount == report.unroutedCompared)
        #expect(report.firstDifference?.account == nil)
        #expect(report.firstDifference?.problem == "the decision differs")
    }

    @Test func `only rows of the range and the account are compared`() async throws {
        let copy = try await SampleLedger.shared.database().copy()
        let middle =
            "(SELECT decided_at FROM journal ORDER BY decided_at OFFSET (SELECT count(*) FROM journal) / 2 LIMIT 1)"
        let row = try #require(
            try copy.texts(
                """
                SELECT concat_ws(' ', (extract(epoch FROM \(middle)) * 1000000)::bigint,
                    (SELECT count(*) FROM journal WHERE decided_at >= \(middle)),
                    (SELECT count(*) FROM unrouted_journal WHERE decided_at >= \(middle)))
                """
            ).first
        )
        let numbers = row.split(separator: " ").compactMap { Int64($0) }
        let from = Instant(microseconds: numbers[0])
        let late = try replay(copy, from...Self.always.upperBound)
        #expect([late.rowsCompared, late.unroutedCompared] == [numbers[1], numbers[2]])
        #expect(late.rowsDecided > late.rowsCompared)
        let early = try replay(copy, Self.always.lowerBound...from)
        #expect(early.rowsCompared + late.rowsCompared == (try replay(copy)).rowsCompared)

        let account = try #require(
            try copy.texts(
                "SELECT 'acc_' || replace(id::text, '-', '') || ' ' || seq FROM accounts ORDER BY id LIMIT 1"
            ).first
        ).split(separator: " ")
        let one = try replay(copy, account: AccountID(String(account[0])))
        #expect(one.accounts == 1)
        #expect(String(one.rowsCompared) == account[1])
        #expect(one.isIdentical)
    }

    @Test
    func `a replay begins at the last snapshot before its range, and without one that can be read at the first row`()
        async throws
    {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database)
        try await ledger.performRandomCommands(300, seed: TestEnvironment.seed(for: "snapshots"), accounts: 2)
        ledger.close()
        let writer = SnapshotWriter(try TestDatabase.connect(database.ownerURL), interval: 20)
        #expect(try writer.makeMissing() > 4)
        #expect(try writer.makeMissing() == 0)
        let kept = try database.texts("SELECT count(*)::text FROM account_snapshots GROUP BY account_id")
        #expect(kept.allSatisfy { $0 == "3" })
        let verified = try LedgerVerifier(try TestDatabase.connect(database.servingURL)).verify()
        #expect(verified.isClean, "\(verified.offences.prefix(3))")
        let last = try #require(
            try database.texts("SELECT (extract(epoch FROM max(decided_at)) * 1000000)::bigint::text FROM journal")
                .first
        )
        let from = Instant(microseconds: try #require(Int64(last)))
        let short = try replay(database, from...Self.always.upperBound)
        #expect(short.isIdentical && short.rowsCompared >= 1)
        #expect(short.rowsDecided <= 44)
        #expect(try replay(database).rowsDecided > 150)
        try database.damage("UPDATE account_snapshots SET state = substr(state, 2)")
        let long = try replay(database, from...Self.always.upperBound)
        #expect(long.isIdentical && long.rowsDecided > short.rowsDecided)
    }

    @Test func `a missing row before the range is a difference, because nothing after it can be decided`() async throws
    {
        let copy = try await SampleLedger.shared.database().copy()
        try copy.damage("DELETE FROM journal WHERE seq = 2")
        let report = try replay(copy)
        #expect(!report.isIdentical)
        #expect(report.firstDifference?.sequence == 3)
    }
}

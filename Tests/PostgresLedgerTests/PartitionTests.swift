import AuthorizationCore
import AuthorizationEngine
import TestSupport
import Testing

@testable import PostgresLedger

/// With 400 daily partitions of each append-only table, no hot statement scans more than two of one table.
@Suite struct PartitionTests {
    /// Statements that are no queries, and read nothing.
    private static let transactions = [LaneReads.begin, LaneReads.commit, LaneReads.rollback]

    private static let reads = [
        APIKeyColumns.find, ReaderStatements.tenant, ReaderStatements.programs, ReaderStatements.account,
        ReaderStatements.balances, ReaderStatements.card, ReaderStatements.authorization, OperatorColumns.find,
        PINStatements.ofCards,
    ]

    @Test func `no hot statement scans more than two partitions of 400`() async throws {
        let database = try Partitioned.shared
        let lane = try Session(database, settings: PostgresLaneStore.sessionSettings(.seconds(20)))
        let hot = (LaneReads.all + LaneWrites.all).filter { !Self.transactions.contains($0) }
        for statement in hot {
            let scanned = try lane.partitionsScanned(by: statement)
            #expect(scanned.values.allSatisfy { $0 <= 2 }, "\(statement.name) scans \(scanned)")
        }
        // Not of a lane, but read at each start.
        let unanswered = try lane.partitionsScanned(by: PostgresUnansweredStore.holds)
        #expect(unanswered == ["journal": 2])
        let journaled = try lane.partitionsScanned(by: LaneReads.journaled)
        #expect(journaled == ["journal": 2, "unrouted_journal": 2])
        for statement in Self.reads {
            #expect(try lane.partitionsScanned(by: statement).isEmpty, "\(statement.name)")
        }
    }

    @Test(arguments: ["force_generic_plan", "force_custom_plan"])
    func `an old authorization's history is read two partitions at a time`(_ mode: String) async throws {
        let database = try Partitioned.shared
        let session = try Session(database, settings: [("plan_cache_mode", mode)])
        let day: Int64 = 86_400_000_000
        // As if 300 days had passed: the partitions lead into the future.
        let later = Instant(microseconds: Instant.wallClock.microseconds + 300 * day)
        let id = AuthorizationID(at: .wallClock, shard: Shard(truncating: 1), entropy: 1)
        let account = AccountID(at: .wallClock, shard: Shard(truncating: 1), entropy: 1)
        let calls = AuthorizationHistory.calls(id, on: account, since: .wallClock, now: later)
        #expect((151...152).contains(calls.count))
        // Each takes time to plan: a few stand for all.
        for call in stride(from: 0, to: calls.count, by: 25).map({ calls[$0] }) {
            let values = call.parameters.map { "'\($0.bytes.map { hexadecimal($0) }.joined())'::uuid" }
            #expect(try session.partitionsScanned(by: call.statement, values) == ["journal": 2])
        }
    }

    @Test func `events are read of the days that are left, and by their transaction`() throws {
        let session = try Session(try Partitioned.shared, settings: [("plan_cache_mode", "force_custom_plan")])
        // As if 395 days had passed.
        let later = Instant(microseconds: Instant.wallClock.microseconds + 395 * 86_400_000_000)
        let position = EventPosition(
            epoch: 1,
            transaction: 1,
            account: AccountID(high: 0, low: 0),
            sequence: 0,
            since: later
        )
        let filter = EventFilter(tenant: TenantID(high: 1, low: 1))
        let call = EventListing.call(filter, after: position, below: .max, scanning: 100)
        let nobody = "'00000000-0000-0000-0000-000000000000'::uuid"
        let since = "'\(call.parameters[4].bytes.map { hexadecimal($0) }.joined())'::uuid"
        let values = ["'1'::text", nobody, "0::int8", "'1000000'::text", since, nobody, "100::int8"]
        let page = try session.partitionsScanned(by: call.statement, values)
        #expect(page == ["journal": 4])
        #expect(try session.partitionsScanned(by: EventListing.latest, [since]) == ["journal": 4])
        #expect(try session.partitionsScanned(by: EventListing.before, [since, since]).values.reduce(0, +) <= 4)
    }

    @Test func `the count of partitions tells a statement that scans them all`() async throws {
        let session = try Session(try Partitioned.shared, settings: [])
        let everywhere = Statement("everywhere", "SELECT id FROM journal WHERE authorization_id = $1")
        #expect(try session.partitionsScanned(by: everywhere) == ["journal": 400])
    }

    @Test func `lanes and readers work with 400 partitions`() async throws {
        let few = try await medianMicroseconds(try Partitioned.database(16))
        let many = try await medianMicroseconds(try Partitioned.shared)
        // Printed, not asserted: the machine has other work to do.
        print("median batch: \(few) µs with 16 partitions, \(many) µs with 400, ratio \(many * 100 / max(1, few)) %")
    }

    /// Of one payment a batch, the first ones left out. Reads a history too.
    private func medianMicroseconds(_ database: TestDatabase) async throws -> Int64 {
        let ledger = try TestLedger(database)
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 1_000_000))
        var durations: [Int64] = []
        for _ in 0..<60 {
            let start = Instant.wallClock
            _ = try await SampleLedger.approve(ledger, 100, card)
            durations.append(Instant.wallClock.microseconds - start.microseconds)
        }
        let id = try await SampleLedger.approve(ledger, 100, card)
        let directory = PostgresDirectory(url: database.servingURL, timeout: .seconds(10))
        let reader = PostgresReader(url: database.servingURL, timeout: .seconds(10), directory: directory)
        defer {
            reader.close()
            directory.close()
        }
        #expect(try await reader.authorization(id, of: ledger.tenant)?.history.count == 1)
        return durations.dropFirst(10).sorted()[25]
    }
}

private enum Partitioned {
    /// For tests that only look: making 1,200 tables takes seconds.
    private static let many = Result { try database(400) }

    static var shared: TestDatabase {
        get throws { try many.get() }
    }

    static func database(_ partitions: Int) throws -> TestDatabase {
        let database = try TestDatabase.make()
        let connection = try TestDatabase.connect(database.ownerURL)
        // Yesterday's and today's are among them. Not all in one transaction: it would hold more locks than the server
        // has room for.
        for days in Array(stride(from: 20, to: partitions - 2, by: 20)) + [partitions - 2] {
            _ = try Administration(connection).makePartitions(days: Int32(days))
        }
        let counts = try database.texts(
            "SELECT count(*)::text FROM pg_inherits"
                + " WHERE inhparent IN ('journal'::regclass, 'transfers'::regclass, 'unrouted_journal'::regclass)"
                + " GROUP BY inhparent"
        )
        #expect(counts == [String](repeating: "\(partitions)", count: 3))
        return database
    }
}

/// A session with the serving role that has statements executed and explained.
private final class Session {
    private let connection: PostgresConnection
    /// Dropped with the last one who holds it.
    private let database: TestDatabase
    private var queries = 0

    init(_ database: TestDatabase, settings: [(name: String, value: String)]) throws {
        self.database = database
        connection = try PostgresConnection(url: database.servingURL, timeout: .seconds(60), session: settings)
    }

    /// How many partitions a statement scans, by table. It is executed, and rolled back.
    ///
    /// - Parameter values: SQL expressions; usual ones of the parameters' types where none are given.
    func partitionsScanned(by statement: Statement, _ values: [String]? = nil) throws -> [Substring: Int] {
        try connection.run(script: "BEGIN; PREPARE explained AS \(statement.sql)")
        defer {
            try? connection.run(script: "ROLLBACK")
            try? connection.run(script: "DEALLOCATE explained")
        }
        let types = try texts(
            "SELECT unnest(parameter_types)::text FROM pg_prepared_statements WHERE name = 'explained'"
        )
        let arguments = try values ?? Self.values(types, of: statement)
        let list = arguments.isEmpty ? "" : "(\(arguments.joined(separator: ", ")))"
        let plan = try texts("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE explained\(list)")
        var partitions: [Substring: Set<Substring>] = [:]
        for line in plan where !line.contains("(never executed)") {
            guard let match = line.firstMatch(of: /\ on (journal|transfers|unrouted_journal)_([0-9]{8})( |$)/) else {
                continue
            }
            partitions[match.1, default: []].insert(match.2)
        }
        return partitions.mapValues(\.count)
    }

    private func texts(_ sql: String) throws -> [String] {
        queries += 1
        return try connection.run(Call(Statement("query \(queries)", sql))).map { (row) throws(PostgresError) in
            try row.text()
        }
    }

    /// Values with which every statement can be executed on empty tables.
    private static func values(_ types: [String], of statement: Statement) throws -> [String] {
        let today = "first_identifier((now() AT TIME ZONE 'UTC')::date)"
        let yesterday = "first_identifier((now() AT TIME ZONE 'UTC')::date - 1)"
        // Around midnight.
        if statement == LaneReads.journaled { return ["ARRAY[\(yesterday), \(today)]", yesterday, today] }
        if statement == PostgresUnansweredStore.holds {
            return [
                today, "1::smallint", "0::bigint", yesterday, "first_identifier((now() AT TIME ZONE 'UTC')::date + 1)",
            ]
        }
        // There are no cardholders whom new cards and accounts could name.
        let names = [LaneWrites.newCards, LaneWrites.openAccounts].contains(statement)
        let nobody = names ? types.lastIndex(of: "uuid[]") : nil
        let values = [
            "smallint": "1", "integer": "1", "bigint": "0", "uuid": today, "text": "'x'", "boolean": "false",
            "bytea": "decode(repeat('01', 32), 'hex')", "date": "current_date",
            "timestamp with time zone": "now()",
        ]
        return try types.enumerated().map { index, type in
            guard index != nobody else { return "ARRAY[NULL]::uuid[]" }
            let element = type.hasSuffix("[]") ? String(type.dropLast(2)) : type
            var value = try #require(values[element], "no value of type \(type)")
            // Amounts are above 0; a count of rows that an update meets is 0.
            if type == "bigint[]" { value = "1" }
            return type == element ? "\(value)::\(type)" : "ARRAY[\(value)]::\(type)"
        }
    }
}

private func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.utf8.count == 1 ? "0" + digits : digits
}

import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// Operators in the database, with the serving role unless said otherwise.
@Suite struct OperatorTests {
    private let database: TestDatabase
    private let administration: Administration
    private let root: Operator

    init() throws {
        database = try TestDatabase.make()
        administration = Administration(try TestDatabase.connect(database.servingURL))
        root = try Self.person("root", .administrator)
        let owner = Administration(try TestDatabase.connect(database.ownerURL))
        try owner.add(root, keyHash: Self.hash(1), by: nil)
    }

    private static func person(_ name: String, _ role: OperatorRole) throws -> Operator {
        let id = OperatorID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        return Operator(id: id, name: try #require(OperatorName(name)), role: role)
    }

    private static func hash(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    @Test func `a second operator needs an author, and a refused change leaves no record`() throws {
        let eve = try Self.person("eve", .administrator)
        #expect(throws: PostgresError.refused(sqlState: "AV001", constraint: "")) {
            try administration.add(eve, keyHash: Self.hash(2), by: nil)
        }
        #expect(throws: PostgresError.self) { try administration.add(eve, keyHash: Self.hash(1), by: root) }
        #expect(try administration.actions(limit: 10).count == 1)
        try administration.add(eve, keyHash: Self.hash(2), by: root)
        #expect(try administration.findOperator(keyHash: Self.hash(2)) == eve)
        #expect(try administration.actions(limit: 10).map(\.name) == ["root", nil])
    }

    @Test func `the last administrator stays, whoever asks`() throws {
        let refusal = PostgresError.refused(sqlState: "AV001", constraint: "")
        #expect(throws: refusal) { try administration.revokeOperator(root.name, by: root) }
        let second = try Self.person("second", .administrator)
        try administration.add(second, keyHash: Self.hash(2), by: root)
        try administration.revokeOperator(root.name, by: second)
        #expect(try administration.findOperator(keyHash: Self.hash(1)) == nil)
        #expect(throws: refusal) { try administration.revokeOperator(second.name, by: second) }
        #expect(throws: refusal) { try administration.revokeOperator(root.name, by: second) }
    }

    @Test func `two administrators that revoke each other at once leave one`() async throws {
        let second = try Self.person("second", .administrator)
        try administration.add(second, keyHash: Self.hash(2), by: root)
        // The first one's change is made and not committed when the other one's begins.
        let connection = try TestDatabase.connect(database.servingURL)
        try connection.run(script: "BEGIN")
        try Administration(connection).revokeOperator(second.name, by: root)
        let (url, name) = (database.servingURL, root.name)
        async let isRevoked = Task.detached {
            let other = Administration(try TestDatabase.connect(url))
            return (try? other.revokeOperator(name, by: second)) != nil
        }.value
        try await database.waitForLock()
        try connection.run(script: "COMMIT")
        #expect(try await !isRevoked)
        #expect(try administration.operators().filter { $0.revokedAt == nil }.map(\.person) == [root])
    }

    @Test(arguments: ["role = 3", "name = 'other'", "key_hash = decode(repeat('07', 32), 'hex')"])
    func `the serving role cannot make more of an operator`(_ change: String) throws {
        let connection = try TestDatabase.connect(database.servingURL)
        #expect(throws: PostgresError.refused(sqlState: "42501", constraint: "")) {
            try connection.run(script: "UPDATE operators SET \(change)")
        }
        #expect(throws: PostgresError.refused(sqlState: "42501", constraint: "")) {
            try connection.run(script: "DELETE FROM operators")
        }
    }
}

extension TestDatabase {
    /// Waits until a session waits for a lock, or has had the time to.
    fileprivate func waitForLock() async throws {
        for _ in 0..<100 {
            let waiting = try texts(
                "SELECT count(*)::text FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                    + " WHERE NOT l.granted AND d.datname = current_database()"
            )
            if waiting != ["0"] { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

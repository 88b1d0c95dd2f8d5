import AuthorizationCore
import Foundation
import PostgresLedger
import TestSupport

/// A session beside the lanes that holds an account's lock.
struct SecondSession {
    private let connection: PostgresConnection
    private let database: TestDatabase

    /// Opens a transaction and locks the account as a lane does.
    init(locking account: AccountID, in database: TestDatabase) throws {
        self.database = database
        connection = try TestDatabase.connect(database.superuserURL)
        try connection.run(script: "BEGIN; SELECT FROM accounts WHERE id = \(account.sql) FOR NO KEY UPDATE")
    }

    func run(_ sql: String) throws { try connection.run(script: sql) }

    func commit() throws { try run("COMMIT") }

    /// Waits until a lane waits for a lock in this database.
    func waitForWaitingLane() async throws { try await database.waitForWaiting("aval lane") }
}

extension TestDatabase {
    struct NotReached: Error {}

    /// Waits until a session of an application waits for a lock in this database.
    func waitForWaiting(_ application: String) async throws {
        let waiting = """
            SELECT count(*)::text FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = '\(application)' AND wait_event_type = 'Lock'
            """
        for _ in 0..<1_000 {
            if try texts(waiting) != ["0"] { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw NotReached()
    }
}

extension Identifier {
    /// As an SQL literal.
    var sql: String { "'\(description.dropFirst(4))'" }
}

extension TestDatabase {
    /// Ends the lanes' sessions, as an operator or a failing network would.
    func killLanes() throws {
        _ = try texts(
            """
            SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'aval lane'
            """
        )
    }
}

extension TestDatabase {
    struct NotFolded: Error {}

    /// Folds until the checkpoints have every transfer. Transactions of other tests, in other databases, hold the
    /// oldest running transaction back for a while.
    func foldAll() async throws {
        let checkpoints = InternalCheckpoints(try TestDatabase.connect(ownerURL))
        let isBehind = """
            SELECT (below > (SELECT max(xid) FROM transfers))::text FROM internal_checkpoint_watermark
            """
        for _ in 0..<500 {
            try checkpoints.fold()
            if try texts(isBehind) == ["true"] { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw NotFolded()
    }
}

import Foundation
import PostgresLedger
import Synchronization
import TestSupport

/// A lock that another session has, so that a server's next statement waits, and the server can be killed just there.
final class SessionLock: Sendable {
    private struct State {
        var isHeld = false
        var isReleased = false
        var problem = ""
    }

    private let state = Mutex(State())

    /// - Parameter statement: takes the lock; blocks until it may.
    init(_ statement: String, on database: TestDatabase) {
        Thread.detachNewThread { [self] in
            do {
                let session = try TestDatabase.connect(database.superuserURL)
                try session.run(script: "BEGIN; \(statement)")
                state.withLock { $0.isHeld = true }
                // Three minutes at most: a test that failed must not hold up others.
                for _ in 0..<180_000 where !state.withLock({ $0.isReleased }) { usleep(1_000) }
                try session.run(script: "COMMIT")
            } catch {
                state.withLock { $0.problem = "\(error)" }
            }
        }
    }

    func release() { state.withLock { $0.isReleased = true } }

    func waitUntilHeld() throws {
        for _ in 0..<30_000 where !state.withLock({ $0.isHeld || !$0.problem.isEmpty }) { usleep(1_000) }
        try state.withLock { state in
            guard state.isHeld else { throw AvalProcess.Problem(description: "no lock: \(state.problem)") }
        }
    }

    // MARK: - Who waits for locks

    private static func isBlocked(_ text: String, on database: TestDatabase) throws -> Bool {
        try !database.texts("SELECT pid::text \(waiting(text))").isEmpty
    }

    private static func waiting(_ text: String) -> String {
        """
        FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%\(text)%'
        """
    }

    /// Waits until a statement with this text waits for a lock.
    static func waitUntilBlocked(_ text: String, on database: TestDatabase) throws {
        // A lease whose round failed, which a busy machine may cause, runs for a minute.
        for _ in 0..<6_000 {
            if try isBlocked(text, on: database) { return }
            usleep(20_000)
        }
        throw AvalProcess.Problem(description: "nothing waits with \(text)")
    }

    /// Ends the sessions whose statement with this text waits, with what they have not committed.
    static func endBlocked(_ text: String, on database: TestDatabase) throws {
        _ = try database.texts("SELECT pg_terminate_backend(pid)::text \(waiting(text))")
        for _ in 0..<1_500 {
            if try !isBlocked(text, on: database) { return }
            usleep(20_000)
        }
    }
}

import AuthorizationCore
import AuthorizationEngine
import DequeModule
import Foundation

/// A thread with its own connection that runs jobs in turn, so that nothing blocking runs on Swift's shared threads.
/// The connection is made with the first job, and anew when it broke.
final class ConnectionThread: Sendable {
    typealias Job = @Sendable (Result<PostgresConnection, PostgresError>) -> Void

    /// Jobs that wait for a thread; more are refused.
    static let queueLimit = 1_024

    private let jobs = Mailbox<Deque<Job>>([])
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter session: server parameters beside the usual ones.
    init(name: String, url: String, timeout: Duration, session: [(name: String, value: String)] = []) {
        let limit = max(1, timeout.wholeMilliseconds / 2)
        let session = [("timezone", "UTC"), ("jit", "off"), ("statement_timeout", "\(limit)")] + session
        Thread.begin(name, finished) { [self] in
            run { () throws(PostgresError) in
                try PostgresConnection(url: url, timeout: timeout, application: name, session: session)
            }
        }
    }

    /// Runs a job on the thread. The job is called with a failure when the queue is full or closed.
    func submit(_ job: @escaping Job) {
        let isTaken = jobs.put { jobs in
            guard jobs.count < Self.queueLimit else { return false }
            jobs.append(job)
            return true
        }
        if !isTaken { job(.failure(.disconnected("too many reads wait for the database"))) }
    }

    /// Runs a job and waits for its value without blocking the caller's thread.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (PostgresConnection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            submit { connection in
                continuation.resume(with: Result { try body(try connection.get()) })
            }
        }
    }

    /// Lets waiting jobs finish and ends the thread.
    func close() {
        jobs.close()
        finished.wait()
    }

    private func run(_ connect: () throws(PostgresError) -> PostgresConnection) {
        var connection: PostgresConnection?
        while let job = jobs.take({ $0.popFirst() }) {
            if connection == nil || connection?.isBroken == true || connection?.hasFarewell == true {
                connection = nil
                do throws(PostgresError) {
                    connection = try connect()
                } catch {
                    // Whoever waits behind it would only wait as long again for the same answer.
                    let waiting = jobs.withContent { jobs in
                        defer { jobs = [] }
                        return jobs
                    }
                    for job in [job] + waiting { job(.failure(error)) }
                    continue
                }
            }
            if let connection { job(.success(connection)) }
        }
    }
}

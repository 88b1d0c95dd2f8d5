import CardCryptography
import DequeModule
import Foundation
import Synchronization

/// A thread with its own session of a token, which runs jobs in turn: the module's calls block, and one that hangs cannot be
/// told to stop. Nobody waits for them longer than a time limit. The session is made with the first job, and anew when
/// it does not do its work.
final class PKCS11Thread: Sendable {
    /// Jobs that wait for the thread; more are refused.
    static let queueLimit = 256

    private struct Job: Sendable {
        var isOver: @Sendable () -> Bool
        /// Returns false when another session should try.
        var run: @Sendable (PKCS11Session) -> Bool
        var fail: @Sendable () -> Void
    }

    private struct State {
        var jobs: Deque<Job> = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let available = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)
    private let limit: Duration
    private let pause: Duration

    /// - Parameters:
    ///   - limit: how long a caller waits.
    ///   - pause: how long no session is tried after one that could not be made.
    ///   - open: makes a session.
    init(limit: Duration, pause: Duration, open: @escaping @Sendable () throws -> PKCS11Session) {
        self.limit = limit
        self.pause = pause
        let thread = Thread { [self] in
            work(open)
            finished.signal()
        }
        thread.name = "aval token"
        thread.start()
    }

    /// Ends the thread after the job that it is at. One that hangs is not waited for.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.jobs.removeAll() }
            return state.jobs
        }
        for job in waiting { job.fail() }
        available.signal()
        _ = finished.wait(timeout: .now() + .milliseconds(Int(limit / .milliseconds(1))))
    }

    /// - Throws: `unavailable` when the token does not do it in time, or too many others wait.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (PKCS11Session) throws(PaymentCryptographyError) -> Value
    ) async throws(PaymentCryptographyError) -> Value {
        let limit = limit
        let result = await withCheckedContinuation { continuation in
            let waiting = Waiting<Value>(continuation)
            let timeout = Task {
                try await Task.sleep(for: limit)
                waiting.give(.failure(.unavailable))
            }
            submit(
                Job {
                    waiting.isOver
                } run: { session in
                    let result = Result { () throws(PaymentCryptographyError) in try body(session) }
                    if case .failure(.unavailable) = result { return false }
                    waiting.give(result)
                    timeout.cancel()
                    return true
                } fail: {
                    waiting.give(.failure(.unavailable))
                    timeout.cancel()
                }
            )
        }
        return try result.get()
    }

    private func submit(_ job: Job) {
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.jobs.count < Self.queueLimit else { return false }
            state.jobs.append(job)
            return true
        }
        if isTaken { available.signal() } else { job.fail() }
    }

    private func work(_ open: () throws -> PKCS11Session) {
        var session: PKCS11Session?
        var nextTry = ContinuousClock.now
        while true {
            available.wait()
            let (job, isClosed) = state.withLock { ($0.jobs.popFirst(), $0.isClosed) }
            if isClosed { return }
            guard let job, !job.isOver() else { continue }
            // A token that was restarted knows its old sessions no more.
            for _ in 0..<2 {
                if session == nil, nextTry <= .now {
                    session = try? open()
                    if session == nil { nextTry = .now + pause }
                }
                guard let current = session, !job.run(current) else { break }
                session = nil
            }
            if session == nil { job.fail() }
        }
    }
}

/// Who waits for a job, until it is done or the time is over.
private final class Waiting<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, PaymentCryptographyError>

    private let continuation: Mutex<CheckedContinuation<Outcome, Never>?>

    init(_ continuation: CheckedContinuation<Outcome, Never>) { self.continuation = Mutex(continuation) }

    var isOver: Bool { continuation.withLock { $0 == nil } }

    func give(_ outcome: Outcome) {
        continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }?.resume(returning: outcome)
    }
}

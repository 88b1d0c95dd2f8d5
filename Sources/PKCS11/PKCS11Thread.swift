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

    private enum Outcome {
        case done
        /// Another session should try.
        case sessionLost
    }

    private struct Job: Sendable {
        var isOver: @Sendable () -> Bool
        var run: @Sendable (PKCS11Session) -> Outcome
        var fail: @Sendable () -> Void
    }

    private struct State {
        var jobs: Deque<Job> = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let available = DispatchSemaphore(value: 0)
    private let finished = Waiting<Void>()
    private let limit: Duration

    /// - Parameters:
    ///   - limit: how long a caller waits.
    ///   - pause: how long no session is tried after one that could not be made.
    ///   - open: makes a session.
    ///   - failed: is told why none could be made.
    init(
        limit: Duration,
        pause: Duration,
        open: @escaping @Sendable () throws -> PKCS11Session,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        self.limit = limit
        let thread = Thread { [self] in
            work(TokenSessions(pause: pause, open: open, failed: failed))
            finished.give(.success(()))
        }
        thread.name = "aval token"
        thread.start()
    }

    /// Ends the thread after the job that it is at. One that hangs is not waited for.
    func close() async {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.jobs.removeAll() }
            return state.jobs
        }
        for job in waiting { job.fail() }
        _ = await finished.outcome(within: limit) { available.signal() }
    }

    /// - Throws: `unavailable` when the token does not do it in time, too many others wait, or the task is cancelled.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (PKCS11Session) throws(PaymentCryptographyError) -> Value
    ) async throws(PaymentCryptographyError) -> Value {
        let waiting = Waiting<Value>()
        let result = await withTaskCancellationHandler {
            await waiting.outcome(within: limit) { submit(body, waiting) }
        } onCancel: {
            waiting.give(.failure(.unavailable))
        }
        return try result.get()
    }

    private func submit<Value: Sendable>(
        _ body: @escaping @Sendable (PKCS11Session) throws(PaymentCryptographyError) -> Value,
        _ waiting: Waiting<Value>
    ) {
        submit(
            Job {
                waiting.isOver
            } run: { session in
                let result = Result { () throws(PaymentCryptographyError) in try body(session) }
                if case .failure(.unavailable) = result { return .sessionLost }
                waiting.give(result)
                return .done
            } fail: {
                waiting.give(.failure(.unavailable))
            }
        )
    }

    private func submit(_ job: Job) {
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.jobs.count < Self.queueLimit else { return false }
            state.jobs.append(job)
            return true
        }
        if isTaken { available.signal() } else { job.fail() }
    }

    private func work(_ sessions: consuming TokenSessions) {
        while true {
            available.wait()
            let (job, isClosed) = state.withLock { ($0.jobs.popFirst(), $0.isClosed) }
            if isClosed { return }
            if let job, !job.isOver() { serve(job, &sessions) }
        }
    }

    private func serve(_ job: Job, _ sessions: inout TokenSessions) {
        // A token that was restarted knows its old sessions no more.
        for _ in 0..<2 {
            guard let session = sessions.current() else { break }
            switch job.run(session) {
            case .done: return
            case .sessionLost: sessions.drop()
            }
        }
        job.fail()
    }
}

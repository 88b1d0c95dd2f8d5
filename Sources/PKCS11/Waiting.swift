import CardCryptography
import Synchronization

/// Who waits for a job, until it is done, the time is over or nobody wants it any more.
final class Waiting<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, PaymentCryptographyError>

    private enum State {
        case begins
        case waits(CheckedContinuation<Outcome, Never>)
        case isOver
    }

    private let state = Mutex(State.begins)

    var isOver: Bool {
        state.withLock { state in
            switch state {
            case .begins, .waits: false
            case .isOver: true
            }
        }
    }

    /// Waits, once, without a thread of Swift's own; `unavailable` when the time is over first, or it was over before.
    ///
    /// - Parameter start: is not called when it was over before.
    func outcome(within limit: Duration, _ start: () -> Void) async -> Outcome {
        let timeout = Task {
            try await Task.sleep(for: limit)
            give(.failure(.unavailable))
        }
        defer { timeout.cancel() }
        return await withCheckedContinuation { continuation in
            if begin(continuation) { start() } else { continuation.resume(returning: .failure(.unavailable)) }
        }
    }

    /// - Returns: false when it was over before.
    private func begin(_ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
        state.withLock { state in
            switch state {
            case .begins, .waits:
                state = .waits(continuation)
                return true
            case .isOver: return false
            }
        }
    }

    func give(_ outcome: Outcome) {
        let waiting: CheckedContinuation<Outcome, Never>? = state.withLock { state in
            defer { state = .isOver }
            switch state {
            case .waits(let continuation): return continuation
            case .begins, .isOver: return nil
            }
        }
        waiting?.resume(returning: outcome)
    }
}

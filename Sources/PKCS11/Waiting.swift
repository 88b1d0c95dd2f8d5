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

    /// - Returns: false when it was over before.
    func begin(_ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
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

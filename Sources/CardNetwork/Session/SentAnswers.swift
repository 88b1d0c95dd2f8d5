import AuthorizationEngine
import DequeModule

/// An approval on its way out.
struct LeavingAnswer {
    var delivery: Delivery
    /// When the network stops waiting for it.
    var limit: ContinuousClock.Instant
}

/// Approvals that were written to a connection and may still be lost with it: until the network's time limit has
/// passed, a connection that breaks may have taken them along. Time is passed in.
struct SentAnswers {
    private var sent: Deque<LeavingAnswer> = []

    var isEmpty: Bool { sent.isEmpty }

    mutating func add(_ answer: LeavingAnswer) { sent.append(answer) }

    /// Those whose time is over without a break have arrived.
    mutating func complete(until now: ContinuousClock.Instant) {
        while let first = sent.first, first.limit <= now {
            first.delivery.complete()
            sent.removeFirst()
        }
    }

    /// The connection was closed in order, with everything written.
    mutating func completeAll() {
        for sent in sent { sent.delivery.complete() }
        sent = []
    }

    /// The connection broke.
    mutating func lose() { sent = [] }
}

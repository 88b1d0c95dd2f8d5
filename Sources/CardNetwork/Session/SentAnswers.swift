import AuthorizationEngine
import DequeModule

/// Approvals that were written to a connection and may still be lost with it: until the network's time limit has
/// passed, a connection that breaks may have taken them along. Time is passed in.
struct SentAnswers {
    private struct Sent {
        var delivery: Delivery
        var limit: ContinuousClock.Instant
    }

    private var sent: Deque<Sent> = []

    var isEmpty: Bool { sent.isEmpty }

    /// - Parameter limit: when the network stops waiting for it.
    mutating func add(_ delivery: Delivery, until limit: ContinuousClock.Instant) {
        sent.append(Sent(delivery: delivery, limit: limit))
    }

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

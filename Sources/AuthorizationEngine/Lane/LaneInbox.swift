/// The door of a lane: any thread puts commands in, the lane's thread takes them out.
package final class LaneInbox: Sendable {
    fileprivate struct Content {
        var queue = LaneQueue()
        /// What the lane took last, and may have answered or put back since.
        var taken: [LaneItem] = []
        var pace = LanePace()
    }

    private let mailbox = Mailbox(Content())

    package init() {}

    /// False when the lane takes nothing more of this kind now, or could not answer it in time.
    package func submit(_ item: LaneItem) -> Bool {
        let now = ContinuousClock.now
        return mailbox.put { $0.isInTime(item, now) && $0.queue.append(item) }
    }

    /// Lets the lane finish what waits and then stop.
    package func close() { mailbox.close() }

    /// Commands that were taken in and are not answered.
    var unanswered: [LaneItem] {
        mailbox.withContent { content in
            let waiting = content.queue.items
            let ids = Set(waiting.map(\.id))
            return waiting + content.taken.filter { !$0.isAnswered && !ids.contains($0.id) }
        }
    }

    package var waitingCount: Int { mailbox.withContent { $0.queue.count } }

    /// Waits until something is there. Nil when the lane is closed and empty.
    func take(_ limit: Int) -> [LaneItem]? {
        mailbox.take { content in
            let items = content.queue.take(limit)
            content.taken = items
            content.pace.batchEnded(.now, next: !items.isEmpty)
            return items.isEmpty ? nil : items
        }
    }

    func putBack(_ items: [LaneItem]) { mailbox.withContent { $0.queue.putBack(items) } }
}

extension LaneInbox.Content {
    /// What must be accepted is never late.
    fileprivate func isInTime(_ item: LaneItem, _ now: ContinuousClock.Instant) -> Bool {
        item.mustBeAccepted || now + pace.wait(behind: queue.countBefore(item.account), now) < item.deadline
    }
}

/// How fast a lane works, as far as its last batches tell. Time is passed in.
struct LanePace {
    /// Of a batch, smoothed over about the last eight.
    private(set) var typical = Duration.zero
    /// Nil while the lane has nothing to do.
    private var began: ContinuousClock.Instant?

    /// - Parameter next: whether another batch begins at once.
    mutating func batchEnded(_ now: ContinuousClock.Instant, next: Bool) {
        if let began { typical += ((now - began) - typical) / 8 }
        began = next ? now : nil
    }

    /// How long a command waits until it is decided, with so many to be decided before it. An idle lane takes
    /// whatever comes: only so does it learn that it has become faster.
    func wait(behind count: Int, _ now: ContinuousClock.Instant) -> Duration {
        guard let began else { return .zero }
        // A batch that takes longer than usual may take as long again.
        let current = now - began
        let rest = current < typical ? typical - current : current
        return rest + typical * (count / Limits.batchSize + 1)
    }
}

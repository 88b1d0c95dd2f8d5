import Synchronization

/// The journal as events for those who follow it. Whoever has read all of it waits here for more; the ledger is asked
/// once for all who wait, and by nobody else: a payment does nothing for its event but to be journaled.
package final class EventFeed: Sendable {
    package enum Next: Sendable {
        case page(EventPage)
        /// The position is from before the ledger was restored or moved.
        case otherEpoch
        case tooManyWait
    }

    private struct State {
        var waiting = 0
        var latest: UInt64 = 0
        /// Nil while somebody asks.
        var askedAt: ContinuousClock.Instant? = ContinuousClock.now - .seconds(60)
    }

    /// Who waits is told of an event so long after its commit at most, beside the time that it takes to ask.
    package static let pause = Duration.milliseconds(50)
    /// How long a page is looked for among events of others.
    private static let searchTime = Duration.seconds(2)

    private let reader: any EventReader
    private let mostWaiting: Int
    private let state = Mutex(State())

    /// - Parameter mostWaiting: those beyond it are refused.
    package init(_ reader: any EventReader, mostWaiting: Int = 256) {
        self.reader = reader
        self.mostWaiting = mostWaiting
    }

    /// The next events after a position.
    ///
    /// - Parameters:
    ///   - wait: how long to wait for one when there is none.
    ///   - isStopping: ends the wait.
    /// - Throws: what the reader throws, and `CancellationError`.
    package func next(
        _ filter: EventFilter,
        after start: EventPosition?,
        limit: Int,
        wait: Duration = .zero,
        isStopping: () -> Bool = { false }
    ) async throws -> Next {
        let (deadline, searchEnd) = (ContinuousClock.now + wait, ContinuousClock.now + max(wait, Self.searchTime))
        var position = start
        while true {
            guard let page = try await reader.events(filter, after: position, limit: limit) else { return .otherEpoch }
            position = page.next
            let end = page.isAtEnd ? deadline : searchEnd
            guard page.events.isEmpty, .now < end, !isStopping() else { return .page(page) }
            guard page.isAtEnd else { continue }
            guard try await waitForMore(than: page.next.transaction, until: deadline, isStopping) else {
                return .tooManyWait
            }
        }
    }

    /// Returns once there is an event of a later transaction, or at the deadline; false when too many wait.
    private func waitForMore(
        than transaction: UInt64,
        until deadline: ContinuousClock.Instant,
        _ isStopping: () -> Bool
    ) async throws -> Bool {
        let hasRoom = state.withLock { state in
            guard state.waiting < mostWaiting else { return false }
            state.waiting += 1
            return true
        }
        guard hasRoom else { return false }
        defer { state.withLock { $0.waiting -= 1 } }
        while .now < deadline, !isStopping() {
            try await Task.sleep(for: min(Self.pause, deadline - .now))
            if try await latestTransaction() > transaction { break }
        }
        return true
    }

    /// As it was a pause ago at most, but while somebody is asking for it.
    private func latestTransaction() async throws -> UInt64 {
        let known = state.withLock { state -> UInt64? in
            guard let askedAt = state.askedAt, .now - askedAt >= Self.pause else { return state.latest }
            state.askedAt = nil
            return nil
        }
        if let known { return known }
        defer { state.withLock { $0.askedAt = .now } }
        let latest = try await reader.latestEventTransaction()
        state.withLock { $0.latest = latest }
        return latest
    }
}

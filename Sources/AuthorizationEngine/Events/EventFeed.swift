import AuthorizationCore
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
        var waiting = Places()
        var searching = Places()
        var latest: UInt64 = 0
        /// Nil while somebody asks.
        var askedAt: ContinuousClock.Instant? = ContinuousClock.now - .seconds(60)
    }

    /// Who waits is told of an event so long after its commit at most, beside the time that it takes to ask.
    package static let pause = Duration.milliseconds(50)
    /// How long a page is looked for among events of others.
    private static let searchTime = Duration.seconds(2)
    /// Of one tenant. All searches share one connection.
    private static let mostSearching = 4

    private let reader: any EventReader
    private let mostWaiting: Int
    private let mostWaitingOfTenant: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - mostWaiting: those beyond it are refused.
    ///   - mostWaitingOfTenant: so that no tenant can keep all others from waiting.
    package init(_ reader: any EventReader, mostWaiting: Int = 256, mostWaitingOfTenant: Int = 32) {
        self.reader = reader
        self.mostWaiting = mostWaiting
        self.mostWaitingOfTenant = mostWaitingOfTenant
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
        let deadline = ContinuousClock.now + wait
        var position = start
        while true {
            guard let page = try await search(filter, after: position, limit: limit, isStopping) else {
                return .otherEpoch
            }
            position = page.next
            guard page.events.isEmpty, page.isAtEnd, .now < deadline, !isStopping() else { return .page(page) }
            guard try await waitForMore(filter.tenant, than: page.next.transaction, until: deadline, isStopping) else {
                return .tooManyWait
            }
        }
    }

    /// A page with events, or one at the end, or an empty one when it took too long or others of the tenant search.
    private func search(
        _ filter: EventFilter,
        after start: EventPosition?,
        limit: Int,
        _ isStopping: () -> Bool
    ) async throws -> EventPage? {
        guard let first = try await reader.events(filter, after: start, limit: limit) else { return nil }
        guard first.events.isEmpty, !first.isAtEnd else { return first }
        let mayGoOn = state.withLock { $0.searching.take(filter.tenant, most: .max, ofTenant: Self.mostSearching) }
        guard mayGoOn else {
            // Who comes back at once must not ask more than those who search.
            try await Task.sleep(for: Self.pause)
            return first
        }
        defer { state.withLock { $0.searching.leave(filter.tenant) } }
        let end = ContinuousClock.now + Self.searchTime
        var page = first
        while page.events.isEmpty, !page.isAtEnd, .now < end, !isStopping() {
            guard let next = try await reader.events(filter, after: page.next, limit: limit) else { return nil }
            page = next
        }
        return page
    }

    /// Returns once there is an event of a later transaction, or at the deadline; false when too many wait.
    private func waitForMore(
        _ tenant: TenantID,
        than transaction: UInt64,
        until deadline: ContinuousClock.Instant,
        _ isStopping: () -> Bool
    ) async throws -> Bool {
        let hasRoom = state.withLock { $0.waiting.take(tenant, most: mostWaiting, ofTenant: mostWaitingOfTenant) }
        guard hasRoom else { return false }
        defer { state.withLock { $0.waiting.leave(tenant) } }
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

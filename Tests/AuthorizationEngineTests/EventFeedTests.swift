import AuthorizationCore
import AuthorizationEngine
import Synchronization
import Testing

/// Waiting for events.
@Suite struct EventFeedTests {
    /// A journal of as many events as it is told, which are found only below a number of transactions.
    private final class Journal: EventReader {
        struct State {
            var latest: UInt64 = 0
            var epoch: UInt64 = 1
            var asked = 0
            var isStopping = false
        }

        let state = Mutex(State())
        /// Transactions that one page looks at.
        let scanned: UInt64 = 10
        let isFollowersOwn: @Sendable (UInt64) -> Bool

        init(isFollowersOwn: @escaping @Sendable (UInt64) -> Bool = { _ in true }) {
            self.isFollowersOwn = isFollowersOwn
        }

        func events(_ filter: EventFilter, after start: EventPosition?, limit: Int) async throws -> EventPage? {
            let (latest, epoch) = state.withLock { ($0.latest, $0.epoch) }
            guard start == nil || start?.epoch == epoch else { return nil }
            let first = (start?.transaction ?? 0) + 1
            let last = min(first + scanned - 1, latest)
            let events =
                first > last
                ? []
                : (first...last).filter(isFollowersOwn).compactMap { number in
                    AccountEvent(Self.entry, of: Self.account, at: Self.position(epoch, number))
                }
            let next = events.count > limit ? events[limit - 1].position : Self.position(epoch, max(last, first - 1))
            return EventPage(events: Array(events.prefix(limit)), next: next, isAtEnd: last == latest || first > latest)
        }

        func latestEventTransaction() async throws -> UInt64 {
            state.withLock { state in
                state.asked += 1
                return state.latest
            }
        }

        private static let account = AccountID(high: 1, low: 1)

        private static let entry = JournalEntry(
            event: EventID(high: 1, low: 1),
            sequence: 1,
            decidedAt: .distantPast,
            command: .changeAccount(ChangeAccount(status: .frozen, reason: "")),
            decision: Decision(.done),
            actor: nil
        )

        static func position(_ epoch: UInt64, _ transaction: UInt64) -> EventPosition {
            EventPosition(
                epoch: epoch,
                transaction: transaction,
                account: account,
                sequence: 1,
                since: .distantPast
            )
        }
    }

    private static let filter = EventFilter(tenant: TenantID(high: 1, low: 1))

    private func page(_ next: EventFeed.Next) throws -> EventPage {
        guard case .page(let page) = next else {
            Issue.record("\(next) instead of a page")
            throw CancellationError()
        }
        return page
    }

    @Test func `who does not wait gets an empty page at the end at once`() async throws {
        let journal = Journal()
        let page = try page(await EventFeed(journal).next(Self.filter, after: nil, limit: 5))
        #expect(page.events.isEmpty && page.isAtEnd)
        #expect(journal.state.withLock { $0.asked } == 0)
    }

    @Test func `events of others are passed over until one's own come, or the end`() async throws {
        let journal = Journal { $0 == 95 }
        journal.state.withLock { $0.latest = 200 }
        let feed = EventFeed(journal)
        let first = try page(await feed.next(Self.filter, after: nil, limit: 5))
        #expect(first.events.map(\.position.transaction) == [95])
        let rest = try page(await feed.next(Self.filter, after: first.next, limit: 5))
        #expect(rest.events.isEmpty && rest.isAtEnd)
        #expect(rest.next.transaction == 200)
    }

    @Test func `who waits is woken by an event, and all who wait ask the ledger as one`() async throws {
        let journal = Journal()
        let feed = EventFeed(journal, mostWaitingOfTenant: 50)
        let started = ContinuousClock.now
        try await withThrowingTaskGroup(of: EventFeed.Next.self) { group in
            for _ in 0..<50 {
                group.addTask { try await feed.next(Self.filter, after: nil, limit: 5, wait: .seconds(60)) }
            }
            try await Task.sleep(for: .milliseconds(500))
            journal.state.withLock { $0.latest = 1 }
            for try await next in group { #expect(try page(next).events.count == 1) }
        }
        let spent = ContinuousClock.now - started
        #expect(spent < .seconds(60))
        #expect(journal.state.withLock { $0.asked } <= Int(spent / EventFeed.pause) + 2)
    }

    @Test func `a wait ends at its time, and when the process stops`() async throws {
        let feed = EventFeed(Journal())
        let started = ContinuousClock.now
        let page = try page(await feed.next(Self.filter, after: nil, limit: 5, wait: .milliseconds(200)))
        #expect(page.events.isEmpty)
        #expect(.now - started >= .milliseconds(200))
        let stopped = try await feed.next(Self.filter, after: nil, limit: 5, wait: .seconds(3_600)) { true }
        #expect(try self.page(stopped).events.isEmpty)
    }

    @Test(arguments: [(1, 2), (2, 1)])
    func `beyond the most who may wait one is refused, and served again once another has ended`(
        _ most: (inAll: Int, ofTenant: Int)
    ) async throws {
        let journal = Journal()
        let feed = EventFeed(journal, mostWaiting: most.inAll, mostWaitingOfTenant: most.ofTenant)
        let first = Task { [filter = Self.filter] in
            try await feed.next(filter, after: nil, limit: 5, wait: .seconds(3_600)) {
                journal.state.withLock { $0.isStopping }
            }
        }
        // Only who waits asks.
        while journal.state.withLock({ $0.asked }) == 0 { try await Task.sleep(for: .milliseconds(5)) }
        let second = try await feed.next(Self.filter, after: nil, limit: 5, wait: .seconds(3_600))
        guard case .tooManyWait = second else {
            Issue.record("\(second)")
            return
        }
        // Another tenant has its own places, but none beyond those of all.
        let stranger = EventFilter(tenant: TenantID(high: 2, low: 2))
        let third = try await feed.next(stranger, after: nil, limit: 5, wait: .milliseconds(1))
        switch third {
        case .page: #expect(most.inAll > 1)
        case .tooManyWait: #expect(most.inAll == 1)
        case .otherEpoch: Issue.record("\(third)")
        }
        journal.state.withLock { $0.isStopping = true }
        _ = try page(await first.value)
        #expect(try page(await feed.next(Self.filter, after: nil, limit: 5, wait: .milliseconds(1))).isAtEnd)
    }

    /// A journal of others' events that has no end. Who searches on waits at the gate, but not for ever.
    private final class Endless: EventReader {
        let searching = Atomic(0)
        let isOpen: Atomic<Bool>

        init(isOpen: Bool) { self.isOpen = Atomic(isOpen) }

        func events(_ filter: EventFilter, after start: EventPosition?, limit: Int) async throws -> EventPage? {
            if start != nil { searching.add(1, ordering: .relaxed) }
            var rounds = start == nil ? 1 : 20_000
            repeat {
                try await Task.sleep(for: .milliseconds(5))
                rounds -= 1
            } while rounds > 0 && !isOpen.load(ordering: .relaxed)
            let next = Journal.position(1, (start?.transaction ?? 0) + 1)
            return EventPage(events: [], next: next, isAtEnd: false)
        }

        func latestEventTransaction() async throws -> UInt64 { .max }
    }

    @Test func `a search takes its time and no more, however long one would wait`() async throws {
        let feed = EventFeed(Endless(isOpen: true))
        let started = ContinuousClock.now
        let page = try page(await feed.next(Self.filter, after: nil, limit: 5, wait: .seconds(3_600)))
        #expect(page.events.isEmpty && !page.isAtEnd && page.next.transaction > 1)
        #expect(.now - started < .seconds(600))
    }

    @Test func `of a tenant four search at once; others are given what was looked at, until one has ended`()
        async throws
    {
        let journal = Endless(isOpen: false)
        let feed = EventFeed(journal)
        try await withThrowingTaskGroup(of: EventFeed.Next.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await feed.next(Self.filter, after: nil, limit: 5) { journal.isOpen.load(ordering: .relaxed) }
                }
            }
            while journal.searching.load(ordering: .relaxed) < 4 { try await Task.sleep(for: .milliseconds(5)) }
            let fifth = try page(await feed.next(Self.filter, after: nil, limit: 5))
            #expect(fifth.next.transaction == 1 && !fifth.isAtEnd)
            journal.isOpen.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        let next = try page(await feed.next(Self.filter, after: nil, limit: 5))
        #expect(next.next.transaction > 1)
    }

    @Test func `a position of another epoch is told`() async throws {
        let journal = Journal()
        let next = try await EventFeed(journal).next(Self.filter, after: Journal.position(2, 1), limit: 5)
        guard case .otherEpoch = next else {
            Issue.record("\(next)")
            return
        }
    }
}

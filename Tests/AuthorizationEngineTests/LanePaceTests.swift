import AuthorizationCore
import Testing

@testable import AuthorizationEngine

/// What a lane can answer in time, by the pace of its last batches.
@Suite struct LanePaceTests {
    private static let start = ContinuousClock.now

    /// A lane that has run `count` batches of a length and begins another at `start`.
    private static func pace(_ length: Duration, _ count: Int) -> LanePace {
        var pace = LanePace()
        var time = start - length * count
        pace.batchEnded(time, next: true)
        for _ in 0..<count {
            time += length
            pace.batchEnded(time, next: true)
        }
        return pace
    }

    @Test func `an idle lane takes everything at once, however slow it was`() {
        var pace = Self.pace(.seconds(10), 50)
        #expect(pace.wait(behind: 0, Self.start) > .seconds(10))
        pace.batchEnded(Self.start + .seconds(10), next: false)
        #expect(pace.wait(behind: 100_000, Self.start) == .zero)
    }

    @Test func `what waits is decided in batches of the usual length, after the current one`() {
        let pace = Self.pace(.milliseconds(8), 200)
        let typical = pace.typical
        #expect(typical > .microseconds(7_900) && typical <= .milliseconds(8))
        #expect(pace.wait(behind: 0, Self.start) == typical * 2)
        #expect(pace.wait(behind: Limits.batchSize - 1, Self.start) == typical * 2)
        #expect(pace.wait(behind: Limits.batchSize * 3, Self.start) == typical * 5)
        #expect(pace.wait(behind: 0, Self.start + .milliseconds(3)) == typical * 2 - .milliseconds(3))
    }

    @Test func `a batch that takes too long may take as long again`() {
        let pace = Self.pace(.milliseconds(8), 200)
        #expect(pace.wait(behind: 0, Self.start + .seconds(2)) == .seconds(2) + pace.typical)
    }

    @Test func `one slow batch is forgotten`() {
        var pace = Self.pace(.milliseconds(8), 200)
        pace.batchEnded(Self.start + .seconds(4), next: true)
        #expect(pace.typical > .milliseconds(400))
        var time = Self.start + .seconds(4)
        for _ in 0..<40 {
            time += .milliseconds(8)
            pace.batchEnded(time, next: true)
        }
        #expect(pace.typical < .milliseconds(12))
    }

    @Test func `a request that cannot be answered in time is refused on arrival, a reversal never`() async throws {
        let inbox = LaneInbox()
        #expect(inbox.submit(.of(.purchase(1), deadline: .now + .seconds(1))))
        #expect(inbox.take(1)?.count == 1)
        // The lane is in its first batch, and longer than the request has time.
        try await Task.sleep(for: .milliseconds(30))
        #expect(!inbox.submit(.of(.purchase(1), deadline: .now + .milliseconds(20))))
        #expect(inbox.submit(.of(.purchase(1), deadline: .now + .seconds(3_600))))
        #expect(inbox.submit(.of(.reversal(of: "100:1", as: "400:1"), deadline: .now)))
    }

    @Test func `accounts are served in turn, so only as much is before a new one as the others have by then`() {
        var queue = LaneQueue()
        func add(_ count: Int, _ account: UInt64) {
            for _ in 0..<count {
                let isTaken = queue.append(.of(.purchase(1), account: Bench.account(account)))
                #expect(isTaken)
            }
        }
        #expect(queue.countBefore(Bench.account(1)) == 0)
        add(1_000, 1)
        #expect(queue.countBefore(Bench.account(1)) == 1_000)
        #expect(queue.countBefore(Bench.account(2)) == 1)
        add(5, 2)
        #expect(queue.countBefore(Bench.account(3)) == 2)
        #expect(queue.countBefore(Bench.account(2)) == 12)
    }
}

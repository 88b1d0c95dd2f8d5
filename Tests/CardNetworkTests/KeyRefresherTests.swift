import AuthorizationEngine
import CardNetwork
import Synchronization
import Testing

@Suite struct `Keys that are read again` {
    @Test func `are read once for all who ask meanwhile, one reading at a time`() async {
        let counts = Mutex((readings: 0, atOnce: 0, most: 0))
        let refresher = KeyRefresher(pause: .milliseconds(1)) {
            counts.withLock { $0 = ($0.readings + 1, $0.atOnce + 1, max($0.most, $0.atOnce + 1)) }
            try? await Task.sleep(for: .milliseconds(300))
            counts.withLock { $0.atOnce -= 1 }
            return true
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { await refresher.readAgain() } }
        }
        #expect(counts.withLock { $0.most } == 1)
        #expect((1...2).contains(counts.withLock { $0.readings }))
    }

    @Test func `are left alone for a pause after each reading`() async {
        let refresher = KeyRefresher(pause: .milliseconds(50)) { true }
        let start = ContinuousClock.now
        for _ in 0..<5 { await refresher.readAgain() }
        #expect(ContinuousClock.now - start >= .milliseconds(200))
    }

    @Test(arguments: [true, false]) func `are told by a reading that began after the question`(isRead: Bool) async {
        let refresher = KeyRefresher(pause: .milliseconds(1)) { isRead }
        for _ in 0..<3 {
            let asked = ContinuousClock.now
            let refresh = await withCheckedContinuation { told in
                refresher.readAgain { told.resume(returning: $0) }
            }
            #expect(refresh.began >= asked && refresh.isRead == isRead)
        }
    }
}

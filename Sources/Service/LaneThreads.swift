import AuthorizationCore
import AuthorizationEngine
import Foundation
import Logging
import PostgresLedger
import ServiceLifecycle
import Synchronization

/// The lanes' threads. They end when their inboxes are closed and empty.
final class LaneThreads: Sendable {
    /// Names this process in journal rows.
    let boot = EventID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
    let inboxes: [LaneInbox]
    let answers: [LaneAnswers]
    let metrics = LaneMetrics()
    private let running: Mutex<Int>

    init(count: Int, url: String, timeout: Duration, calendar: BusinessCalendar, logger: Logger) {
        inboxes = (0..<count).map { _ in LaneInbox() }
        running = Mutex(count)
        answers = inboxes.map { LaneAnswers(inbox: $0) }
        for (number, inbox) in inboxes.enumerated() {
            let settings = PostgresLaneStore.Settings(url: url, timeout: timeout, boot: boot, lane: Int16(number))
            let thread = Thread { [self] in
                // Its connection is closed when it is over: the process may end then, and its libraries with it.
                do {
                    Lane(
                        inbox: inbox,
                        store: PostgresLaneStore(settings),
                        answers: answers[number],
                        calendar: calendar,
                        metrics: metrics,
                        logger: logger
                    ).run()
                }
                running.withLock { $0 -= 1 }
            }
            thread.name = "aval lane \(number)"
            thread.start()
        }
    }

    var isRunning: Bool { running.withLock { $0 > 0 } }
}

/// Ends the lanes when the doors in front of them are closed, and waits for them.
struct LaneService: Service {
    let lanes: LaneThreads
    let engine: AuthorizationEngine

    func run() async throws {
        try? await gracefulShutdown()
        engine.close()
        while lanes.isRunning { try? await Task.sleep(for: .milliseconds(2)) }
    }
}

/// Looks after answers that were lost, of this process and of those that ended, until the lanes have ended.
struct AnswerService: Service {
    let sweeper: AnswerSweeper

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await sweeper.sweep()
                try? await Task.sleep(for: .seconds(2))
            }
        }
        await sweeper.finish()
    }
}

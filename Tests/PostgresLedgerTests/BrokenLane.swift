import AuthorizationCore
import AuthorizationEngine
import Foundation
import Logging
import PostgresLedger
import Synchronization
import TestSupport

/// A lane on an URL of a test's choice that counts the replies to each command.
final class BrokenLane: Sendable {
    struct NotAnswered: Error {}

    private let inbox = LaneInbox()
    private let isFinished = Atomic<Bool>(false)
    /// Names the lane's process.
    let boot = EventID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
    private let settings: PostgresLaneStore.Settings
    private let replies = Mutex<[EventID: [Reply]]>([:])

    /// - Parameter timeout: of a round trip; locks are waited for a quarter of it.
    init(_ url: String, timeout: Duration = .seconds(10)) {
        settings = PostgresLaneStore.Settings(url: url, timeout: timeout, boot: boot, lane: 7)
    }

    /// What was submitted before is one batch.
    func start() {
        let thread = Thread { [self] in
            var logger = Logger(label: "broken lane")
            logger.logLevel = .critical
            let store = PostgresLaneStore(settings)
            Lane(inbox: inbox, store: store, calendar: BusinessCalendar(), logger: logger).run()
            isFinished.store(true, ordering: .releasing)
        }
        thread.stackSize = 8 << 20
        thread.start()
    }

    @discardableResult
    func submit(_ command: Command, on account: AccountID?, within limit: Duration = .seconds(20)) -> EventID {
        let shard = account?.shard ?? Shard(truncating: 5)
        let id = EventID(at: .wallClock, shard: shard, entropy: .random(in: .min ... .max))
        let item = LaneItem(
            id: id,
            account: account,
            command: command,
            seed: .random(in: .min ... .max),
            deadline: .now + limit
        ) { [self] reply in replies.withLock { $0[id, default: []].append(reply) } }
        precondition(inbox.submit(item), "the inbox has room")
        return id
    }

    /// All replies to a command so far.
    func replies(to id: EventID) -> [Reply] { replies.withLock { $0[id] ?? [] } }

    /// Lets go of all replies, and of their answers' deliveries with them.
    func forgetReplies() { replies.withLock { $0 = [:] } }

    /// Waits for the first reply.
    func reply(to id: EventID) async throws -> Reply {
        for _ in 0..<3_000 {
            if let reply = replies(to: id).first { return reply }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw NotAnswered()
    }

    /// Lets the lane finish what it has.
    func close() async throws {
        inbox.close()
        for _ in 0..<3_000 {
            if isFinished.load(ordering: .acquiring) { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw NotAnswered()
    }
}

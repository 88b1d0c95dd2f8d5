import AuthorizationCore
import Logging

/// Marks the holds uncertain whose answers were lost with a process, this one's predecessor or another replica, and
/// reports again what the lanes of this one could not record.
package struct AnswerSweeper: Sendable {
    private struct NotRecorded: Error {}

    private static let recordsAtOnce = 128

    private let boot: EventID
    private let engine: AuthorizationEngine
    private let answers: [LaneAnswers]
    private let store: any UnansweredStore
    private let logger: Logger

    package init(
        boot: EventID,
        engine: AuthorizationEngine,
        answers: [LaneAnswers],
        store: any UnansweredStore,
        logger: Logger
    ) {
        self.boot = boot
        self.engine = engine
        self.answers = answers
        self.store = store
        self.logger = logger
    }

    /// Before the first batch: until then another process would take this one for ended.
    package func announce() async throws { try await store.announce(boot) }

    /// One round. What fails is left for the next.
    package func sweep() async {
        for answers in answers { answers.reports.sendUnrecorded() }
        do {
            try await store.announce(boot)
            for ended in try await store.ended(besides: boot) { try await settle(ended) }
        } catch {
            logger.warning("unanswered holds could not be looked for", metadata: ["problem": "\(error)"])
        }
    }

    /// After the lanes have ended: leaves nothing behind when every answer has left.
    package func finish() async {
        guard answers.allSatisfy({ $0.log.isEmpty }) else {
            logger.notice("answers were left unsent; the next start marks their holds uncertain")
            return
        }
        do {
            try await store.forget(boot)
        } catch {
            logger.warning("the lanes' rows could not be taken away", metadata: ["problem": "\(error)"])
        }
    }

    private func settle(_ ended: EventID) async throws {
        try await store.settle(ended) { holds in
            logger.notice(
                "a process ended without sending all answers; holds become uncertain",
                metadata: ["process": "\(ended)", "holds": "\(holds.count)"]
            )
            // A few at a time: the lanes have the ended process's load to carry too.
            for start in stride(from: 0, to: holds.count, by: Self.recordsAtOnce) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for hold in holds[start...].prefix(Self.recordsAtOnce) {
                        group.addTask { try await record(hold) }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    private func record(_ hold: UnansweredHold) async throws {
        let reply = await withCheckedContinuation { continuation in
            engine.submit(
                LaneItem(
                    recording: DeliveryRecord(authorization: hold.authorization, hasArrived: false),
                    on: hold.account
                ) { continuation.resume(returning: $0) }
            )
        }
        switch reply {
        case .decided, .keyConflict, .notFound, .misrouted: return
        case .late, .refused, .failed: throw NotRecorded()
        }
    }
}

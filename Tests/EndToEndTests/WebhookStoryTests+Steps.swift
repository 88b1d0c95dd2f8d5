import Foundation
import Synchronization
import TestSupport
import Testing

/// The process dies between any two steps of a delivery, held up there by locks.
extension WebhookStoryTests {
    private enum Step: CaseIterable {
        /// What is to be sent is not written down.
        case beforeTaking
        /// It is, and the process did not hear it.
        case whileTaking
        case beforeSending
        case beforeAnswer
        case beforeRecording
        case whileRecording
        case beforeNext
        case beforeDisabling
        case whileDisabling

        /// How often the event arrives: again where nobody could know that it had.
        var arrivals: Int {
            switch self {
            case .beforeAnswer, .beforeRecording: 2
            case .beforeTaking, .whileTaking, .beforeSending, .whileRecording, .beforeNext, .beforeDisabling,
                .whileDisabling:
                1
            }
        }

        /// Part of the statement at which the process is killed.
        var statement: String {
            switch self {
            case .beforeTaking, .whileTaking, .beforeSending: "WITH held AS (UPDATE webhook_endpoints"
            case .beforeAnswer, .beforeRecording, .whileRecording, .beforeNext, .beforeDisabling, .whileDisabling:
                "UPDATE webhook_endpoints SET lease = NULL"
            }
        }

        var isOfDisabling: Bool { self == .beforeDisabling || self == .whileDisabling }
    }

    /// Holds the process up at a step of the next delivery.
    private final class Stage: Sendable {
        private struct State {
            var step: Step?
            var server: AvalProcess?
            var locks: [SessionLock] = []
        }

        private let database: TestDatabase
        private let state = Mutex(State())

        init(_ database: TestDatabase) { self.database = database }

        private func lock(_ statement: String) -> SessionLock {
            let lock = SessionLock(statement, on: database)
            state.withLock { $0.locks.append(lock) }
            return lock
        }

        private static let ofEndpoint = "SELECT FROM webhook_endpoints WHERE types IS NULL FOR UPDATE"

        /// Until then the endpoint's lease cannot be ended.
        private func lockEndpoint() -> SessionLock { lock(Self.ofEndpoint) }

        /// To be called while nothing is under way.
        func set(_ step: Step, _ server: AvalProcess) throws {
            state.withLock { $0 = State(step: step, server: server) }
            switch step {
            case .beforeTaking, .whileTaking, .beforeSending:
                try lock("LOCK TABLE webhook_deliveries IN SHARE MODE").waitUntilHeld()
            case .beforeAnswer, .beforeRecording, .whileRecording, .beforeNext, .beforeDisabling, .whileDisabling: break
            }
        }

        /// What the endpoint answers.
        func answer() -> Int {
            let (step, server) = state.withLock { ($0.step, $0.server) }
            switch step {
            case nil, .beforeTaking, .whileTaking, .beforeSending: return 200
            case .beforeAnswer:
                if let server { kill(server.identifier, SIGKILL) }
                return 200
            case .beforeRecording, .whileRecording, .beforeNext:
                try? lockEndpoint().waitUntilHeld()
                return 200
            case .beforeDisabling, .whileDisabling:
                if server != nil { try? lockEndpoint().waitUntilHeld() }
                return 410
            }
        }

        /// Kills the process at the step, and lets the others go on.
        func end(at step: Step, _ server: AvalProcess) throws {
            if step == .beforeAnswer {
                #expect(server.wait() == SIGKILL)
                state.withLock { $0 = State() }
                return
            }
            try SessionLock.waitUntilBlocked(step.statement, on: database)
            switch step {
            case .beforeSending: try passOn(to: "LOCK TABLE webhook_deliveries IN ACCESS EXCLUSIVE MODE", "LOCK TABLE")
            case .beforeNext: try passOn(to: Self.ofEndpoint, "FOR UPDATE")
            case .beforeTaking, .whileTaking, .beforeAnswer, .beforeRecording, .whileRecording, .beforeDisabling,
                .whileDisabling:
                break
            }
            #expect(server.crash() == SIGKILL)
            switch step {
            case .beforeTaking, .beforeRecording, .beforeDisabling:
                try SessionLock.endBlocked(step.statement, on: database)
            case .whileTaking, .beforeSending, .beforeAnswer, .whileRecording, .beforeNext, .whileDisabling: break
            }
            goOn(with: step.isOfDisabling ? step : nil)
        }

        private func goOn(with step: Step?) {
            let locks = state.withLock { state in
                defer { state = State(step: step) }
                return state.locks
            }
            for lock in locks { lock.release() }
        }

        /// Lets the statement that waits through, and has the lock again before the next one: locks are given in turn.
        private func passOn(to statement: String, _ text: String) throws {
            let first = state.withLock { $0.locks }
            let next = lock(statement)
            try SessionLock.waitUntilBlocked(text, on: database)
            for lock in first { lock.release() }
            try next.waitUntilHeld()
        }

        /// The endpoint takes everything again.
        func mend() { goOn(with: nil) }
    }

    @Test func `a process that is killed between any two steps loses nothing, and repeats what nobody could know`()
        async throws
    {
        // A lock's transaction holds back the events of all databases of its cluster, and programs' new versions.
        let stores = try await onOwnThread { try PrivateStores() }
        defer { withExtendedLifetime(stores) {} }
        let installation = try AvalProcess.Installation.make(try .make(on: stores.cluster))
        let database = installation.database
        let stage = Stage(database)
        let receiver = try WebhookReceiver { _, _ in (stage.answer(), [], []) }
        let other = try WebhookReceiver()
        defer {
            stage.mend()
            receiver.stop()
            other.stop()
        }
        // Given up, a statement that a lock holds up would leave a lease, and hide its endpoint from the next one.
        var server = try AvalProcess.patient(installation, Self.allowing)
        var client = Client(server, installation)
        let path = "/v1/webhook-endpoints"
        let made = try await client.post(path, #"{"url":"http://127.0.0.1:\#(receiver.port)/"}"#).expecting(201)
        let told = #"{"url":"http://127.0.0.1:\#(other.port)/","event_types":["webhook.disabled"]}"#
        _ = try await client.post(path, told).expecting(201)
        let card = try await client.openAccount(funded: 1_000_000).card
        for step in Step.allCases {
            // By now the process has prepared its statements.
            #expect(try await client.authorize(card, 100).status == 201)
            try await Self.waitUntilSettled(receiver, database)
            try stage.set(step, server)
            #expect(try await client.authorize(card, 100).status == 201)
            let newest = "SELECT 'evt_' || replace(id::text, '-', '') FROM journal ORDER BY xid DESC, seq DESC LIMIT 1"
            let event = try #require(try database.texts(newest).first)
            let dying = server
            try await onOwnThread { try stage.end(at: step, dying) }
            let sent = receiver.messages.count { Self.id($0) == event }
            #expect((sent == 0) == (step.statement.contains("held")), "\(step)")
            // A lease that its process took with it is not waited for.
            try database.damage("UPDATE webhook_endpoints SET leased_until = NULL")
            server = try AvalProcess.patient(installation, Self.allowing)
            client = Client(server, installation)
            if step.isOfDisabling {
                try await Self.waitUntil { try database.texts(Self.disabled) == ["1"] }
                stage.mend()
                _ = try await client.post("\(path)/\(made.text("id"))/changes", #"{"enabled":true}"#).expecting(200)
            }
            try await Self.waitUntilSettled(receiver, database)
            let arrivals = receiver.messages.count { Self.id($0) == event && $0.status == 200 }
            #expect(arrivals == step.arrivals, "\(step)")
        }
        Self.checkOrder(receiver.messages.filter { $0.status == 200 })
        let kept = "SELECT 'evt_' || replace(id::text, '-', '') FROM webhook_notices"
        let notices = try database.texts(kept)
        #expect(notices.count == 2)
        try await Self.waitUntil { Set(other.messages.map(Self.id)) == Set(notices) }
        #expect(other.messages.allSatisfy { $0.field("type") as? String == "webhook.disabled" })
        #expect(server.stop() == 0)
    }

    private static let disabled = "SELECT count(*)::text FROM webhook_endpoints WHERE disabled_reason = 3"

    private static func waitUntil(_ isDone: () throws -> Bool) async throws {
        for _ in 0..<2_400 {
            if try isDone() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw AvalProcess.Problem(description: "what was waited for does not come to pass")
    }

    /// All of the journal has arrived, and after that nothing is on its way.
    private static func waitUntilSettled(_ receiver: WebhookReceiver, _ database: TestDatabase) async throws {
        try await waitUntil {
            try arrived(receiver) == journal(database) && database.texts(onTheWay) == ["0"]
        }
    }

    private static let onTheWay = """
        SELECT count(*)::text FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
        WHERE e.types IS NULL
        """
}

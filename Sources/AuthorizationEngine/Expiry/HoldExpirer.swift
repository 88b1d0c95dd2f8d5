import AuthorizationCore
import Logging
import Synchronization

/// Ends holds whose time has run out, through their accounts' lanes. Any number of processes may run one: a hold that
/// another has ended is refused, and nothing is written.
package final class HoldExpirer: Sendable {
    /// Authorizations read by one statement.
    private static let pageLength = 256
    /// Commands under way at once: the lanes have payments to carry.
    private static let commandsAtOnce = 32
    private static let longestWait = Duration.seconds(60)

    private let lifetimes: HoldLifetimes
    private let engine: AuthorizationEngine
    private let store: any PendingHoldStore
    private let logger: Logger
    private let counts = Mutex((expired: 0, failed: 0))

    package init(_ lifetimes: HoldLifetimes, engine: AuthorizationEngine, store: any PendingHoldStore, logger: Logger) {
        self.lifetimes = lifetimes
        self.engine = engine
        self.store = store
        self.logger = logger
    }

    /// One walk through all that is pending, page by page, and one through each sandbox by its clock. What fails is left
    /// for the next.
    package func walk() async {
        await recordingFailure { try await walk(nil, at: .wallClock) }
        await recordingFailure {
            for program in try await store.sandboxes() {
                await recordingFailure { try await walk(inSandbox: program) }
            }
        }
    }

    private func recordingFailure(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            counts.withLock { $0.failed += 1 }
            logger.warning("holds could not be looked through", metadata: ["problem": "\(error)"])
        }
    }

    /// Ends what is due by the clock of a sandbox.
    package func walk(inSandbox program: Program) async throws {
        try await walk(program.id, at: program.clock(at: .wallClock))
    }

    private func walk(_ program: ProgramID?, at now: Instant) async throws {
        let latest = now - .seconds(86_400 * Int64(lifetimes.shortest))
        var position = PendingPosition.start
        while !Task.isCancelled {
            let page = try await store.pending(of: program, before: latest, after: position, limit: Self.pageLength)
            await expire(page.filter { lifetimes.end(of: $0.authorization) <= now })
            guard page.count == Self.pageLength, let last = page.last?.authorization else { return }
            position = PendingPosition(createdAt: last.createdAt, authorization: last.id)
        }
    }

    private func expire(_ due: [(account: AccountID, authorization: Authorization)]) async {
        for start in stride(from: 0, to: due.count, by: Self.commandsAtOnce) {
            await withDiscardingTaskGroup { group in
                for hold in due[start...].prefix(Self.commandsAtOnce) {
                    group.addTask { await self.expire(hold.authorization.id, of: hold.account) }
                }
            }
        }
    }

    private func expire(_ authorization: AuthorizationID, of account: AccountID) async {
        let reply = await withCheckedContinuation { continuation in
            engine.submit(
                LaneItem(
                    id: engine.newEventID(for: account),
                    account: account,
                    command: .expire(ExpireHold(authorization, lifetimes)),
                    seed: .random(in: .min ... .max),
                    deadline: .now + Self.longestWait
                ) { continuation.resume(returning: $0) }
            )
        }
        switch reply {
        case .decided(let answer):
            guard case .acknowledged = answer.decision.outcome else { return }
            counts.withLock { $0.expired += 1 }
        case .keyConflict, .notFound, .misrouted, .late, .refused, .failed:
            counts.withLock { $0.failed += 1 }
        }
    }

    /// Prometheus text, exposition format 0.0.4.
    package var text: String {
        let counts = counts.withLock { $0 }
        return """
            # HELP aval_holds_expired_total Holds that ended because nothing settled them in time.
            # TYPE aval_holds_expired_total counter
            aval_holds_expired_total \(counts.expired)
            # HELP aval_hold_expiry_failures_total Holds, or walks through them, that are left for the next walk.
            # TYPE aval_hold_expiry_failures_total counter
            aval_hold_expiry_failures_total \(counts.failed)

            """
    }
}

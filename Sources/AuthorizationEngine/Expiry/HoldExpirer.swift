import AuthorizationCore
import Logging
import Synchronization

/// Ends holds whose time has run out, through their accounts' lanes. Any number of processes may run one: a hold that
/// another has ended is refused, and nothing is written.
package final class HoldExpirer: Sendable {
    /// Authorizations read by one statement.
    private static let pageLength = 256
    /// Commands of a walk under way at once: the lanes have payments to carry.
    private static let commandsAtOnce = 32
    private static let longestWait = Duration.seconds(60)
    /// Accounts of a sandbox that are looked through by one statement.
    private static let accountsAtOnce = 64
    /// For one sandbox of a walk through all.
    private static let longestSandbox = Duration.seconds(600)

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

    /// One walk through all that is pending, page by page. What fails is left for the next.
    package func walkThroughAll() async {
        await recordingFailure { try await expireAllDue() }
    }

    /// One walk through each sandbox by its clock. What fails is left for the next.
    package func walkThroughSandboxes() async {
        await recordingFailure {
            for program in try await store.sandboxes() {
                await recordingFailure { _ = try await walkThrough(program, until: .now + Self.longestSandbox) }
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

    private func expireAllDue() async throws {
        let now = Instant.wallClock
        var position = PendingPosition.start
        while !Task.isCancelled {
            let page = try await store.pending(before: latest(at: now), after: position, limit: Self.pageLength)
            _ = await expireDue(of: page, at: now, until: nil)
            guard page.count == Self.pageLength, let last = page.last?.authorization else { return }
            position = PendingPosition(createdAt: last.createdAt, authorization: last.id)
        }
    }

    /// Ends what is due by the clock of a sandbox.
    ///
    /// - Returns: false when the time was up first, or lanes did not take what is due: another walk finds the rest.
    package func walkThrough(_ sandbox: Program, until deadline: ContinuousClock.Instant) async throws -> Bool {
        let now = sandbox.clock(at: .wallClock)
        var last: AccountID?
        while true {
            let accounts = try await store.accounts(of: sandbox.id, after: last, limit: Self.accountsAtOnce)
            guard try await expirePending(of: accounts, at: now, until: deadline) else { return false }
            guard accounts.count == Self.accountsAtOnce else { return true }
            last = accounts.last
        }
    }

    private func expirePending(
        of accounts: [AccountID],
        at now: Instant,
        until deadline: ContinuousClock.Instant
    ) async throws -> Bool {
        var last: AuthorizationID?
        while .now < deadline, !Task.isCancelled {
            let page = try await store.pending(
                of: accounts,
                before: latest(at: now),
                after: last,
                limit: Self.pageLength
            )
            guard await expireDue(of: page, at: now, until: deadline) else { return false }
            guard page.count == Self.pageLength, let end = page.last else { return true }
            last = end.authorization.id
        }
        return false
    }

    /// What was made later is due at no time yet.
    private func latest(at now: Instant) -> Instant { now - .seconds(86_400 * Int64(lifetimes.shortest)) }

    /// - Parameter deadline: what is not begun by then is left; nil for none.
    /// - Returns: whether all that is due was decided.
    private func expireDue(
        of page: [(account: AccountID, authorization: Authorization)],
        at now: Instant,
        until deadline: ContinuousClock.Instant?
    ) async -> Bool {
        var isDone = true
        let due = page.filter { lifetimes.end(of: $0.authorization) <= now }
        for start in stride(from: 0, to: due.count, by: Self.commandsAtOnce) {
            let latest = ContinuousClock.now + Self.longestWait
            let end = deadline.map { min($0, latest) } ?? latest
            guard .now < end else { return false }
            let decided = await withTaskGroup(of: Bool.self) { group in
                for hold in due[start...].prefix(Self.commandsAtOnce) {
                    group.addTask { await self.submit(hold.authorization.id, of: hold.account, until: end) }
                }
                return await group.reduce(true) { $0 && $1 }
            }
            isDone = isDone && decided
        }
        return isDone
    }

    /// - Returns: whether it was decided.
    private func submit(
        _ authorization: AuthorizationID,
        of account: AccountID,
        until deadline: ContinuousClock.Instant
    ) async -> Bool {
        let reply = await withCheckedContinuation { continuation in
            engine.submit(
                LaneItem(
                    id: engine.newEventID(for: account),
                    account: account,
                    command: .expire(ExpireHold(authorization, lifetimes)),
                    seed: .random(in: .min ... .max),
                    deadline: deadline
                ) { continuation.resume(returning: $0) }
            )
        }
        switch reply {
        case .decided(let answer):
            if case .acknowledged = answer.decision.outcome { counts.withLock { $0.expired += 1 } }
            return true
        case .keyConflict, .notFound, .misrouted, .late, .refused, .failed:
            counts.withLock { $0.failed += 1 }
            return false
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

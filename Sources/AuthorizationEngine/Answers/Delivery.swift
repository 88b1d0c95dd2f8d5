import AuthorizationCore
import DequeModule
import Synchronization

/// An approval on its way to whoever asked. Whoever sends it says when it has left. When it is let go of without that,
/// however that came about, it counts as lost, and the hold becomes uncertain.
package final class Delivery: Sendable {
    private let report: DeliveryReport
    private let reports: DeliveryReports
    /// The answer was given before: that it arrives settles the uncertainty about the first time.
    private let isRepeated: Bool
    private let isTold = Atomic<Bool>(false)

    init(_ report: DeliveryReport, isRepeated: Bool, to reports: DeliveryReports) {
        self.report = report
        self.isRepeated = isRepeated
        self.reports = reports
    }

    /// The answer was handed over to the other side's machine, or nobody doubts that it will be.
    package func complete() {
        guard !isTold.exchange(true, ordering: .relaxed), isRepeated else { return }
        reports.send(report, hasArrived: true)
    }

    /// The answer will not be sent.
    package func lose() {
        if !isTold.exchange(true, ordering: .relaxed) { reports.send(report, hasArrived: false) }
    }

    deinit { lose() }
}

/// Whose answer it is, with its batch, which is open until the report is recorded or not needed.
struct DeliveryReport: Sendable {
    var account: AccountID
    var authorization: AuthorizationID
    var batch: OpenBatch?
}

/// Takes reports of answers to their accounts' lane, and keeps those that the lane could not take for another time.
package final class DeliveryReports: Sendable {
    private struct Unrecorded {
        var report: DeliveryReport
        var hasArrived: Bool
    }

    private let inbox: LaneInbox
    private let unrecorded = Mutex<Deque<Unrecorded>>([])

    package init(inbox: LaneInbox) { self.inbox = inbox }

    /// Sends again what the lane could not take, as much as it takes at once.
    package func sendUnrecorded() {
        let reports = unrecorded.withLock { unrecorded in
            let first = Array(unrecorded.prefix(Limits.backgroundQueueLength))
            unrecorded.removeFirst(first.count)
            return first
        }
        for unrecorded in reports { send(unrecorded.report, hasArrived: unrecorded.hasArrived) }
    }

    func send(_ report: DeliveryReport, hasArrived: Bool) {
        let item = LaneItem(
            recording: DeliveryRecord(authorization: report.authorization, hasArrived: hasArrived),
            on: report.account
        ) { [self] reply in
            switch reply {
            case .decided, .keyConflict, .notFound, .misrouted: break
            case .late, .refused, .failed: keep(Unrecorded(report: report, hasArrived: hasArrived))
            }
        }
        if !inbox.submit(item) { item.answer(.refused) }
    }

    private func keep(_ report: Unrecorded) {
        let isKept = unrecorded.withLock { unrecorded in
            guard unrecorded.count < Limits.unrecordedDeliveries else { return false }
            unrecorded.append(report)
            return true
        }
        // The next start marks what the batch holds.
        if !isKept { report.report.batch?.leaveOpen() }
    }
}

extension LaneItem {
    /// Has what became of an answer recorded. Nothing waits for it, so it may come late.
    convenience init(
        recording delivery: DeliveryRecord,
        on account: AccountID,
        reply: @escaping @Sendable (Reply) -> Void
    ) {
        self.init(
            id: EventID(at: .wallClock, shard: account.shard, entropy: .random(in: .min ... .max)),
            account: account,
            command: .recordDelivery(delivery),
            seed: 0,
            deadline: .now + .seconds(3_600),
            reply: reply
        )
    }
}

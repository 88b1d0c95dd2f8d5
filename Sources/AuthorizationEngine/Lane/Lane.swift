import AuthorizationCore
import Foundation
import Logging
import Synchronization

/// One thread with one connection to the ledger. It takes whatever waits, decides it in one transaction, and
/// answers when that is durable: an idle lane answers one command in one transaction, a busy one shares each commit
/// among hundreds. There is no timer.
package final class Lane<Store: LaneStore> {
    let inbox: LaneInbox
    let store: Store
    let metrics: LaneMetrics
    let logger: Logger
    private let answers: LaneAnswers
    private let calendar: BusinessCalendar

    package init(
        inbox: LaneInbox,
        store: Store,
        answers: LaneAnswers? = nil,
        calendar: BusinessCalendar,
        metrics: LaneMetrics = LaneMetrics(),
        logger: Logger
    ) {
        self.inbox = inbox
        self.store = store
        self.answers = answers ?? LaneAnswers(inbox: inbox)
        self.calendar = calendar
        self.metrics = metrics
        self.logger = logger
    }

    /// Serves until the inbox is closed and empty. Blocks its thread.
    package func run() {
        while let items = inbox.take(Limits.batchSize) {
            let held = items.filter { $0.skips.load(ordering: .relaxed) >= Limits.lockSkips }
            let heldAccounts = Set(held.map(\.account))
            let (patient, fresh) = items.partitioned { heldAccounts.contains($0.account) }
            if !fresh.isEmpty { serve(fresh, waitingForLocks: false) }
            // A batch never waits for one account while it holds another.
            for alone in patient.grouped(by: \.account) { serve(alone, waitingForLocks: true) }
        }
    }

    /// Runs items until each is answered or put back. What fails is run again as long as deadlines allow.
    func serve(_ items: [LaneItem], waitingForLocks: Bool) {
        var items = items
        for attempt in 1...Limits.batchAttempts {
            let batch = answers.log.open(at: .wallClock)
            do {
                try runOnce(&items, waitingForLocks: waitingForLocks, batch)
                return
            } catch {
                logger.warning("a batch did not commit", metadata: ["problem": "\(error)", "attempt": "\(attempt)"])
                guard let remaining = recover(items, from: error, attempt: attempt, batch) else { return }
                items = remaining
            }
        }
        for item in items { item.answer(.refused) }
    }

    /// - Parameter items: those that the transaction is about; what another session holds is taken out and put back.
    private func runOnce(
        _ items: inout [LaneItem],
        waitingForLocks: Bool,
        _ batch: OpenBatch
    ) throws(StoreFailure) {
        let start = ContinuousClock.now
        let loaded = try store.begin(BatchRequest(items, waitingForLocks: waitingForLocks))
        let (ready, skipped) = items.partitioned { item in
            item.account.map { loaded.locked.contains($0) || loaded.states[$0] == nil } ?? true
        }
        items = ready
        putBack(skipped)
        var fold = BatchFold(loaded, clock: BatchClock(calendar: calendar))
        let replies = ready.map { fold.decide($0) }
        let writes = fold.writes()
        if writes.isEmpty {
            try store.rollback()
        } else {
            try store.commit(writes, batch.record)
        }
        metrics.recordBatch(of: ready.count, .now - start)
        for (item, reply) in zip(ready, replies) { answer(item, reply, batch) }
    }

    /// Items whose account another session holds wait for another batch, first in the queues of their accounts.
    func putBack(_ items: [LaneItem]) {
        guard let waiting = stillDue(items) else { return }
        for item in waiting { item.skips.wrappingAdd(1, ordering: .relaxed) }
        inbox.putBack(waiting)
    }

    func answer(_ item: LaneItem, _ reply: Reply, _ batch: OpenBatch) {
        guard case .decided(var answer) = reply else { return item.answer(reply) }
        answer.delivery = delivery(of: answer, item.account, batch)
        item.answer(.decided(answer))
    }

    /// Nil for what is no approval.
    func delivery(of answer: Answer, _ account: AccountID?, _ batch: OpenBatch) -> Delivery? {
        guard case .approved(let approval) = answer.decision.outcome, let account else { return nil }
        return Delivery(
            DeliveryReport(
                account: account,
                authorization: approval.authorization,
                batch: answer.isRepeated ? nil : batch
            ),
            isRepeated: answer.isRepeated,
            to: answers.reports
        )
    }
}

/// What a lane knows of its answers' ways.
package final class LaneAnswers: Sendable {
    package let log = AnswerLog()
    package let reports: DeliveryReports

    package init(inbox: LaneInbox) { reports = DeliveryReports(inbox: inbox) }
}

extension Array {
    /// Elements that match and those that do not, each in their order.
    func partitioned(by matches: (Element) -> Bool) -> (matching: [Element], other: [Element]) {
        var matching: [Element] = []
        var other: [Element] = []
        for element in self {
            if matches(element) { matching.append(element) } else { other.append(element) }
        }
        return (matching, other)
    }

    /// Runs of elements with the same key, in the order in which keys first appear.
    func grouped<Key: Hashable>(by key: (Element) -> Key) -> [[Element]] {
        var order: [Key] = []
        var groups: [Key: [Element]] = [:]
        for element in self {
            if groups[key(element)] == nil { order.append(key(element)) }
            groups[key(element), default: []].append(element)
        }
        return order.compactMap { groups[$0] }
    }
}

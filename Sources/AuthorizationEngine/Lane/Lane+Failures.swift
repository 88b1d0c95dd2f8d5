import AuthorizationCore
import Foundation
import Logging
import Synchronization

extension Lane {
    /// Does what a failure asks for. Returns what is still to be run; nil when everything is answered or put back.
    func recover(_ items: [LaneItem], from failure: StoreFailure, attempt: Int, _ batch: OpenBatch) -> [LaneItem]? {
        let isUnknownOutcome = if case .outcomeUnknown = failure { true } else { false }
        metrics.recordFailure(isUnknownOutcome: isUnknownOutcome)
        switch failure {
        case .conflict, .clientKeyTaken:
            return stillDue(items)
        case .locked:
            // Others are served meanwhile.
            for item in items { item.skips.store(0, ordering: .relaxed) }
            putBack(items)
            return nil
        case .contentRefused(let problem, let refusal):
            guard items.count == 1, let culprit = items.first else {
                serve(Array(items.prefix(items.count / 2)), waitingForLocks: false)
                serve(Array(items.suffix(items.count - items.count / 2)), waitingForLocks: false)
                return nil
            }
            return refuse(culprit, problem, refusal) ? nil : items
        case .unavailable:
            reconnect(attempt)
            return stillDue(items)
        case .outcomeUnknown:
            return settle(items, batch)
        }
    }

    /// A request fails alone; what must be accepted is kept for an operator. False when even that did not work.
    private func refuse(_ item: LaneItem, _ problem: String, _ refusal: Refusal?) -> Bool {
        func decided(_ decision: Decision) -> Reply {
            .decided(Answer(event: item.id, decidedAt: .wallClock, decision: decision, isRepeated: false))
        }
        guard item.mustBeAccepted else {
            item.answer(refusal.map { decided(.refused($0)) } ?? .failed)
            return true
        }
        do {
            try store.park(item, problem: problem)
            item.answer(decided(Decision(.acknowledged(.exception(.amountOutOfRange), nil))))
            return true
        } catch {
            logger.error("a command could not be parked", metadata: ["problem": "\(error)"])
            reconnect(1)
            return false
        }
    }

    /// After a COMMIT without an answer nothing is answered and nothing refused until the journal tells, account by
    /// account. Returns what was not committed and is still due.
    private func settle(_ items: [LaneItem], _ batch: OpenBatch) -> [LaneItem]? {
        var unsettled = items.grouped(by: \.account)
        var remaining: [LaneItem] = []
        var attempt = 1
        reconnect(attempt)
        while let group = unsettled.first {
            unsettled.removeFirst()
            do {
                let answers = try store.findAnswers(group)
                remaining += answer(group, answers, batch)
            } catch {
                logger.warning("an unknown outcome is not settled yet", metadata: ["problem": "\(error)"])
                unsettled.append(group)
                attempt += 1
                reconnect(attempt)
            }
        }
        return stillDue(remaining)
    }

    /// Answers what was committed, in time or as late; returns the rest.
    private func answer(_ items: [LaneItem], _ answers: [EventID: Answer], _ batch: OpenBatch) -> [LaneItem] {
        items.filter { item in
            guard let found = answers[item.id] else { return true }
            if item.mustBeAccepted || item.deadline > .now {
                answer(item, .decided(found), batch)
            } else {
                // Nobody waits for it any more: the hold becomes uncertain.
                delivery(of: found, item.account, batch)?.lose()
                item.answer(.late)
            }
            return false
        }
    }

    private func reconnect(_ attempt: Int) {
        // 10, 20, 40 … ms, at most 640: shorter than any network's deadline.
        Thread.sleep(forTimeInterval: 0.01 * Double(1 << min(attempt - 1, 6)))
        do {
            try store.reconnect()
        } catch {
            logger.error("the ledger's database does not answer", metadata: ["problem": "\(error)"])
        }
    }

    /// Answers requests whose time is up and returns the rest; nil when nothing is left.
    func stillDue(_ items: [LaneItem]) -> [LaneItem]? {
        let now = ContinuousClock.now
        let (due, late) = items.partitioned { $0.mustBeAccepted || $0.deadline > now }
        for item in late { item.answer(.late) }
        return due.isEmpty ? nil : due
    }
}

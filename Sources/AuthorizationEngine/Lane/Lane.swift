import AuthorizationCore
import Foundation
import Logging
import Synchronization

/// One thread with one connection to the ledger. It takes whatever waits, decides it in one transaction, and
/// answers when that is durable: an idle lane answers one command in one transaction, a busy one shares each commit
/// among hundreds. There is no timer.
package final class Lane<Store: LaneStore> {
    private let inbox: LaneInbox
    private let store: Store
    private let calendar: BusinessCalendar
    private let metrics: LaneMetrics
    private let logger: Logger

    package init(
        inbox: LaneInbox,
        store: Store,
        calendar: BusinessCalendar,
        metrics: LaneMetrics = LaneMetrics(),
        logger: Logger
    ) {
        self.inbox = inbox
        self.store = store
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

    private func serve(_ items: [LaneItem], waitingForLocks: Bool) {
        var items = items
        for attempt in 1...Limits.batchAttempts {
            do {
                try runOnce(items, waitingForLocks: waitingForLocks)
                return
            } catch {
                logger.warning("a batch did not commit", metadata: ["problem": "\(error)", "attempt": "\(attempt)"])
                guard let remaining = recover(items, from: error, attempt: attempt) else { return }
                items = remaining
            }
        }
        giveUp(items)
    }

    private func runOnce(_ items: [LaneItem], waitingForLocks: Bool) throws(StoreFailure) {
        let start = ContinuousClock.now
        let loaded = try store.begin(request(for: items, waitingForLocks: waitingForLocks))
        let (ready, skipped) = items.partitioned { item in
            item.account.map { loaded.locked.contains($0) || loaded.states[$0] == nil } ?? true
        }
        var fold = BatchFold(loaded, clock: BatchClock(calendar: calendar))
        let replies = ready.map { fold.decide($0) }
        let writes = fold.writes()
        if writes.isEmpty {
            try store.rollback()
        } else {
            try store.commit(writes)
        }
        metrics.recordBatch(of: ready.count, .now - start)
        if !skipped.isEmpty {
            for item in skipped { item.skips.wrappingAdd(1, ordering: .relaxed) }
            inbox.putBack(skipped)
        }
        for (item, reply) in zip(ready, replies) { item.answer(reply) }
    }

    private func request(for items: [LaneItem], waitingForLocks: Bool) -> BatchRequest {
        var request = BatchRequest()
        request.waitsForLocks = waitingForLocks
        var accounts: Set<AccountID> = []
        for item in items {
            if let client = item.client { request.clientKeys.append(client.key) }
            guard let account = item.account else { continue }
            accounts.insert(account)
            if let message = item.command.message {
                request.keys.append(AccountKey(account: account, key: message.key))
            }
            switch item.command {
            case .authorize(let authorization): request.add(authorization, of: account)
            case .changeCard(let change): request.cards.append(AccountCard(account: account, card: change.card))
            case .reverse(let reversal): request.add(reversal.target, of: account)
            case .advise(let advice): request.add(advice, of: account)
            case .clear(let clearing): request.authorizations.append(clearing.authorization)
            case .openAccount, .changeAccount, .fund, .issueCard: break
            }
        }
        request.keys += request.originals
        request.accounts = accounts.sorted()
        // A day of any time zone that holds now started less than 26 hours ago, and one of the account's last
        // decision, which a slow clock may have put ahead, later.
        request.countersFrom = Instant(microseconds: Instant.wallClock.microseconds - 26 * 3_600_000_000)
        return request
    }
}

// MARK: - Failures

extension Lane {
    /// Does what a failure asks for. Returns what is still to be run; nil when everything is answered.
    private func recover(_ items: [LaneItem], from failure: StoreFailure, attempt: Int) -> [LaneItem]? {
        let isUnknownOutcome = if case .outcomeUnknown = failure { true } else { false }
        metrics.recordFailure(isUnknownOutcome: isUnknownOutcome)
        switch failure {
        case .conflict, .clientKeyTaken:
            return stillDue(items)
        case .contentRefused(let problem):
            guard items.count == 1, let culprit = items.first else {
                serve(Array(items.prefix(items.count / 2)), waitingForLocks: false)
                serve(Array(items.suffix(items.count - items.count / 2)), waitingForLocks: false)
                return nil
            }
            return refuse(culprit, problem) ? nil : items
        case .unavailable:
            reconnect(attempt)
            return stillDue(items)
        case .outcomeUnknown:
            return settle(items)
        }
    }

    /// A request fails alone; what must be accepted is kept for an operator. False when even that did not work.
    private func refuse(_ item: LaneItem, _ problem: String) -> Bool {
        guard item.mustBeAccepted else {
            item.answer(.failed)
            return true
        }
        do {
            try store.park(item, problem: problem)
            let outcome = Outcome.acknowledged(.exception(.amountOutOfRange), nil)
            item.answer(
                .decided(
                    Answer(event: item.id, decidedAt: .wallClock, decision: Decision(outcome), isRepeated: false)
                )
            )
            return true
        } catch {
            logger.error("a command could not be parked", metadata: ["problem": "\(error)"])
            reconnect(1)
            return false
        }
    }

    /// After a COMMIT without an answer nothing is answered and nothing refused until the journal tells.
    private func settle(_ items: [LaneItem]) -> [LaneItem]? {
        var attempt = 0
        while true {
            attempt += 1
            reconnect(attempt)
            do {
                let answers = try store.findAnswers(items)
                var remaining: [LaneItem] = []
                for item in items {
                    if let answer = answers[item.id] {
                        item.answer(item.mustBeAccepted || item.deadline > .now ? .decided(answer) : .late)
                    } else {
                        remaining.append(item)
                    }
                }
                return stillDue(remaining)
            } catch {
                logger.warning("an unknown outcome is not settled yet", metadata: ["problem": "\(error)"])
            }
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
    private func stillDue(_ items: [LaneItem]) -> [LaneItem]? {
        let now = ContinuousClock.now
        let (due, late) = items.partitioned { $0.mustBeAccepted || $0.deadline > now }
        for item in late { item.answer(.late) }
        return due.isEmpty ? nil : due
    }

    private func giveUp(_ items: [LaneItem]) {
        for item in items { item.answer(.refused) }
    }
}

extension Array {
    /// Elements that match and those that do not, each in their order.
    fileprivate func partitioned(by matches: (Element) -> Bool) -> (matching: [Element], other: [Element]) {
        var matching: [Element] = []
        var other: [Element] = []
        for element in self {
            if matches(element) { matching.append(element) } else { other.append(element) }
        }
        return (matching, other)
    }

    /// Runs of elements with the same key, in the order in which keys first appear.
    fileprivate func grouped<Key: Hashable>(by key: (Element) -> Key) -> [[Element]] {
        var order: [Key] = []
        var groups: [Key: [Element]] = [:]
        for element in self {
            if groups[key(element)] == nil { order.append(key(element)) }
            groups[key(element), default: []].append(element)
        }
        return order.compactMap { groups[$0] }
    }
}

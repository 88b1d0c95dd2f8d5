import AuthorizationCore
import DequeModule

/// Commands that wait, first in first out for each account, with the accounts served in turn: one busy account
/// cannot keep the others waiting.
struct LaneQueue {
    /// Nil stands for all requests without an account.
    private var waiting: [AccountID?: Deque<LaneItem>] = [:]
    private var turn: Deque<AccountID?> = []
    private(set) var count = 0

    /// All that wait, in no order.
    var items: [LaneItem] { waiting.values.flatMap { $0 } }

    /// False when the queue is full for this kind of command.
    mutating func append(_ item: LaneItem) -> Bool {
        guard count < Self.capacity(for: item) else { return false }
        enter(item) { $0.append(item) }
        return true
    }

    private mutating func enter(_ item: LaneItem, _ insert: (inout Deque<LaneItem>) -> Void) {
        count += 1
        if waiting[item.account] == nil { turn.append(item.account) }
        insert(&waiting[item.account, default: []])
    }

    private static func capacity(for item: LaneItem) -> Int {
        if item.mustBeAccepted { return Limits.queueLength }
        if item.isBackground { return Limits.backgroundQueueLength }
        switch item.command {
        // Nobody waits for them, and a network that breaks makes many at once.
        case .recordDelivery, .expire: return Limits.backgroundQueueLength
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .authorize, .reverse, .clear, .advise,
            .applyException, .writeOffException, .setPIN, .unblockPIN, .moneyCommand, .cardCommand:
            return Limits.queueLength - Limits.reservedQueueLength
        }
    }

    /// How many are taken before a command that is appended now for this account, at most: accounts are served in turn.
    func countBefore(_ account: AccountID?) -> Int {
        min(count, turn.count * ((waiting[account]?.count ?? 0) + 1))
    }

    /// Puts items of a batch back at the head of their accounts' queues, in their order.
    mutating func putBack(_ items: [LaneItem]) {
        for item in items.reversed() { enter(item) { $0.prepend(item) } }
    }

    /// Takes up to `limit` items, one from each account in turn, until the limit is reached or nothing waits.
    mutating func take(_ limit: Int) -> [LaneItem] {
        var taken: [LaneItem] = []
        taken.reserveCapacity(min(limit, count))
        while taken.count < limit, let account = turn.popFirst() {
            guard let item = waiting[account]?.popFirst() else { continue }
            taken.append(item)
            count -= 1
            if waiting[account]?.isEmpty == false {
                turn.append(account)
            } else {
                waiting[account] = nil
            }
        }
        return taken
    }
}

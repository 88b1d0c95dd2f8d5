import AuthorizationCore
import TestSeed
import Testing

/// An auditor that knows double entry and nothing of `Balance.after`: sums of transfers by layer, and the last limits.
struct Auditor {
    private var limits: [BalanceKey: Int64] = [:]
    private(set) var sums: [BalanceKey: [Layer: Int128]] = [:]
    /// The other side of every transfer.
    private(set) var internalSums: [BalanceKey: [Layer: Int128]] = [:]

    mutating func take(_ decision: Decision) {
        for case .creditLimit(let key, let limit) in decision.changes { limits[key] = limit }
        for transfer in decision.transfers {
            let credit = Int128(transfer.amount) * (transfer.direction == .credit ? 1 : -1)
            sums[transfer.balance, default: [:]][transfer.layer, default: 0] += credit
            internalSums[transfer.balance, default: [:]][transfer.layer, default: 0] -= credit
        }
    }

    /// Whether `after` is `before` with the transfers.
    func explains(_ key: BalanceKey, from before: Balance, to after: Balance) -> Bool {
        let sums = sums[key] ?? [:]
        return Int128(after.posted) == Int128(before.posted) + (sums[.posted] ?? 0)
            && Int128(after.pendingDebits) == Int128(before.pendingDebits) - (sums[.pendingDebit] ?? 0)
            && Int128(after.pendingCredits) == Int128(before.pendingCredits) + (sums[.pendingCredit] ?? 0)
            && Int128(after.legalHolds) == Int128(before.legalHolds) - (sums[.legalHold] ?? 0)
            && after.creditLimit == limits[key] ?? before.creditLimit
    }

    var isConserved: Bool {
        sums.allSatisfy { key, layers in
            layers.allSatisfy { layer, sum in sum + (internalSums[key]?[layer] ?? 0) == 0 }
        }
    }
}

/// Sums of transfers by authorization, layer and line.
struct LineHistory {
    private struct Key: Hashable {
        var authorization: AuthorizationID?
        var layer: Layer
        var line: UInt8
    }

    private var credits: [Key: Int128] = [:]

    mutating func take(_ transfers: [Transfer]) {
        for transfer in transfers {
            let key = Key(authorization: transfer.authorization, layer: transfer.layer, line: transfer.line)
            credits[key, default: 0] += Int128(transfer.amount) * (transfer.direction == .credit ? 1 : -1)
        }
    }

    func held(of authorization: Authorization, line: UInt8) -> Int128 {
        let isDebit = authorization.kind.flow == .debit
        let key = Key(authorization: authorization.id, layer: isDebit ? .pendingDebit : .pendingCredit, line: line)
        return (credits[key] ?? 0) * (isDebit ? -1 : 1)
    }

    func posted(of authorization: Authorization) -> Int128 {
        let lines = 0..<UInt8(2 + authorization.charges.count)
        return lines.reduce(Int128(0)) { $0 + posted(of: authorization, line: $1) }
    }

    func posted(of authorization: Authorization, line: UInt8) -> Int128 {
        let key = Key(authorization: authorization.id, layer: .posted, line: line)
        return (credits[key] ?? 0) * (authorization.kind.flow == .debit ? -1 : 1)
    }
}

@Suite struct `Laws of decisions` {
    private static let worlds = 500
    private static let steps = 200

    /// 100,000 random commands in 500 accounts.
    @Test func `hold for 100,000 random commands`() {
        let seed = TestSeed.value
        print("AVAL_SEED=\(seed)")
        var approvals = 0
        var acknowledged = 0
        for number in 0..<Self.worlds {
            var random = RandomCommands(seed: seed &+ UInt64(number))
            var world = random.world()
            let opening = world.state
            var history = Auditor()
            var lines = LineHistory()
            for _ in 0..<Self.steps {
                if random.chance(25) { world.nextDay() }
                let command = random.command(in: world)
                let before = world
                let decision = world.perform(command)
                if decision.isApproved { approvals += 1 }
                if decision.acknowledgement != nil { acknowledged += 1 }
                history.take(decision)
                lines.take(decision.transfers)
                let broken = Self.brokenLaw(command, decision, before: before, after: world)
                guard let broken else { continue }
                Issue.record("\(broken), AVAL_SEED=\(seed) world \(number): \(command) gave \(decision)")
                return
            }
            let isExplained = world.state.balances.allSatisfy { key, balance in
                history.explains(key, from: opening.balances[key] ?? Balance(), to: balance)
            }
            #expect(isExplained && history.isConserved, "AVAL_SEED=\(seed) world \(number)")
            #expect(Self.brokenLines(world.state, lines) == nil, "AVAL_SEED=\(seed) world \(number)")
        }
        // Else the generator proves nothing.
        #expect(approvals > 5_000)
        #expect(acknowledged > 5_000)
    }

    private static func brokenLaw(
        _ command: Command,
        _ decision: Decision,
        before: World,
        after: World
    ) -> String? {
        if before.decision(on: command).journalBytes != decision.journalBytes { return "deciding again differs" }
        var auditor = Auditor()
        auditor.take(decision)
        for (key, balance) in after.state.balances {
            let earlier = before.state.balances[key] ?? Balance()
            if !auditor.explains(key, from: earlier, to: balance) { return "postings do not fold to the balance" }
            if balance.pendingDebits < 0 || balance.pendingCredits < 0 { return "a pending layer below 0" }
        }
        if let moved = decision.balance {
            if before.state.balances[moved.key] != moved.before { return "the stated balance before is another" }
            if after.state.balances[moved.key] != moved.after { return "the stated balance after is another" }
        } else if !decision.transfers.isEmpty {
            return "transfers without a stated balance"
        }
        if case .authorize = command, let moved = decision.balance, decision.isApproved, isDebit(decision) {
            let available = moved.after.available(countingCredits: after.program.spendsPendingCredits)
            if available.map({ $0 < 0 }) ?? true { return "a request made available negative" }
        }
        if case .moneyCommand(let money) = command, decision.outcome == .done, money.takes, let moved = decision.balance
        {
            let available = moved.after.available(countingCredits: false)
            if available.map({ $0 < 0 }) ?? true { return "money was taken that was not there" }
        }
        return brokenHold(after.state) ?? brokenLegalHold(after.state) ?? brokenUses(after.state)
            ?? brokenCounter(after.state)
    }

    private static func isDebit(_ decision: Decision) -> Bool {
        decision.transfers.contains { $0.layer == .pendingDebit || $0.layer == .posted && $0.direction == .debit }
    }

    private static func brokenLegalHold(_ state: AccountState) -> String? {
        for (key, balance) in state.balances {
            let sum = state.legalHolds.values.reduce(Int128(0)) { sum, hold in
                hold.balance == key && hold.releasedAt == nil ? sum + Int128(hold.amount) : sum
            }
            if sum != Int128(balance.legalHolds) { return "legal holds are not those that stand" }
        }
        return nil
    }

    private static func brokenUses(_ state: AccountState) -> String? {
        let isBroken = state.cards.values.contains { !(0...($0.details.terms.useLimit ?? 0)).contains($0.details.uses) }
        return isBroken ? "a card was used more often than it may be" : nil
    }

    private static func brokenHold(_ state: AccountState) -> String? {
        var holds: [BalanceKey: [Layer: Int128]] = [:]
        for authorization in state.authorizations.values {
            if (authorization.held == 0) != (authorization.remaining == 0) { return "hold and remaining part ways" }
            if authorization.held < 0 || authorization.held > authorization.billed { return "a hold out of range" }
            if (authorization.status == .pending) != (authorization.remaining > 0) { return "pending without rest" }
            if !(0...authorization.held).contains(authorization.heldFee) { return "a held fee out of range" }
            if let part = authorization.countedPart, let currency = authorization.balance?.currency {
                let day = CounterKey(card: authorization.card, currency: currency, dayStart: authorization.countedOn)
                if !(0...(state.counters[day]?.amount ?? 0)).contains(part) { return "counted more than the day" }
            }
            if !(0...authorization.billed).contains(authorization.fee) { return "a fee out of range" }
            if let broken = brokenCharge(of: authorization) { return broken }
            if authorization.isSingleMessage,
                authorization.posted != authorization.share(of: authorization.cleared)?.total
            {
                return "a single message is not posted as far as it stands"
            }
            guard let key = authorization.balance else { continue }
            let layer: Layer = authorization.kind.flow == .debit ? .pendingDebit : .pendingCredit
            holds[key, default: [:]][layer, default: 0] += Int128(authorization.held)
        }
        for (key, balance) in state.balances {
            if holds[key]?[.pendingDebit] ?? 0 != Int128(balance.pendingDebits) { return "debits are not the holds" }
            if holds[key]?[.pendingCredit] ?? 0 != Int128(balance.pendingCredits) { return "credits are not the holds" }
        }
        return nil
    }

    /// What is held and posted of a charge is its part of what remains and was cleared.
    private static func brokenCharge(of authorization: Authorization) -> String? {
        for charge in authorization.charges {
            if charge.held < 0 || charge.held > (charge.isHeld ? charge.amount : 0) {
                return "a held charge out of range"
            }
            if authorization.remaining == 0, charge.held != 0 { return "a charge is held for nothing" }
            if authorization.cleared == 0, charge.posted != 0 { return "a charge is posted for nothing" }
            if charge.posted < 0 { return "a charge is posted below 0" }
        }
        let sums = authorization.charges.reduce((held: 0, posted: 0)) { ($0.held + $1.held, $0.posted + $1.posted) }
        let areParts = sums.held <= authorization.held - authorization.heldFee && sums.posted <= authorization.posted
        return areParts ? nil : "charges are more than the whole"
    }

    /// Every line of what is held and posted is a fold of its own.
    private static func brokenLines(_ state: AccountState, _ history: LineHistory) -> String? {
        for authorization in state.authorizations.values {
            if history.held(of: authorization, line: 1) != Int128(authorization.heldFee) {
                return "the fee's line is off"
            }
            let charged = authorization.charges.reduce(0) { $0 + $1.held }
            if history.held(of: authorization, line: 0) != Int128(authorization.held - authorization.heldFee - charged)
            {
                return "the principal's line is off"
            }
            for (index, charge) in authorization.charges.enumerated() {
                let line = UInt8(2 + index)
                if history.held(of: authorization, line: line) != Int128(charge.held) { return "a held charge is off" }
                if history.posted(of: authorization, line: line) != Int128(charge.posted) {
                    return "a posted charge is off"
                }
            }
            if history.posted(of: authorization) != Int128(authorization.posted) { return "postings are off" }
        }
        return nil
    }

    private static func brokenCounter(_ state: AccountState) -> String? {
        state.counters.values.contains { $0.amount < 0 || $0.count < 0 } ? "a counter below 0" : nil
    }

    @Test func `a full reversal restores what was available, exactly`() throws {
        let seed = TestSeed.value
        print("AVAL_SEED=\(seed)")
        var proved = 0
        for number in 0..<3_000 {
            var random = RandomCommands(seed: seed &+ UInt64(number))
            var world = random.world()
            for _ in 0..<3 { world.perform(random.command(in: world)) }
            let before = world
            guard case .approved(let approval) = world.perform(.authorize(random.request())).outcome else { continue }
            // In one step, or by way of a smaller total.
            if random.chance(2), let held = world.state.authorizations[approval.authorization] {
                let reversal = Reversal(target: .authorization(held.id), newTotal: held.approved.minorUnits / 2)
                world.perform(.reverse(reversal))
            }
            world.perform(.reverse(Reversal(target: .authorization(approval.authorization))))
            #expect(world.state.balances == before.state.balances, "AVAL_SEED=\(seed) \(number)")
            let counted = world.state.counters.filter { $0.value != Counter() }
            #expect(counted == before.state.counters.filter { $0.value != Counter() }, "AVAL_SEED=\(seed) \(number)")
            proved += 1
        }
        #expect(proved > 300)
    }

    @Test func `approvals of one account never exceed what it has, and reach it to the last unit`() {
        var world = World(posted: 10_000)
        let approved = (0..<150).count { _ in world.perform(.authorize(.of(100))).isApproved }
        #expect(approved == 100)
        #expect(world.euros.available(countingCredits: false) == 0)
    }
}

extension MoneyCommand {
    fileprivate var takes: Bool {
        switch self {
        case .move(let movement): movement.kind != .creditAdjustment
        case .send: true
        case .receive, .placeHold, .releaseHold, .setCreditLimit: false
        }
    }
}

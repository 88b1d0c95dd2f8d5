import AuthorizationCore
import Testing

/// What followers are told of the status that a change ended.
@Suite struct StatusBeforeTests {
    private static let index = World.index(ofToken: 1)

    /// Each change of a status with what it ends; the card is frozen, the account frozen, and the token suspended.
    static func changes(tellBefore: Bool) -> [(command: Command, before: StatusBefore)] {
        let account = ChangeAccount(status: .open, reason: "", tellsBefore: tellBefore)
        let card = ChangeCard(card: World.card, status: .active, reason: "", tellsBefore: tellBefore)
        let blocked = ChangeCard(
            card: World.card,
            status: .blocked,
            reason: "",
            statusReason: .legalOrder,
            tellsBefore: tellBefore
        )
        let token = ChangeToken(index: index, of: World.card, to: .deleted, reason: "", tellsBefore: tellBefore)
        let instance = World().state.cards[World.card]?.instances[0]
        let new = CardID(at: World.dayStart, shard: World.shard, entropy: 41)
        let replacements = [nil, CardStatusReason.replaced].flatMap { reason -> [Command] in
            guard let instance else { return [] }
            return [false, true].map { keepsUses in
                let replace = ReplaceCard(
                    card: World.card,
                    status: .closed,
                    reason: "",
                    new: IssueCard(card: new, lastFour: 9, instance: instance),
                    statusReason: reason,
                    keepsUses: keepsUses,
                    tellsBefore: tellBefore
                )
                return .cardCommand(.replace(replace))
            }
        }
        return [
            (.changeAccount(account), .account(.frozen)), (.changeCard(card), .card(.frozen)),
            (.changeCard(blocked), .card(.frozen)), (.cardCommand(.changeToken(token)), .token(.suspended)),
        ] + replacements.map { ($0, .card(.frozen)) }
    }

    private static func world(for command: Command) -> World {
        var world = World()
        world.perform(.cardCommand(.registerToken(RegisterToken(World.token(1), index: index, of: World.card))))
        world.perform(.cardCommand(.changeToken(ChangeToken(index: index, of: World.card, to: .suspended, reason: ""))))
        world.set(CardStatus.frozen)
        if case .changeAccount = command { world.set(AccountStatus.frozen) }
        return world
    }

    @Test func `a change that tells the status before does so, and is the same in all else`() throws {
        let pairs = zip(Self.changes(tellBefore: true), Self.changes(tellBefore: false))
        #expect(Self.changes(tellBefore: true).count == 8)
        for (telling, silent) in pairs {
            var world = Self.world(for: telling.command), other = world
            let decision = world.perform(telling.command)
            let plain = other.perform(silent.command)
            #expect(decision.outcome == .done && decision.changes.statusBefore == telling.before, "\(decision)")
            #expect(plain.changes.statusBefore == nil && world.state == other.state)
            #expect(decision.changes.filter { $0 != .statusBefore(telling.before) } == plain.changes)
            #expect(try Command(journalBytes: telling.command.journalBytes) == telling.command)
            #expect(try Decision(journalBytes: decision.journalBytes) == decision)
            #expect(telling.command.journalBytes.count == silent.command.journalBytes.count)
        }
    }

    @Test func `what is no status before is not read`() {
        for bytes: [UInt8] in [[], [0, 1], [1, 0], [1, 4], [2, 8], [3, 4], [4, 1], [1, 1, 0]] {
            #expect(throws: JournalError.self, "\(bytes)") { try StatusBefore(journalBytes: bytes) }
        }
    }
}

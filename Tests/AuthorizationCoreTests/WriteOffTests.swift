import AuthorizationCore
import Testing

@Suite struct `Write-offs` {
    private static let exception = EventID(at: World.dayStart, shard: World.shard, entropy: 77)

    private static let books = AccountID(high: 0x8123, low: 1)

    private static func writeOff(
        _ amount: Int64,
        _ direction: Transfer.Direction = .debit,
        by second: UInt64 = 2
    ) -> Command {
        .writeOffException(
            WriteOffException(
                exception: exception,
                terms: WriteOffTerms(account: books, amount: Money(amount, .euro), direction: direction),
                program: World().program.id,
                proposedBy: OperatorID(high: 1, low: 1),
                confirmedBy: OperatorID(high: 1, low: second),
                reason: "lost"
            )
        )
    }

    @Test func `the first write-off opens its account, the next ones move money on it`() {
        var world = World()
        world.state = AccountState()
        let first = world.perform(Self.writeOff(700))
        #expect(first.outcome == .done && first.transfers.map(\.counterparty) == [.networkSettlement])
        #expect(world.state.account?.id == Self.books && world.euros.posted == -700)
        let second = world.perform(Self.writeOff(200, .credit))
        #expect(second.changes.count == 1 && world.euros.posted == -500)
        #expect(world.perform(Self.writeOff(0)).changes.isEmpty && world.euros.posted == -500)
    }

    @Test(arguments: [(1, 1), (-1, 2), (largestAmount + 1, 2)] as [(Int64, UInt64)])
    func `one operator alone, and an amount out of range, write nothing off`(_ amount: Int64, _ second: UInt64) {
        var world = World()
        world.state = AccountState()
        let amount = second == 1 ? 100 : amount
        #expect(world.perform(Self.writeOff(amount, by: second)).outcome == .refused(.transitionNotAllowed))
        #expect(world.state.account == nil)
    }
}

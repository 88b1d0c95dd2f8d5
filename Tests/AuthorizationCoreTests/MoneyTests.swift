import AuthorizationCore
import Testing

@Suite struct `Money without a card` {
    private static let hold = LegalHoldID(at: World.dayStart, shard: World.shard, entropy: 40)
    private static let other = AccountID(at: World.dayStart, shard: World.shard, entropy: 41)

    private static func amount(_ minorUnits: Int64) -> Money { Money(minorUnits, .euro) }

    private static func taking(_ minorUnits: Int64) -> [Command] {
        [
            .moneyCommand(.move(MoneyMovement(.withdrawal, amount(minorUnits), text: "iban"))),
            .moneyCommand(.move(MoneyMovement(.debitAdjustment, amount(minorUnits), text: "twice"))),
            .moneyCommand(.send(OutgoingTransfer(to: other, .open, amount(minorUnits), reference: ""))),
        ]
    }

    private static func place(_ minorUnits: Int64) -> Command {
        .moneyCommand(.placeHold(PlaceLegalHold(hold, amount(minorUnits), reason: "court order 7")))
    }

    private static let release = Command.moneyCommand(.releaseHold(ReleaseLegalHold(hold, reason: "order lifted")))

    /// What may be taken of 1,000 euros, and what stands in the way of the rest.
    @Test(arguments: [
        (0, 0, 0, 0, 100_000), (20_000, 0, 0, 0, 80_000), (0, 30_000, 0, 0, 70_000), (0, 0, 40_000, 0, 100_000),
        (0, 0, 0, 50_000, 150_000), (0, 0, 0, -10_000, 90_000), (100_000, 0, 9_000, 0, 0),
    ])
    func `as much can be taken as is there, and not a cent more`(
        _ pendingDebits: Int64,
        _ legalHolds: Int64,
        _ pendingCredits: Int64,
        _ limit: Int64,
        _ available: Int64
    ) {
        var world = World()
        world.program.spendsPendingCredits = true
        world.state.balances[World.euros]?.pendingDebits = pendingDebits
        world.state.balances[World.euros]?.legalHolds = legalHolds
        world.state.balances[World.euros]?.pendingCredits = pendingCredits
        world.state.balances[World.euros]?.creditLimit = limit
        for command in Self.taking(available + 1) {
            #expect(world.decision(on: command) == .refused(.insufficientFunds))
        }
        guard available > 0 else { return }
        for command in Self.taking(available) {
            var after = world
            #expect(after.perform(command).outcome == .done)
            #expect(after.euros.posted == 100_000 - available)
        }
    }

    @Test func `one taking after another never takes the same money twice`() {
        var world = World(posted: 1_000)
        var taken: Int64 = 0
        for step in 0..<30 {
            let amount: Int64 = [70, 130, 400][step % 3]
            if world.perform(Self.taking(amount)[step % 3]).outcome == .done { taken += amount }
        }
        #expect(taken <= 1_000 && world.euros.posted == 1_000 - taken)
    }

    @Test func `each kind of movement has its own other side`() {
        let world = World()
        func transfers(_ command: Command) -> [Transfer] { world.decision(on: command).transfers }
        #expect(transfers(Self.taking(5)[0]).map(\.counterparty) == [.funding])
        #expect(transfers(Self.taking(5)[1]).map(\.counterparty) == [.adjustment])
        #expect(transfers(Self.taking(5)[2]).map(\.counterparty) == [.inTransit])
        let credit = MoneyMovement(.creditAdjustment, Self.amount(5), text: "goodwill")
        let given = transfers(.moneyCommand(.move(credit)))
        #expect(given.map(\.counterparty) == [.adjustment] && given.map(\.direction) == [.credit])
    }

    @Test func `nothing is sent to oneself, nor to an account that was closed`() {
        let world = World()
        let toSelf = OutgoingTransfer(to: World.account, .open, Self.amount(1), reference: "")
        #expect(world.decision(on: .moneyCommand(.send(toSelf))) == .refused(.transitionNotAllowed))
        for (status, isTaken) in [(AccountStatus.open, true), (.frozen, true), (.closed, false)] {
            let outgoing = OutgoingTransfer(to: Self.other, status, Self.amount(1), reference: "")
            let decision = world.decision(on: .moneyCommand(.send(outgoing)))
            #expect(decision.outcome == (isTaken ? .done : .refused(.accountNotOpen)))
        }
    }

    @Test(arguments: AccountStatus.allCases)
    func `what was sent arrives in every state of the account`(_ status: AccountStatus) {
        var world = World()
        world.set(status)
        let id = TransferID(at: World.dayStart, shard: World.shard, entropy: 42)
        let incoming = IncomingTransfer(id, from: Self.other, Self.amount(700), reference: "rent")
        let decision = world.perform(.moneyCommand(.receive(incoming)))
        #expect(decision.outcome == .done && decision.transfers.map(\.counterparty) == [.inTransit])
        #expect(world.euros.posted == 100_700)
    }

    @Test func `a legal hold lowers what may be spent until it is released, once`() {
        var world = World()
        #expect(world.perform(Self.place(99_500)).outcome == .done)
        #expect(world.euros.legalHolds == 99_500 && world.euros.posted == 100_000)
        #expect(world.decision(on: Self.place(1)) == .refused(.transitionNotAllowed))
        #expect(world.decision(on: .authorize(.of(501))).declineReason == .insufficientFunds)
        #expect(world.decision(on: .authorize(.of(500))).isApproved)
        #expect(world.perform(Self.release).outcome == .done)
        #expect(world.euros.legalHolds == 0)
        #expect(world.state.legalHolds[Self.hold]?.releasedAt == world.moment.now)
        #expect(world.decision(on: Self.release) == .refused(.transitionNotAllowed))
        #expect(world.decision(on: .authorize(.of(501))).isApproved)
    }

    @Test func `a legal hold may be for more than there is`() {
        var world = World(posted: 10)
        #expect(world.perform(Self.place(1_000)).outcome == .done)
        #expect(world.euros.available(countingCredits: false) == -990)
        #expect(world.decision(on: Self.taking(1)[0]) == .refused(.insufficientFunds))
    }

    @Test func `a hold that is not there cannot be released, and no balance is made`() {
        let world = World()
        #expect(world.decision(on: Self.release) == .refused(.legalHoldNotFound))
        let yen = MoneyMovement(.withdrawal, Money(1, .yen), text: "")
        #expect(world.decision(on: .moneyCommand(.move(yen))) == .refused(.currencyNotHeld))
        let hold = PlaceLegalHold(Self.hold, Money(1, .yen), reason: "r")
        #expect(world.decision(on: .moneyCommand(.placeHold(hold))) == .refused(.currencyNotHeld))
    }

    @Test func `what would leave the range of a balance is refused`() {
        var world = World(posted: .max)
        let credit = MoneyMovement(.creditAdjustment, Self.amount(1), text: "")
        #expect(world.decision(on: .moneyCommand(.move(credit))) == .refused(.balanceOutOfRange))
        world.state.balances[World.euros]?.legalHolds = .max
        #expect(world.decision(on: Self.place(1)) == .refused(.balanceOutOfRange))
    }
}

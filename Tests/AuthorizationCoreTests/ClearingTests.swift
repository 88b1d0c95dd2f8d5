import AuthorizationCore
import Testing

/// What a clearing finds, asks for, and leaves of a purchase of 1,000.
struct ClearingRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var kind = TransactionKind.purchase
    /// A reversal before it; nil for none.
    var reversedTo: Int64?
    var amount: Int64
    var billing: Int64?
    var isFinal: Bool
    var remaining: Int64
    var posted: Int64
    var status: AuthorizationStatus
}

@Suite struct `Clearings` {
    static let rows = [
        ClearingRow(
            testDescription: "exactly",
            amount: 1_000,
            isFinal: true,
            remaining: 0,
            posted: 1_000,
            status: .cleared
        ),
        ClearingRow(
            testDescription: "exactly, though more could come",
            amount: 1_000,
            isFinal: false,
            remaining: 0,
            posted: 1_000,
            status: .cleared
        ),
        ClearingRow(
            testDescription: "a part, not final",
            amount: 400,
            isFinal: false,
            remaining: 600,
            posted: 400,
            status: .pending
        ),
        ClearingRow(
            testDescription: "less, final: the rest is released",
            amount: 400,
            isFinal: true,
            remaining: 0,
            posted: 400,
            status: .cleared
        ),
        ClearingRow(
            testDescription: "more: posted in full",
            amount: 1_200,
            isFinal: false,
            remaining: 0,
            posted: 1_200,
            status: .cleared
        ),
        ClearingRow(
            testDescription: "after a full reversal: posted all the same",
            reversedTo: 0,
            amount: 1_000,
            isFinal: true,
            remaining: 0,
            posted: 1_000,
            status: .cleared
        ),
        ClearingRow(
            testDescription: "after a partial reversal",
            reversedTo: 600,
            amount: 500,
            isFinal: false,
            remaining: 100,
            posted: 500,
            status: .pending
        ),
        ClearingRow(
            testDescription: "with the network's billing amount",
            amount: 1_000,
            billing: 1_037,
            isFinal: true,
            remaining: 0,
            posted: 1_037,
            status: .cleared
        ),
        ClearingRow(
            testDescription: "a refund",
            kind: .refund,
            amount: 1_000,
            isFinal: true,
            remaining: 0,
            posted: 1_000,
            status: .cleared
        ),
        ClearingRow(
            testDescription: "a part of a refund",
            kind: .refund,
            amount: 300,
            isFinal: false,
            remaining: 700,
            posted: 300,
            status: .pending
        ),
    ]

    @Test(arguments: rows)
    func `what is posted and released follows from what was approved`(_ row: ClearingRow) throws {
        var world = World()
        let original = try world.authorized(.of(1_000, .euro, row.kind))
        if let total = row.reversedTo {
            world.perform(.reverse(Reversal(target: .authorization(original.id), newTotal: total)))
        }
        let clearing = Clearing(
            authorization: original.id,
            amount: Money(row.amount, .euro),
            billing: row.billing.map { Money($0, .euro) },
            isFinal: row.isFinal
        )
        let decision = world.perform(.clear(clearing))
        let after = try #require(world.state.authorizations[original.id])
        #expect(decision.outcome == .acknowledged(.applied, original.id))
        #expect(after.status == row.status)
        #expect(after.remaining == row.remaining && after.held == row.remaining)
        #expect(after.cleared == row.amount && after.posted == row.posted)
        let isDebit = row.kind.flow == .debit
        #expect(world.euros.posted == 100_000 + (isDebit ? -row.posted : row.posted))
        #expect(world.euros.pendingDebits == (isDebit ? row.remaining : 0))
        #expect(world.euros.pendingCredits == (isDebit ? 0 : row.remaining))
    }

    @Test func `many parts add up and never hold again`() throws {
        var world = World()
        let original = try world.authorized(.of(1_000))
        for part in 1...4 {
            let amount = Money(300, .euro)
            world.perform(.clear(Clearing(authorization: original.id, amount: amount, isFinal: false)))
            #expect(world.euros.pendingDebits == max(0, 1_000 - 300 * Int64(part)))
            #expect(world.euros.posted == 100_000 - 300 * Int64(part))
        }
    }

    @Test func `what was approved in another currency is posted at the rate of its hold`() throws {
        var world = World()
        let original = try world.authorized(.of(1_000, .dollar))
        #expect(original.held == 900)
        world.perform(.clear(Clearing(authorization: original.id, amount: Money(501, .dollar), isFinal: false)))
        #expect(world.euros.posted == 100_000 - 450)
        #expect(world.state.authorizations[original.id]?.remaining == 499)
        #expect(world.euros.pendingDebits == 449)
        world.perform(.clear(Clearing(authorization: original.id, amount: Money(499, .dollar), isFinal: false)))
        #expect(world.euros.pendingDebits == 0)
    }

    @Test(arguments: [(Currency.dollar, Currency.euro), (.euro, .dollar)])
    func `another currency is refused`(_ currencies: (amount: Currency, billing: Currency)) throws {
        var world = World()
        let original = try world.authorized(.of(1_000))
        let clearing = Clearing(
            authorization: original.id,
            amount: Money(1_000, currencies.amount),
            billing: Money(1_000, currencies.billing),
            isFinal: true
        )
        #expect(world.decision(on: .clear(clearing)) == .refused(.currencyMismatch))
    }

    @Test func `what was declined, moved nothing or is unknown cannot be cleared`() throws {
        var world = World(posted: 0)
        let declined = try world.authorized(.of(1_000))
        let verified = try world.authorized(.of(0, .euro, .accountVerification))
        for id in [declined.id, verified.id] {
            let clearing = Clearing(authorization: id, amount: Money(1, .euro), isFinal: true)
            #expect(world.decision(on: .clear(clearing)) == .refused(.transitionNotAllowed))
        }
        let unknown = AuthorizationID(at: World.dayStart, shard: World.shard, entropy: 77)
        let clearing = Clearing(authorization: unknown, amount: Money(1, .euro), isFinal: true)
        #expect(world.decision(on: .clear(clearing)) == .refused(.authorizationNotFound))
    }

    @Test func `many small clearings of a converted purchase post as much as one`() throws {
        var world = World()
        let original = try world.authorized(.of(1_000, .yen, billing: Money(7, .euro)))
        let before = try #require(world.state.balances[World.euros]).posted
        for _ in 0..<1_000 {
            let part = Clearing(authorization: original.id, amount: Money(1, .yen), isFinal: false)
            #expect(world.perform(.clear(part)).outcome == .acknowledged(.applied, original.id))
        }
        let balance = try #require(world.state.balances[World.euros])
        #expect(before - balance.posted == 7)
        #expect(balance.pendingDebits == 0)
    }

    @Test func `what leaves the range is refused, and nothing is changed`() throws {
        var world = World()
        let original = try world.authorized(.of(1_000))
        let huge = Clearing(authorization: original.id, amount: Money(.max, .euro), isFinal: false)
        world.perform(.clear(huge))
        let before = world.state
        #expect(world.perform(.clear(huge)) == .refused(.balanceOutOfRange))
        #expect(world.state == before)
    }
}

import AuthorizationCore
import Testing

/// What a purchase of `approved` is charged, and what of it is posted when `cleared` is.
struct ClearedChargeRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var moment = ChargeMoment.authorization
    var terms: @Sendable (inout ChargeTerms) -> Void
    var approved: Int64
    var amount: Int64
    var cleared: Int64
    var posted: Int64

    static let rows = [
        ClearedChargeRow(
            testDescription: "a fixed fee of a small payment",
            terms: { $0.fixed = 50 },
            approved: 100,
            amount: 50,
            cleared: 8_000,
            posted: 50
        ),
        ClearedChargeRow(
            testDescription: "a minimum that the rate outgrows",
            terms: { terms in
                terms.rate = 20_000
                terms.minimum = 300
            },
            approved: 2_000,
            amount: 300,
            cleared: 20_000,
            posted: 400
        ),
        ClearedChargeRow(
            testDescription: "a maximum",
            terms: { terms in
                terms.rate = 20_000
                terms.maximum = 100
            },
            approved: 4_000,
            amount: 80,
            cleared: 20_000,
            posted: 100
        ),
        ClearedChargeRow(
            testDescription: "a rate that rounds up",
            terms: { terms in
                terms.rate = 3_000
                terms.rounding = .up
            },
            approved: 100,
            amount: 1,
            cleared: 1_000,
            posted: 3
        ),
        ClearedChargeRow(
            testDescription: "a minimum of less than was approved",
            terms: { $0.minimum = 300 },
            approved: 2_000,
            amount: 300,
            cleared: 1_000,
            posted: 150
        ),
        ClearedChargeRow(
            testDescription: "a rate that came to nothing",
            terms: { terms in
                terms.rate = 4_000
                terms.rounding = .halfUp
            },
            approved: 100,
            amount: 0,
            cleared: 8_000,
            posted: 32
        ),
        ClearedChargeRow(
            testDescription: "a rate at posting that came to nothing",
            moment: .posting,
            terms: { terms in
                terms.rate = 4_999
                terms.rounding = .down
            },
            approved: 101,
            amount: 0,
            cleared: 544,
            posted: 2
        ),
        ClearedChargeRow(
            testDescription: "a rate that comes to nothing to the end",
            terms: { $0.rate = 1_000 },
            approved: 100,
            amount: 0,
            cleared: 200,
            posted: 0
        ),
    ]
}

@Suite struct `The terms of a charge` {
    private static func schedule(_ code: String, _ moment: ChargeMoment = .authorization) -> ChargeSchedule {
        var schedule = ChargeSchedule(code, to: .feeIncome, in: .euro, of: ChargeConditions(kinds: [.purchase]))
        schedule.moment = moment
        return schedule
    }

    private static func preAuthorization(_ amount: Int64) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, key: "100:1")
        request.purpose = .preAuthorization
        return request
    }

    @Test(arguments: ClearedChargeRow.rows)
    func `say what more than was approved is charged`(_ row: ClearedChargeRow) throws {
        var schedule = Self.schedule("C", row.moment)
        row.terms(&schedule.terms)
        var world = Charges.world([schedule])
        let original = try world.authorized(Self.preAuthorization(row.approved))
        #expect(original.charges.map(\.amount) == [row.amount])
        world.program.charges = []
        world.perform(ChargedLife.clear(row.cleared)(original))
        #expect(world.state.authorizations[original.id]?.charges.map(\.posted) == [row.posted])
        #expect(world.euros.posted == 100_000 - row.cleared - row.posted)
    }

    @Test func `of a tax on fees follow the fees`() throws {
        var (fee, tax) = (Self.schedule("FEE"), Self.schedule("TAX"))
        fee.terms.rate = 20_000
        fee.terms.fixed = 100
        fee.terms.maximum = 200
        tax.terms.base = .earlierCharges
        tax.terms.rate = 210_000
        var world = Charges.world([fee, tax])
        let original = try world.authorized(Self.preAuthorization(1_000))
        #expect(original.charges.map(\.amount) == [120, 25])
        world.perform(ChargedLife.clear(50_000)(original))
        #expect(world.state.authorizations[original.id]?.charges.map(\.posted) == [200, 42])
    }

    @Test func `of nothing on what was approved move nothing, and go on with all that follows`() throws {
        var (tax, onTax, late) = (Self.schedule("TAX"), Self.schedule("VAT"), Self.schedule("LATE", .posting))
        tax.terms.rate = 4_000
        onTax.terms.base = .earlierCharges
        onTax.terms.rate = 210_000
        late.terms.rate = 4_000
        var world = Charges.world([tax, onTax, late])
        let decision = world.perform(.authorize(Self.preAuthorization(100)))
        #expect(decision.transfers.map(\.amount) == [100] && world.euros.pendingDebits == 100)
        let original = try #require(decision.authorization.flatMap { world.state.authorizations[$0] })
        #expect(original.charges.map(\.amount) == [0, 0, 0])
        #expect(try Decision(journalBytes: decision.journalBytes) == decision)
        func charged(_ commands: Command...) -> [[Int64]] {
            var world = world
            for command in commands { world.perform(command) }
            let charges = world.state.authorizations[original.id]?.charges ?? []
            return [charges.map(\.amount), charges.map(\.posted)]
        }
        let (clear, advise) = (ChargedLife.clear, ChargedLife.advise)
        #expect(charged(clear(8_000, true)(original)) == [[0, 0, 0], [32, 7, 32]])
        #expect(charged(advise(8_000, true)(original)) == [[0, 0, 0], [32, 7, 32]])
        #expect(charged(advise(8_000, false)(original)) == [[32, 7, 32], [0, 0, 0]])
        let increment = ChargedLife.increase(7_900, .delta)(original)
        #expect(charged(increment, clear(8_000, true)(original)) == [[32, 7, 32], [32, 7, 32]])
        var billed = Clearing(authorization: original.id, amount: Money(100, .euro), isFinal: true)
        billed.billing = Money(8_000, .euro)
        #expect(charged(.clear(billed)) == [[0, 0, 0], [0, 0, 32]])
    }

    /// What the network bills of a purchase of 1,000, and what a tax of 10 % at posting and one on the hold come to.
    @Test(
        arguments: [
            (1_000, 1_100, [110, 100]), (1_000, 900, [90, 100]), (400, 500, [50, 40]), (2_000, 2_500, [250, 200]),
            (1_200, 900, [90, 120]),
        ] as [(Int64, Int64, [Int64])]
    )
    func `at posting are of what is posted`(_ cleared: Int64, _ billed: Int64, _ posted: [Int64]) throws {
        var (late, early) = (Self.schedule("LATE", .posting), Self.schedule("EARLY"))
        late.terms.rate = 100_000
        early.terms.rate = 100_000
        var world = Charges.world([late, early])
        let original = try world.authorized(Self.preAuthorization(1_000))
        var clearing = Clearing(authorization: original.id, amount: Money(cleared, .euro), isFinal: true)
        clearing.billing = Money(billed, .euro)
        world.perform(.clear(clearing))
        #expect(world.state.authorizations[original.id]?.charges.map(\.posted) == posted)
        #expect(world.euros.posted == 100_000 - billed - posted.reduce(0, +))
    }

    @Test func `at posting are of the sum of what is posted in parts`() throws {
        var schedule = Self.schedule("LATE", .posting)
        schedule.terms.rate = 100_000
        schedule.terms.fixed = 30
        var world = Charges.world([schedule])
        let original = try world.authorized(Self.preAuthorization(1_000))
        for posted in [66, 130, 190] as [Int64] {
            var clearing = Clearing(authorization: original.id, amount: Money(500, .euro), isFinal: false)
            clearing.billing = Money(posted == 66 ? 510 : posted == 130 ? 490 : 600, .euro)
            world.perform(.clear(clearing))
            #expect(world.state.authorizations[original.id]?.charges.map(\.posted) == [posted])
        }
    }

    @Test func `of more lines than an authorization has decline the increment for its charges`() throws {
        func fees(_ name: String, _ count: Int) -> [ChargeSchedule] {
            (0..<count).map { number in
                var fee = Self.schedule("\(name)\(number)")
                fee.terms.rate = 1_000
                return fee
            }
        }
        var world = Charges.world(fees("A", 16))
        let original = try world.authorized(Self.preAuthorization(1_000))
        world.program.charges = fees("B", 16)
        #expect(world.perform(ChargedLife.increase(1_000, .delta)(original)).isApproved)
        world.program.charges = fees("C", 1)
        let decision = world.perform(ChargedLife.increase(1_000, .delta)(original))
        #expect(decision.declineReason == .chargesOutOfRange)
    }
}

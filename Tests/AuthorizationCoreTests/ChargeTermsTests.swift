import AuthorizationCore
import Testing

/// What a purchase of `approved` is charged, and what of it is posted when `cleared` is.
struct ClearedChargeRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
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
        var schedule = Self.schedule("C")
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
}

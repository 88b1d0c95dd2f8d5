import AuthorizationCore
import TestSeed
import Testing

struct ChargeAmountRow: Sendable, CustomTestStringConvertible {
    var base: Int64
    var rate: Int64
    var rounding = ChargeRounding.halfEven
    var fixed: Int64 = 0
    var minimum: Int64 = 0
    var maximum: Int64?
    /// Nil when out of range.
    var amount: Int64?

    var testDescription: String { "\(rate) ppm of \(base), \(rounding)" }
}

@Suite struct `The amount of a charge` {
    static let schedule = ChargeSchedule("C", to: .feeIncome, in: .euro, of: ChargeConditions(kinds: [.purchase]))

    static let rows: [ChargeAmountRow] = [
        ChargeAmountRow(base: 0, rate: 1_000_000, amount: 0),
        ChargeAmountRow(base: 10_000, rate: 0, amount: 0),
        ChargeAmountRow(base: 10_000, rate: 33_800, amount: 338),
        ChargeAmountRow(base: 10_000, rate: 1_000_000, amount: 10_000),
        // Half a unit, and a little on each side of it.
        ChargeAmountRow(base: 125, rate: 4_000, rounding: .halfEven, amount: 0),
        ChargeAmountRow(base: 375, rate: 4_000, rounding: .halfEven, amount: 2),
        ChargeAmountRow(base: 126, rate: 4_000, rounding: .halfEven, amount: 1),
        ChargeAmountRow(base: 124, rate: 4_000, rounding: .halfUp, amount: 0),
        ChargeAmountRow(base: 125, rate: 4_000, rounding: .halfUp, amount: 1),
        ChargeAmountRow(base: 249, rate: 4_000, rounding: .down, amount: 0),
        ChargeAmountRow(base: 250, rate: 4_000, rounding: .down, amount: 1),
        ChargeAmountRow(base: 250, rate: 4_000, rounding: .up, amount: 1),
        ChargeAmountRow(base: 251, rate: 4_000, rounding: .up, amount: 2),
        ChargeAmountRow(base: 1, rate: 1, rounding: .up, amount: 1),
        // The fixed part counts to both bounds.
        ChargeAmountRow(base: 1_000, rate: 10_000, fixed: 250, amount: 260),
        ChargeAmountRow(base: 1_000, rate: 10_000, fixed: 250, minimum: 300, amount: 300),
        ChargeAmountRow(base: 1_000, rate: 10_000, fixed: 250, minimum: 260, amount: 260),
        ChargeAmountRow(base: 1_000, rate: 10_000, fixed: 250, maximum: 255, amount: 255),
        ChargeAmountRow(base: 1_000, rate: 10_000, fixed: 250, maximum: 0, amount: 0),
        ChargeAmountRow(base: largestAmount, rate: 1_000_000, amount: largestAmount),
        ChargeAmountRow(base: largestAmount, rate: 1_000_000, fixed: 1, amount: nil),
        ChargeAmountRow(base: .max, rate: 1_000_000, amount: nil),
        ChargeAmountRow(base: .max, rate: 1_000_000, fixed: largestAmount, maximum: 5, amount: 5),
        ChargeAmountRow(base: -1, rate: 1_000_000, amount: nil),
    ]

    @Test(arguments: rows)
    func `is the rounded part of the base and what is fixed, within its bounds`(_ row: ChargeAmountRow) {
        var schedule = Self.schedule
        schedule.terms.rate = row.rate
        schedule.terms.rounding = row.rounding
        schedule.terms.fixed = row.fixed
        schedule.terms.minimum = row.minimum
        schedule.terms.maximum = row.maximum
        #expect(schedule.isInRange)
        #expect(schedule.terms.amount(of: row.base) == row.amount)
    }

    @Test func `is nothing of no earlier charges, whatever is fixed`() {
        var terms = ChargeTerms()
        terms.base = .earlierCharges
        terms.fixed = 50
        terms.minimum = 60
        #expect(terms.amount(of: 0) == 0 && terms.amount(of: 1) == 60)
    }

    @Test func `grows with its base, whatever the schedule`() {
        let seed = TestSeed.value
        print("AVAL_SEED=\(seed)")
        var random = RandomCommands(seed: seed)
        for _ in 0..<2_000 {
            guard let schedule = random.charges().first else { continue }
            let (first, second) = (random.amount(), random.amount())
            guard let less = schedule.terms.amount(of: min(first, second)),
                let more = schedule.terms.amount(of: max(first, second))
            else { continue }
            #expect(less <= more, "AVAL_SEED=\(seed)")
        }
    }

    static let wrong: [@Sendable (inout ChargeSchedule) -> Void] = [
        { $0.code = "" }, { $0.code = "ABCDEFGHIJKLMNOPQ" }, { $0.counterAccount = .funding }, { $0.terms.rate = -1 },
        { $0.terms.rate = 1_000_001 }, { $0.terms.fixed = -1 }, { $0.terms.minimum = largestAmount + 1 },
        { schedule in
            schedule.terms.minimum = 2
            schedule.terms.maximum = 1
        },
        // A refund would be paid for.
        { schedule in
            schedule.conditions.kinds = [.purchase, .refund]
            schedule.terms.fixed = 1
        },
        { schedule in
            schedule.conditions.kinds = [.originalCredit]
            schedule.terms.minimum = 1
        },
        { schedule in
            schedule.conditions.kinds = [.refund]
            schedule.terms.base = .earlierCharges
        },
        { $0.conditions.inside = ["es"] }, { $0.conditions.outside = ["ES", ""] },
    ]

    @Test(arguments: wrong.indices)
    func `beyond the bounds of a schedule is refused where it is read`(_ index: Int) {
        var schedule = Self.schedule
        Self.wrong[index](&schedule)
        #expect(!schedule.isInRange)
        #expect(throws: JournalError.self) { try ChargeSchedule(journalBytes: schedule.journalBytes) }
    }
}

@Suite struct `A charge applies` {
    private static func isMade(
        _ change: (inout ChargeConditions) -> Void,
        _ request: AuthorizationRequest = .of(1_000),
        isExempt: Bool = false
    ) -> Bool {
        var conditions = ChargeConditions(kinds: [.purchase, .atmWithdrawal])
        change(&conditions)
        return conditions.apply(to: request, in: .euro, isExempt: isExempt)
    }

    private static func request(in country: String) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(1_000)
        request.merchant.country = country
        return request
    }

    @Test func `to the kinds that it names`() {
        #expect(Self.isMade { _ in } && Self.isMade({ _ in }, .of(1_000, .euro, .atmWithdrawal)))
        #expect(!Self.isMade({ _ in }, .of(1_000, .euro, .refund)))
    }

    @Test func `on the channels that it names, told or implied`() {
        #expect(!Self.isMade { $0.channels = [.tellerMachine] })
        #expect(Self.isMade({ $0.channels = [.tellerMachine] }, .of(1_000, .euro, .atmWithdrawal)))
        var remote = AuthorizationRequest.of(1_000)
        remote.channel = .remote
        #expect(
            Self.isMade({ $0.channels = [.remote] }, remote) && !Self.isMade({ $0.channels = [.pointOfSale] }, remote)
        )
    }

    @Test(arguments: [("ES", true, false), ("724", true, false), ("FR", false, true), ("", false, false)])
    func `at home or abroad`(_ country: String, _ isInside: Bool, _ isOutside: Bool) {
        let request = Self.request(in: country)
        #expect(Self.isMade({ $0.inside = ["ES", "724"] }, request) == isInside)
        #expect(Self.isMade({ $0.outside = ["ES", "724"] }, request) == isOutside)
        #expect(Self.isMade({ _ in }, request))
        #expect(Self.isMade({ $0.inside = ["ES", "724"] }, Self.request(in: country.lowercased())) == isInside)
    }

    @Test(arguments: [(Currency.euro, false), (.dollar, true)])
    func `to one currency or to the others`(_ currency: Currency, _ differs: Bool) {
        #expect(Self.isMade({ $0.differsInCurrency = true }, .of(1_000, currency)) == differs)
        #expect(Self.isMade({ $0.differsInCurrency = false }, .of(1_000, currency)) == !differs)
    }

    @Test func `to the categories that it names`() {
        #expect(Self.isMade { $0.categories = [5_411] } && !Self.isMade { $0.categories = [5_412] })
    }

    @Test(arguments: [true, false], [true, false])
    func `to exempt accounts unless it spares them`(_ isExempt: Bool, _ spares: Bool) {
        #expect(Self.isMade({ $0.sparesExemptAccounts = spares }, isExempt: isExempt) == !(isExempt && spares))
    }
}

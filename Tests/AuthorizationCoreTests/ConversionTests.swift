import AuthorizationCore
import Testing

struct ConversionRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var money: Money
    var to: Currency
    var billionths: Int64
    var markUp: Int64 = 0
    var result: Int64?
}

@Suite struct `Currency conversion` {
    @Test func `nobody can ask for the code of no currency`() {
        #expect(Currency(alphabetic: "XXX") == nil)
        #expect(Currency(numeric: 999) == Currency.none)
    }

    static let rows = [
        ConversionRow(
            testDescription: "2 to 2 digits",
            money: Money(1_000, .dollar),
            to: .euro,
            billionths: 900_000_000,
            result: 900
        ),
        ConversionRow(
            testDescription: "0 to 2 digits",
            money: Money(1_000, .yen),
            to: .euro,
            billionths: 6_500_000,
            result: 650
        ),
        ConversionRow(
            testDescription: "2 to 0 digits",
            money: Money(650, .euro),
            to: .yen,
            billionths: 160_000_000_000,
            result: 1_040
        ),
        ConversionRow(
            testDescription: "3 to 2 digits",
            money: Money(1_000, .dinar),
            to: .euro,
            billionths: 3_000_000_000,
            result: 300
        ),
        ConversionRow(
            testDescription: "2 to 3 digits",
            money: Money(300, .euro),
            to: .dinar,
            billionths: 333_333_333,
            result: 1_000
        ),
        ConversionRow(
            testDescription: "3 to 0 digits",
            money: Money(1_500, .dinar),
            to: .yen,
            billionths: 500_000_000_000,
            result: 750
        ),
        ConversionRow(
            testDescription: "half goes up",
            money: Money(1, .dollar),
            to: .euro,
            billionths: 500_000_000,
            result: 1
        ),
        ConversionRow(
            testDescription: "less than half goes down",
            money: Money(1, .dollar),
            to: .euro,
            billionths: 499_999_999,
            result: 0
        ),
        ConversionRow(
            testDescription: "a mark-up of 2.5 per cent",
            money: Money(10_000, .dollar),
            to: .euro,
            billionths: 900_000_000,
            markUp: 25_000,
            result: 9_225
        ),
        ConversionRow(
            testDescription: "a mark-up rounds once, at the end",
            money: Money(333, .dollar),
            to: .euro,
            billionths: 900_000_000,
            markUp: 5_000,
            result: 301
        ),
        ConversionRow(
            testDescription: "the largest amount at par",
            money: Money(largestAmount, .dollar),
            to: .euro,
            billionths: 1_000_000_000,
            result: largestAmount
        ),
        ConversionRow(
            testDescription: "a result above the largest amount",
            money: Money(largestAmount, .dollar),
            to: .euro,
            billionths: 1_000_000_001,
            result: nil
        ),
        ConversionRow(
            testDescription: "every bound at once",
            money: Money(largestAmount, .yen),
            to: .dinar,
            billionths: 1_000_000_000_000_000,
            markUp: 1_000_000,
            result: nil
        ),
        ConversionRow(
            testDescription: "an amount above the largest",
            money: Money(largestAmount + 1, .dollar),
            to: .euro,
            billionths: 1,
            result: nil
        ),
        ConversionRow(
            testDescription: "a negative amount",
            money: Money(-1, .dollar),
            to: .euro,
            billionths: 1,
            result: nil
        ),
        ConversionRow(
            testDescription: "a rate of 0",
            money: Money(1, .dollar),
            to: .euro,
            billionths: 0,
            result: nil
        ),
        ConversionRow(
            testDescription: "a rate beyond its bound",
            money: Money(1, .dollar),
            to: .euro,
            billionths: .max,
            result: nil
        ),
        ConversionRow(
            testDescription: "a negative mark-up",
            money: Money(1, .dollar),
            to: .euro,
            billionths: 1_000_000_000,
            markUp: -1,
            result: nil
        ),
        ConversionRow(
            testDescription: "a mark-up beyond its bound",
            money: Money(1, .dollar),
            to: .euro,
            billionths: 1_000_000_000,
            markUp: 1_000_001,
            result: nil
        ),
    ]

    @Test(arguments: rows)
    func `amounts convert by rate, exponents and mark-up`(_ row: ConversionRow) {
        let rate = ExchangeRate(from: row.money.currency, to: row.to, billionths: row.billionths)
        #expect(rate.convert(row.money, markUp: row.markUp) == row.result.map { Money($0, row.to) })
    }

    @Test func `a rate converts only its own currency`() {
        let rate = ExchangeRate(from: .dollar, to: .euro, billionths: 1_000_000_000)
        #expect(rate.convert(Money(1, .yen), markUp: 0) == nil)
    }

    @Test func `the hold is the network's billing amount where there is one`() throws {
        var world = World()
        let held = try world.authorized(.of(1_000, .dollar, billing: Money(871, .euro)))
        #expect(held.held == 871)
        #expect(held.approved == Money(1_000, .dollar))
    }

    @Test func `the hold is the transaction amount where a balance has its currency`() throws {
        var world = World()
        world.state.balances[BalanceKey(.dollar)] = Balance(creditLimit: 5_000)
        world.program.currencies.append(CurrencyPolicy(currency: .dollar, transactionLimit: 5_000, dailyLimit: 5_000))
        let held = try world.authorized(.of(1_000, .dollar))
        #expect(held.balance == BalanceKey(.dollar))
        #expect(held.held == 1_000)
    }

    @Test func `else it is converted with the program's mark-up, into the main balance of lowest code`() throws {
        var world = World()
        world.program.markUp = 20_000
        world.program.rates.append(ExchangeRate(from: .dollar, to: .peso, billionths: 20_000_000_000))
        world.state.balances[BalanceKey(.peso)] = Balance(creditLimit: 1_000_000)
        world.program.currencies.append(
            CurrencyPolicy(currency: .peso, transactionLimit: 1_000_000, dailyLimit: 1_000_000)
        )
        // MXN is 484 and EUR 978.
        let held = try world.authorized(.of(1_000, .dollar))
        #expect(held.balance == BalanceKey(.peso))
        #expect(held.held == 20_400)
    }

    @Test func `what is worth less than half a unit still holds one`() throws {
        var world = World()
        world.program.rates = [ExchangeRate(from: .peso, to: .euro, billionths: 1_000_000)]
        let held = try world.authorized(.of(10, .peso))
        #expect(held.held == 1)
        // The law of the hold: 0 exactly when nothing remains.
        world.perform(.reverse(Reversal(target: .authorization(held.id), newTotal: 3)))
        #expect(world.state.authorizations[held.id]?.held == 1)
        #expect(world.euros.pendingDebits == 1)
        world.perform(.reverse(Reversal(target: .authorization(held.id))))
        #expect(world.state.authorizations[held.id]?.held == 0)
        #expect(world.euros.pendingDebits == 0)
    }

    @Test func `without a rate there is no hold`() {
        var world = World()
        world.program.rates = []
        #expect(world.decision(on: .authorize(.of(1_000, .dollar))).declineReason == .currencyNotConvertible)
    }
}

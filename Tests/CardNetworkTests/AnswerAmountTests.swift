import AuthorizationCore
import AuthorizationEngine
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `Amounts of answers` {
    private static let profile = Fixture.profile

    private static func reply(_ extent: Approval.Extent, _ balance: ToldBalance? = nil) -> Reply {
        let approval = Approval(authorization: Fixture.authorization, code: 7, extent: extent, balance: balance)
        return Fixture.reply(.approved(approval))
    }

    private static func partial(_ amount: Int64, billed: Int64) -> Approval.Extent {
        .partial(ApprovedAmounts(transaction: Money(amount, .euro), billing: Money(billed, .euro)))
    }

    private static func balance(_ ledger: Int64, _ available: Int64) -> ToldBalance {
        ToldBalance(available: Money(available, .euro), ledger: Money(ledger, .euro))
    }

    @Test(arguments: [100, 101] as [MessageTypeIndicator])
    func `a partial approval is 10 with its own amounts, the original one and the balance`(
        _ type: MessageTypeIndicator
    ) throws {
        let request = Fixture.purchase([5: "000000002100", 6: "000000001155", 50: "840", 51: "978"], type: type)
        let reply = Self.reply(Self.partial(500, billed: 550), Self.balance(550, 0))
        let answer = try #require(Self.profile.answer(to: request, with: reply))
        #expect(answer.text(39) == "10")
        #expect(answer.text(38) == "000007")
        #expect(answer.text(4) == "000000000500")
        #expect(answer.text(5) == "000000001000")
        #expect(answer.text(6) == "000000000550")
        #expect(answer.text(54) == "0057978D000000001050" + "0001978C000000000550" + "0002978C000000000000")
    }

    @Test func `a balance that is not told is not there, nor a billing amount that was not asked in`() throws {
        let answer = try #require(
            Self.profile.answer(to: Fixture.purchase([:]), with: Self.reply(Self.partial(500, billed: 500)))
        )
        #expect(answer.text(54) == "0057978D000000001050")
        #expect(!answer.contains(5) && !answer.contains(6))
    }

    @Test(arguments: [
        (balance(10_000, 8_500), "3001978C000000010000", "3002978C000000008500"),
        (balance(-300, 700), "3001978D000000000300", "3002978C000000000700"),
        (balance(100, -200), "3001978C000000000100", "3002978D000000000200"),
        (balance(.min, .max), "3001978D999999999999", "3002978C999999999999"),
    ])
    func `an inquiry tells the ledger balance and what is available, with their signs`(
        _ balance: ToldBalance,
        _ ledger: String,
        _ available: String
    ) throws {
        let request = Fixture.purchase([3: "313000", 4: "000000000000"])
        let answer = try #require(Self.profile.answer(to: request, with: Self.reply(.asRequested, balance)))
        #expect(answer.text(39) == "00")
        #expect(answer.text(54) == ledger + available)
    }

    @Test func `a verification has no reason to decline, an increment is approved as asked`() {
        let verification = Fixture.purchase([4: "000000000000"])
        #expect(Self.profile.answer(to: verification, with: Self.reply(.asRequested))?.text(39) == "85")
        let added = Approval.Extent.added(ApprovedAmounts(transaction: Money(5, .euro), billing: Money(5, .euro)))
        let answer = Self.profile.answer(to: Fixture.purchase([60: "01012", 63: "N"]), with: Self.reply(added))
        #expect(answer?.text(39) == "00" && answer?.text(4) == "000000001050")
        let approved = Self.profile.answer(
            to: Fixture.purchase([:]),
            with: Self.reply(.asRequested, Self.balance(1, 1))
        )
        #expect(approved?.text(39) == "00" && approved?.contains(54) == false)
    }
}

@Suite struct `Amounts of networks with other minor units` {
    private static func profile(euroPlaces: Int) -> NetworkProfile {
        var profile = Fixture.profile
        profile.dialect.exponentOverrides = [978: euroPlaces]
        return profile
    }

    @Test(
        arguments: [
            (0, "000000001050", 105_000), (1, "000000001050", 10_500), (2, "000000001050", 1_050),
            (3, "000000001050", 105), (4, "000000001000", 10), (40, "000000001050", nil), (-40, "000000001050", nil),
            (4, "000000001050", nil), (0, "099999999999", nil),
        ] as [(Int, String, Int64?)]
    )
    func `are read in those of ISO 4217, or refused`(_ places: Int, _ digits: String, _ amount: Int64?) {
        let reader = RequestReader(profile: Self.profile(euroPlaces: places))
        let read = reader.read(Fixture.purchase([4: digits]), now: Fixture.now)
        #expect(read.request?.transaction.minorUnits == amount)
        #expect(read.code == (amount == nil ? .invalidAmount : nil))
    }

    @Test(
        arguments: [(0, 10_500, 105), (2, 105, 105), (3, 105, 1_050), (3, -105, 1_050), (3, .min, largestAmount)]
            as [(Int, Int64, Int64)]
    )
    func `are written in the network's`(_ places: Int, _ amount: Int64, _ wire: Int64) {
        #expect(Self.profile(euroPlaces: places).wireAmount(amount, .euro) == wire)
    }

    @Test func `count for the new total of a reversal, fees and cashback too`() {
        let reader = RequestReader(profile: Self.profile(euroPlaces: 3))
        let total = "000000000500" + "000000000000" + "D00000000" + "D00000000"
        #expect(reader.read(Fixture.reversal([95: total]), now: Fixture.now).reversal?.newTotal == 50)
        let purchase = Fixture.purchase([28: "C00000020", 54: "0040978D000000000500"])
        let request = reader.read(purchase, now: Fixture.now).request
        #expect(request?.acquirerFee?.amount == -2)
        #expect(request?.cashback == 50)
    }
}

import AuthorizationCore
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `Networks of ISO 8583 of 1993` {
    private static let profile = NetworkProfile(
        name: "net93",
        dialect: .iso93ASCIIBinaryBitmap,
        framing: FrameFormat(.bigEndian2)
    )

    private static func read(_ message: Message, acquirerFeeTypes: Set<String> = []) -> NetworkRequest {
        var profile = profile
        if !acquirerFeeTypes.isEmpty { profile.acquirerFeeTypes = acquirerFeeTypes }
        return RequestReader(profile: profile).read(message, now: Fixture.now)
    }

    private static func message(_ type: MessageTypeIndicator, _ changes: [Int: String] = [:]) -> Message {
        let elements = [
            2: Fixture.number, 3: "000000", 4: "000000001050", 11: "000123", 12: "260601135959", 24: "100",
            26: "5411", 32: "12345", 49: "978",
        ]
        return Fixture.message(type, elements.merging(changes) { $1 })
    }

    @Test func `requests have the date of the transaction in their key, and the category in DE 26`() throws {
        let read = Self.read(Self.message(1_100))
        #expect(read.identity?.key == "net93:1100:20260601135959:123:12345")
        #expect(read.request?.merchant.categoryCode == 5_411)
        #expect(Self.read(Self.message(1_100, [3: "010000", 26: "6011"])).request?.kind == .atmWithdrawal)
        #expect(Self.read(Self.message(1_100, [12: "261301135959"])).code == .formatError)
        #expect(Self.read(Self.message(1_220)).advice?.request.isSingleMessage == true)
        #expect(Self.read(Self.message(100)).code == .notSupported)
    }

    @Test func `reversals name their original in DE 56`() {
        let reversal = Self.message(1_420, [11: "000124", 56: "1100" + "000123" + "260601135959" + "05" + "12345"])
        #expect(Self.read(reversal).reversal?.target.keys == ["net93:1100:20260601135959:123:12345"])
    }

    @Test func `a reversal is of all only by function code 400; code, amounts and original are its content`() throws {
        let original = "1100" + "000123" + "260601135959" + "05" + "12345"
        func read(_ changes: [Int: String]) -> NetworkRequest {
            Self.read(Self.message(1_420, [11: "000124", 24: "400", 56: original].merging(changes) { $1 }))
        }
        #expect(read([:]).reversal?.isUnclear == false)
        for function in ["401", "100"] { #expect(read([24: function]).reversal?.isUnclear == true) }
        let content = try #require(read([:]).identity?.content)
        let others = [[24: "401"], [30: String(repeating: "1", count: 24)], [56: "1200" + original.dropFirst(4)]]
        for changes in others { #expect(read(changes).identity?.content != content) }
    }

    /// DE 43 with name, city and country.
    static let locations: [(text: String, name: String, city: String, country: String)] = [
        (#"CORNER SHOP\MAIN STREET 1\HELSINKI\00100     FI FIN"#, "CORNER SHOP", "HELSINKI", "FIN"),
        (#"CORNER SHOP  \\ MADRID \             ESP"#, "CORNER SHOP", " MADRID", "ESP"),
        (#"Shop\Street\City\28013        840 "#, "Shop", "City", "840"),
        (#"Shop\Street\City\28013"#, "Shop", "City", ""), (#"Shop\Street"#, "Shop", "", ""),
        (#"Shop\Street\City\28013     M  E\P"#, "Shop", "City", #"E\P"#),
        ("Corner shop, Madrid, ES", "Corner shop, Madrid, ES", "", ""), (#"\\\"#, "", "", ""), ("", "", "", ""),
        (String(repeating: "x", count: 99), String(repeating: "x", count: 64), "", ""),
        ("x" + String(repeating: "é", count: 98), "x" + String(repeating: "é", count: 31), "", ""),
    ]

    @Test(arguments: locations)
    func `the merchant is in DE 43, divided by backslashes`(
        _ row: (text: String, name: String, city: String, country: String)
    ) throws {
        let merchant = try #require(Self.read(Self.message(1_100, [43: row.text])).request).merchant
        #expect(merchant.name == row.name && merchant.city == row.city && merchant.country == row.country)
        #expect(merchant.name.utf8.count <= 64)
    }

    /// DE 22, how the card was read, and where it was used.
    static let pointsOfService: [(code: String, mode: EntryMode, channel: AcceptanceChannel)] = [
        ("510101511344", .contactChip, .pointOfSale), ("210101211344", .magneticStripe, .pointOfSale),
        ("610101611344", .manual, .pointOfSale), ("610150611344", .manual, .remote),
        ("610121611344", .manual, .remote), ("610100611344", .manual, .remote),
        ("000050100000", .manual, .remote), ("000099100000", .manual, .remote),
        ("000050000000", .unknown, .remote), ("000001000000", .unknown, .pointOfSale),
        ("000099000000", .unknown, .pointOfSale), ("510150511344", .contactChip, .pointOfSale),
        ("310101311344", .unknown, .pointOfSale), ("A10101S11344", .unknown, .pointOfSale),
        ("51010", .unknown, .pointOfSale), ("", .unknown, .pointOfSale),
    ]

    @Test(arguments: pointsOfService)
    func `the entry mode is position 7 of DE 22, and the channel follows from it and from who was there`(
        _ row: (code: String, mode: EntryMode, channel: AcceptanceChannel)
    ) throws {
        let message = Self.message(1_100, [22: row.code])
        #expect(Self.read(message).request?.entryMode == row.mode)
        #expect(Self.profile.channel(of: message) == row.channel)
        var machine = message
        machine.set(26, text: "6011")
        #expect(Self.profile.channel(of: machine) == .tellerMachine)
    }

    private typealias Part = (
        function: String, amount: String, originals: String?, meaning: PartialReversalAmount?, total: Int64?
    )

    /// Function code, DE 4, DE 30, what the network means by DE 4, and the new total; nil when the part stays unclear.
    private static let partials: [Part] = [
        ("401", "000000000300", "000000001050" + "000000001050", .newTotal, 300),
        ("401", "000000000300", "000000001050" + "000000000000", .takenBack, 750),
        ("401", "000000000000", "000000001050" + "000000000000", .newTotal, 0),
        ("401", "000000001051", "000000001050" + "000000000000", .newTotal, nil),
        ("401", "000000001051", "000000001050" + "000000000000", .takenBack, nil),
        ("401", "000000000300", nil, .newTotal, nil),
        ("402", "000000000300", "000000001050" + "000000000000", .newTotal, nil),
        // Nobody has said what DE 4 is.
        ("401", "000000000300", "000000001050" + "000000000000", nil, nil),
    ]

    @Test func `a reversal of a part has function code 401 and its amounts in DE 4 and 30`() throws {
        for row in Self.partials {
            var profile = Self.profile
            if let meaning = row.meaning { profile.partialReversalAmount = meaning }
            var elements = [4: row.amount, 11: "000124", 24: row.function]
            elements[56] = "1100" + "000123" + "260601135959" + "05" + "12345"
            elements[30] = row.originals
            let read = RequestReader(profile: profile).read(Self.message(1_420, elements), now: Fixture.now)
            let reversal = try #require(read.reversal)
            #expect(reversal.newTotal == row.total && reversal.isUnclear == (row.total == nil), "\(row)")
        }
    }

    private static func fee(_ type: String, _ amount: String, _ currency: String = "978") -> String {
        type + currency + amount + "61000000" + amount + currency
    }

    /// DE 46 and the acquirer's fee; nil for none.
    static let fees: [(text: String, amount: Int64?)] = [
        (fee("00", "D00000150"), 150), (fee("00", "C00000150"), -150), (fee("00", "D00000000"), nil),
        (fee("05", "D00000150"), nil), (fee("05", "D00000150", "840") + fee("00", "D00000020"), 20),
        (fee("00", "D00000150") + fee("00", "C00000050"), 100),
    ]

    @Test(arguments: fees)
    func `the acquirer's fee is in DE 46`(_ row: (text: String, amount: Int64?)) throws {
        let read = Self.read(Self.message(1_100, [46: row.text]), acquirerFeeTypes: ["00"])
        let request = try #require(read.request)
        #expect(request.acquirerFee == row.amount.map { AcquirerFee(amount: $0, isIncluded: false) })
    }

    @Test(arguments: [
        fee("00", "D00000150", "840"), fee("00", "X00000150"), fee("00", "D0000015A"), "00978D00000150",
    ])
    func `DE 46 that is no fee in the transaction's currency is a format error`(_ text: String) {
        let message = Self.message(1_100, [46: text])
        #expect(Self.read(message, acquirerFeeTypes: ["00"]).code == .formatError)
        // A network that has not been asked about may have a layout of its own.
        #expect(Self.read(message).request?.acquirerFee == nil && Self.read(message).request != nil)
    }

    @Test func `which fees are the acquirer's and whether DE 4 contains them is the network's`() throws {
        var profile = Self.profile
        profile.acquirerFeeTypes = ["05", "06"]
        profile.indicators.includesFee = ElementTable(ElementLocation(48), ["1": true])
        let text = Self.fee("05", "D00000150") + Self.fee("06", "D00000010") + Self.fee("00", "D00000001")
        let read = RequestReader(profile: profile).read(Self.message(1_100, [46: text, 48: "1"]), now: Fixture.now)
        #expect(read.request?.acquirerFee == AcquirerFee(amount: 160, isIncluded: true))
    }

    @Test func `management is asked in DE 24`() throws {
        func read(_ function: String) -> NetworkRequest {
            Self.read(Fixture.message(1_800, [11: "000001", 12: "260601135959", 24: function]))
        }
        guard case .manage(.signOn) = read("801"), case .manage(.signOff) = read("802"),
            case .manage(.echo) = read("831")
        else {
            Issue.record("not read as management")
            return
        }
        #expect(read("821").isAcknowledged)
        #expect(read("811").code == .systemMalfunction)
        #expect(read("899").code == .invalidTransaction)
    }

    @Test func `action codes have three digits`() throws {
        let approval = Approval(authorization: Fixture.authorization, code: 7)
        let request = Self.message(1_100)
        #expect(Self.profile.answer(to: request, with: Fixture.reply(.approved(approval)))?.text(39) == "000")
        let declined = Fixture.reply(.declined(.insufficientFunds, Fixture.authorization))
        #expect(Self.profile.answer(to: request, with: declined)?.text(39) == "116")
        let applied = Fixture.reply(.acknowledged(.applied, Fixture.authorization))
        #expect(Self.profile.answer(to: Self.message(1_400), with: applied)?.text(39) == "400")
        let management = Fixture.message(1_800, [11: "000001", 12: "260601135959", 24: "831"])
        #expect(Self.profile.answer(to: management, code: .approved)?.text(39) == "800")
        #expect(Self.read(Self.message(1_120, [39: "116"])).advice?.verdict == .declined)
        for code in ["000", "003", "004", "099"] {
            #expect(Self.read(Self.message(1_120, [39: code])).advice?.verdict == .approved(code: ""))
        }
        for code in ["300", "400", "800"] {
            #expect(Self.read(Self.message(1_120, [39: code])).advice?.verdict == .unclear)
        }
    }
}

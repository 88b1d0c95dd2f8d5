import AuthorizationCore
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `Reading advices` {
    private static let original = "0100" + "000123" + "0601115959" + "00000012345" + "00000000000"
    private static let named = "test:0100:20260601115959:123:12345"
    private static let approved = "test:rrn:12345:000000000123:A1B2C3"

    private static func read(_ changes: [Int: String?], type: MessageTypeIndicator = 120) -> NetworkRequest {
        Fixture.reader.read(Fixture.purchase([11: "000200"].merging(changes) { $1 }, type: type), now: Fixture.now)
    }

    @Test(arguments: [120, 121, 220, 221] as [MessageTypeIndicator])
    func `an advice has the facts of a request, its own key, and posts when it is financial`(
        _ type: MessageTypeIndicator
    ) throws {
        let read = Self.read([:], type: type)
        let advice = try #require(read.advice)
        #expect(advice.request.transaction == Money(1_050, .euro))
        #expect(advice.request.kind == .purchase)
        #expect(advice.request.isSingleMessage == (type.messageClass == .financial))
        #expect(advice.verdict == .approved(code: ""))
        let request = "test:0\(type.withoutRepeat.number - 20):20260601115959:200:12345"
        #expect(advice.original == .message(request, aliases: [Fixture.long(request)]))
        #expect(advice.reason == .standIn)
        #expect(read.identity?.key == "test:0\(type.withoutRepeat.number):20260601115959:200:12345")
        #expect(read.lastFour == 1_111)
    }

    @Test(arguments: [
        ("00 08 10 11 16 85 87 Y1 Y3", Advice.Verdict.approved(code: "A1B2C3")),
        ("01 04 05 07 12 14 17 25 31 33 43 46 51 62 75 82 86 91 96 98 Z1 Z3", .declined),
        ("09 32 68 99 Q1 y1 ??", .unclear),
    ])
    func `DE 39 tells the verdict, DE 38 its code`(_ codes: String, _ verdict: Advice.Verdict) {
        for code in codes.split(separator: " ").map(String.init) + (verdict == .unclear ? ["  "] : []) {
            #expect(Self.read([38: "A1B2C3", 39: code]).advice?.verdict == verdict, "\(code)")
        }
    }

    @Test(arguments: [Edition.iso1987, .iso1993])
    func `the codes of our declines are refusals, and no approvals`(_ edition: Edition) {
        let table = ResponseTable.standard(edition)
        for channel in AcceptanceChannel.allCases {
            let codes = DeclineReason.allCases.map { table.decline($0, at: channel).code }
            #expect(table.refusals.isSuperset(of: codes))
        }
        #expect(table.refusals.isDisjoint(with: table.approvals))
    }

    @Test(arguments: [
        ("1", AdviceReason.standIn), ("2", .offlineApproval), ("3", .completion), ("4", .fuelCompletion),
        ("5", .partialDispense), ("6", .other), ("9", .standIn),
    ])
    func `DE 60 gives the reason`(_ digit: String, _ reason: AdviceReason) {
        #expect(Self.read([60: "0601" + digit]).advice?.reason == reason)
    }

    /// The request that has the advice's own time, number and acquirer.
    private static let own = "test:0100:20260601115959:200:12345"
    private static let transaction = "test:nti:NTI-7"
    private static func long(_ key: RequestKey) -> [RequestKey] { [key, Fixture.long(key)] }

    static let links: [(changes: [Int: String?], keys: [String])] = [
        ([90: original], long(named)), ([38: "A1B2C3"], long(own) + [approved]),
        ([63: "NTI-7"], long(own) + [transaction]),
        ([38: "A1B2C3", 63: "NTI-7", 90: original], long(named) + [approved]),
        ([38: "A1B2C3", 63: "NTI-7"], long(own) + [approved, transaction]),
        // In the network's stead.
        ([11: "000123", 60: "06011"], long(named)), ([11: "000123", 60: "06011", 63: "NTI-7"], long(named)),
        ([11: "000900", 60: "06011", 90: original], long(named) + long("test:0100:20260601115959:900:12345")),
        ([37: nil, 38: "A1B2C3"], [own]), ([90: "nothing that can be read"], long(own)),
        // A decline without a reason is of what has its own number, whatever else it refers to.
        ([38: "A1B2C3", 39: "05", 63: "NTI-7"], long(own)),
    ]

    @Test(arguments: links)
    func `what it is about is named by DE 90, else by its own number, and by approval and transaction`(
        _ row: (changes: [Int: String?], keys: [String])
    ) {
        #expect(Self.read(row.changes).advice?.original?.keys ?? [] == row.keys)
    }

    /// The reason in DE 60, DE 4, and the kind.
    static let kinds: [(reason: String, amount: String, kind: TransactionKind)] = [
        ("1", "000000000000", .accountVerification), ("1", "000000001050", .purchase), ("3", "000000000000", .purchase),
        ("4", "000000000000", .purchase), ("6", "000000000000", .purchase),
    ]

    @Test(arguments: kinds, [120, 220] as [MessageTypeIndicator])
    func `a stand-in for nothing to be paid is a verification, a final amount of nothing is none`(
        _ row: (reason: String, amount: String, kind: TransactionKind),
        _ type: MessageTypeIndicator
    ) {
        #expect(Self.read([4: row.amount, 60: "0601" + row.reason], type: type).advice?.request.kind == row.kind)
        let silent: TransactionKind = row.amount == "000000000000" ? .accountVerification : .purchase
        #expect(Self.read([4: row.amount], type: type).advice?.request.kind == silent)
    }

    @Test func `a financial advice that names something completes it, unless it declines`() {
        #expect(Self.read([90: Self.original], type: 220).advice?.reason == .completion)
        #expect(Self.read([63: "NTI-7"], type: 220).advice?.reason == .completion)
        #expect(Self.read([:], type: 220).advice?.reason == .standIn)
        #expect(Self.read([39: "05", 63: "NTI-7"], type: 220).advice?.reason == .standIn)
        #expect(Self.read([90: Self.original], type: 120).advice?.reason == .other)
        #expect(Self.read([60: "06015", 90: Self.original], type: 220).advice?.reason == .partialDispense)
    }

    @Test func `an advised increment names what it adds to, and is of the request that has its own number`() throws {
        let plain = try #require(Self.read([60: "0101202011", 90: Self.original]).advice)
        let named = AuthorizationLink.message(Self.named, aliases: [Fixture.long(Self.named)])
        #expect(plain.request.increment == Increment(of: named, mode: .cumulative))
        let own = AuthorizationLink.message(Self.own, aliases: [Fixture.long(Self.own)])
        #expect(plain.original == own && plain.reason == .other)
        let standIn = try #require(Self.read([60: "0101206011", 90: Self.original]).advice)
        #expect(standIn.request.increment == Increment(of: named, mode: .delta))
        #expect(standIn.original == own && standIn.reason == .standIn)
        #expect(try #require(Self.read([60: "0101206012", 90: Self.original]).advice).original == nil)
    }

    @Test(
        arguments: [
            [14: "9999"], [54: "0040978X000000000100"], [54: "0040978D000000009999"], [60: "0101X"], [60: "broken"],
            [22: nil], [3: "190000"],
        ] as [[Int: String?]]
    )
    func `what a request would be refused for does not keep an advice from being taken`(_ changes: [Int: String?]) {
        #expect(Self.read(changes).advice?.request.kind == .purchase)
    }

    @Test(arguments: [("02", TransactionKind.purchase), ("19", .purchase), ("28", .refund), ("39", .balanceInquiry)])
    func `money of an unknown kind goes the way that DE 3 says`(_ digits: String, _ kind: TransactionKind) {
        #expect(Self.read([3: digits + "0000"]).advice?.request.kind == kind)
        #expect(Self.read([3: digits + "0000"], type: 100).code == .invalidTransaction)
    }

    static let unreadable: [(changes: [Int: String?], amount: Int64, currency: Currency)] = [
        ([4: nil], 0, .none), ([49: "000"], 1_050, .none), ([7: "1399000000"], 1_050, .euro),
        ([28: "X00000001"], 1_050, .euro), ([3: "900000"], 1_050, .euro),
        ([5: "000000001050", 50: "000"], 1_050, .euro), ([6: "000000001050", 51: "000"], 1_050, .euro),
        ([11: nil], 1_050, .euro), ([4: "00000000105X", 49: nil], 0, .none),
    ]

    @Test(arguments: unreadable)
    func `an advice that cannot be read in full is kept with the money that can be`(
        _ row: (changes: [Int: String?], amount: Int64, currency: Currency)
    ) throws {
        for type in [120, 220] as [MessageTypeIndicator] {
            let read = Self.read(row.changes, type: type)
            let advice = try #require(read.advice)
            #expect(advice.verdict == .unclear && advice.original == nil)
            #expect(advice.request.transaction == Money(row.amount, row.currency))
            #expect(advice.request.references.retrievalReference == "000000000123")
            #expect(read.lastFour == 1_111)
        }
    }

    @Test func `references that do not split keep the advice, not what is read of it`() throws {
        var profile = Fixture.profile
        profile.indicators.transactionID = ElementLocation(60, .part("07"))
        let message = Fixture.purchase([60: "broken"], type: 120)
        let advice = try #require(RequestReader(profile: profile).read(message, now: Fixture.now).advice)
        #expect(advice.verdict == .unclear && advice.request.references.acquirer == "12345")
    }

    @Test func `of a damaged message what is there is kept, of a request nothing`() throws {
        let part = Fixture.message(
            120,
            [2: Fixture.number, 3: "000000", 4: "000000001050", 7: "0601115959", 11: "000200"]
        )
        let read = Fixture.reader.readDamaged(part, now: Fixture.now)
        #expect(read.advice?.request.transaction == Money(1_050, .none))
        #expect(read.identity?.key == "test:0120:20260601115959:200:" && read.lastFour == 1_111)
        let reversal = Fixture.reader.readDamaged(Fixture.reversal([95: nil], type: 420), now: Fixture.now).reversal
        #expect(reversal?.isUnclear == true && reversal?.target.keys == [])
        #expect(Fixture.reader.readDamaged(Fixture.purchase([:]), now: Fixture.now).code == .formatError)
    }

    @Test func `another verdict under the same key is another content`() throws {
        let approved = try #require(Self.read([39: "00"]).identity)
        let declined = try #require(Self.read([39: "51"]).identity)
        #expect(approved.key == declined.key && approved.content != declined.content)
    }
}

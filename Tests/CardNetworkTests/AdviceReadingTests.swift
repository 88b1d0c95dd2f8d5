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
        #expect(advice.original == nil && advice.reason == .other)
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
        ("5", .partialDispense), ("6", .other), ("9", .other),
    ])
    func `DE 60 gives the reason`(_ digit: String, _ reason: AdviceReason) {
        #expect(Self.read([60: "0601" + digit]).advice?.reason == reason)
    }

    static let links: [(changes: [Int: String?], keys: [String])] = [
        ([90: original], [named]), ([38: "A1B2C3"], [approved]), ([63: "NTI-7"], ["test:nti:NTI-7"]),
        ([38: "A1B2C3", 63: "NTI-7", 90: original], [named, approved]),
        // In the network's stead: the request that had the advice's own time, number and acquirer.
        ([11: "000123", 60: "06011"], [named]), ([11: "000123", 60: "06011", 63: "NTI-7"], [named]),
        ([11: "000900", 60: "06011", 90: original], [named, "test:0100:20260601115959:900:12345"]),
        ([37: nil, 38: "A1B2C3"], []), ([90: "nothing that can be read"], []),
    ]

    @Test(arguments: links)
    func `what it is about is named by DE 90, by its approval, and by the transaction`(
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
    }

    @Test func `a financial advice that names something completes it`() {
        #expect(Self.read([90: Self.original], type: 220).advice?.reason == .completion)
        #expect(Self.read([90: Self.original], type: 120).advice?.reason == .other)
        #expect(Self.read([60: "06015", 90: Self.original], type: 220).advice?.reason == .partialDispense)
    }

    @Test func `an advised increment names what it adds to, and the request that was stood in for`() throws {
        let plain = try #require(Self.read([60: "0101202011", 90: Self.original]).advice)
        #expect(plain.request.increment == Increment(of: .message(Self.named), mode: .cumulative))
        #expect(plain.original == nil)
        let standIn = try #require(Self.read([60: "0101206011", 90: Self.original]).advice)
        #expect(standIn.request.increment == Increment(of: .message(Self.named), mode: .delta))
        #expect(standIn.original == .message("test:0100:20260601115959:200:12345"))
    }

    @Test(
        arguments: [
            [14: "9999"], [54: "0040978X000000000100"], [54: "0040978D000000009999"], [60: "0101X"], [60: "broken"],
            [4: "000000000000"], [22: nil], [3: "190000"],
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

    @Test(arguments: [[4: nil], [49: "000"], [7: "1399000000"], [28: "X00000001"], [3: "900000"]] as [[Int: String?]])
    func `an advice whose money cannot be read gets silence and comes again`(_ changes: [Int: String?]) throws {
        let read = Self.read(changes)
        let code = try #require(read.code)
        let message = Fixture.purchase([11: "000200"].merging(changes) { $1 }, type: 120)
        #expect(Fixture.profile.answer(refusing: message, with: code) == nil)
    }

    @Test func `another verdict under the same key is another content`() throws {
        let approved = try #require(Self.read([39: "00"]).identity)
        let declined = try #require(Self.read([39: "51"]).identity)
        #expect(approved.key == declined.key && approved.content != declined.content)
    }
}
